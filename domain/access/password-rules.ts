import { Problem, type Text, badField, say } from '../shared/problem.ts'
import { weakWords } from './weak-words.ts'

/** Lengths in Unicode code points after NFC. 12 is the floor of GBT32914-5.7-c; 128 keeps the work of a hash bounded. */
export const passwordLimits = { min: 12, max: 128, classes: 3, surprises: 7 } as const

/** Whose password it is: what everybody knows of a person is no secret. */
export type PasswordOwner = { readonly login: string; readonly name: string; readonly organisation: string }

/** One spelling for what looks the same, so that a password typed on another keyboard still fits. */
export const normalPassword = (password: string): string => password.normalize('NFC')

/**
 * The rule for every password that somebody sets: length, three of four classes, not the owner's own names, and not put
 * together from what guessers try first (GBT32914-5.7-c, GBT39276-5.2.1.1-e).
 * @throws Problem malformed naming `field`, rule PASSWORD-1 to PASSWORD-4
 */
export function checkPassword(given: string, owner: PasswordOwner, field = 'body.password'): void {
  const password = normalPassword(given)
  const length = [...password].length
  const { min, max, classes } = passwordLimits
  if (length < min || length > max)
    throw refusal(
      field,
      'PASSWORD-1',
      say(`${min} 至 ${max} 个字符`, `${min} to ${max} characters`),
      say('换一个合适长度的密码', 'choose one of a fitting length'),
    )
  if (classesOf(password) < classes)
    throw refusal(
      field,
      'PASSWORD-2',
      say('大写、小写、数字、其他符号中至少三类', 'at least three of: upper case, lower case, digits, other signs'),
      say('加入缺少的类别', 'add a kind that is missing'),
    )
  const plain = folded(password)
  if (ownWords(owner).some((word) => plain.includes(word)))
    throw refusal(
      field,
      'PASSWORD-3',
      say('不得包含登录名、姓名或单位名称', 'must not contain the login name, the name or the organisation'),
      say('换一个与本人无关的密码', 'choose one that does not speak of you'),
    )
  if (surprisesIn(password) < passwordLimits.surprises)
    throw refusal(
      field,
      'PASSWORD-4',
      say(
        '不得由常见词、人名拼音、年份、键盘顺序或重复字符拼成',
        'must not be put together from common words, names, years, keyboard rows or repetitions',
      ),
      say('换一个不易猜测的密码', 'choose one that is hard to guess'),
    )
}

function refusal(field: string, rule: string, limit: Text, fix: Text): Problem {
  const made = badField(field, limit, fix)
  return new Problem(made.code, made.text, { rule, fields: made.fields })
}

/** Kinds of characters used: lower case, upper case, digits, anything else. */
export const classesOf = (password: string): number =>
  [/\p{Ll}/u, /\p{Lu}/u, /\p{Nd}/u, /[^\p{Ll}\p{Lu}\p{Nd}]/u].filter((one) => one.test(password)).length

const leet: Readonly<Record<string, string>> = {
  '@': 'a',
  '4': 'a',
  '3': 'e',
  '1': 'i',
  '!': 'i',
  '0': 'o',
  $: 's',
  '5': 's',
  '7': 't',
}
/** What Shift makes of the number row: `@WSX` walks the same keys as `2wsx`. */
const unshifted: Readonly<Record<string, string>> = Object.fromEntries(
  [...'!@#$%^&*()'].map((sign, at) => [sign, '1234567890'.charAt(at)]),
)
const folded = (text: string): string => text.normalize('NFKC').toLowerCase()
const translated = (text: string, table: Readonly<Record<string, string>>): string =>
  Array.from(text, (one) => table[one] ?? one).join('')

const ownWords = (owner: PasswordOwner): string[] =>
  [owner.login, owner.login.split('@')[0] ?? '', owner.name, owner.organisation]
    .map((word) => folded(word).trim())
    // Two letters of a Latin name stand in too many words; two Chinese characters are a whole name.
    .filter((word) => word.length >= (/^[\x20-\x7e]*$/.test(word) ? 4 : 2))

const rows = ['1234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm', 'abcdefghijklmnopqrstuvwxyz']
const columns = ['1qaz', '2wsx', '3edc', '4rfv', '5tgb', '6yhn', '7ujm', '8ik,', '9ol.', '0p;/']
const walks = [...rows, ...columns].flatMap((row) => [row, [...row].reverse().join('')])

/**
 * How many independent choices a guesser would have to make at least: one for each character, but only one for a whole
 * common word, name, year, date, keyboard walk or repetition. The cheapest way to cut the text up counts.
 */
export function surprisesIn(password: string): number {
  const plain = folded(normalPassword(password))
  const readings = [plain, translated(plain, leet), translated(plain, unshifted)].filter(
    (one) => one.length === plain.length,
  )
  const cost: number[] = [0]
  for (let end = 1; end <= plain.length; end++) {
    let best = (cost[end - 1] ?? 0) + 1
    for (let start = Math.max(0, end - 16); start <= end - 2; start++)
      if (readings.some((reading) => isPredictable(reading.slice(start, end))))
        best = Math.min(best, (cost[start] ?? 0) + 1)
    // A block that only repeats what stands before it adds one choice: how often.
    for (let size = 1; size * 2 <= end; size++)
      if (plain.slice(end - size, end) === plain.slice(end - 2 * size, end - size))
        best = Math.min(best, (cost[end - size] ?? 0) + (size === 1 ? 0.5 : 1))
    cost.push(best)
  }
  return cost[plain.length] ?? 0
}

function isPredictable(piece: string): boolean {
  if (weakWords.has(piece)) return true
  if (/^(19|20)\d\d$/.test(piece) || /^(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])$/.test(piece)) return true
  return piece.length >= 3 && walks.some((walk) => walk.includes(piece))
}
