import { hash, verify } from '@node-rs/argon2'
import { badField, say } from '@zhongheng/domain/shared/problem.ts'

// 2 is Argon2id; the package names it by a const enum, which erasable syntax cannot use.
const options = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 }

export const hashPassword = (password: string): Promise<string> => hash(password, options)

/** A hash that no password has, so that an unknown login costs the same time as a wrong password. */
let nobody: Promise<string> | null = null
export async function verifyPassword(stored: string | null, password: string): Promise<boolean> {
  nobody ??= hashPassword('nobody signs in with this one')
  const right = await verify(stored ?? (await nobody), password)
  return stored !== null && right
}

const common = ['password', 'qwerty', '123456', 'admin', 'welcome', 'letmein', 'iloveyou', 'zhongheng']

/** At least 12 characters of three of the four classes and no well-known word (GB/T 32914 5.7 c). @throws Problem malformed */
export function checkNewPassword(password: string, login: string): void {
  const classes = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((one) => one.test(password)).length
  const plain = password.toLowerCase()
  if (password.length < 12 || classes < 3)
    throw badField(
      'body.password',
      say(
        '至少 12 个字符，含大写、小写、数字、符号中的三类',
        'at least 12 characters, three of: upper case, lower case, digits, signs',
      ),
      say('换一个更长的口令', 'choose a longer one'),
    )
  if (plain.includes(login) || common.some((word) => plain.startsWith(word) && plain.length < word.length + 8))
    throw badField(
      'body.password',
      say('不得包含登录名或常见口令', 'must not contain the login name or a common password'),
      say('换一个不易猜测的口令', 'choose one that is hard to guess'),
    )
}
