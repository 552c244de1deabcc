import { readFile, stat } from 'node:fs/promises'
import { KeyError } from './checkpoint-signer.ts'

/** How the passphrase of sealed keys and the PIN of tokens are come by. They are read when first needed. */
export type KeySecrets = {
  /** @throws KeyError locked where none was given */
  passphrase(): Promise<string>
  pin(): Promise<string>
  /** What `pkcs11-tool` and the token's module inherit; the PIN is added to it. */
  readonly tokenEnvironment: Readonly<Record<string, string>>
}

export type SecretSettings = {
  /** Path of a file of one line; `/dev/fd/3` is a file descriptor that was handed over. */
  readonly passphraseFile: string | undefined
  readonly pinFile: string | undefined
  readonly tokenEnvironment: Readonly<Record<string, string>>
}

/** Secrets out of files that this account alone may read. A descriptor can be read only once, so what was read is kept. */
export function secretsFrom(settings: SecretSettings, keys: 'LEDGER' | 'SEALING' = 'LEDGER'): KeySecrets {
  return {
    passphrase: once(() => secretIn(settings.passphraseFile, `ZH_${keys}_PASSPHRASE_FILE`)),
    pin: once(() => secretIn(settings.pinFile, `ZH_${keys}_PIN_FILE`)),
    tokenEnvironment: settings.tokenEnvironment,
  }
}

function once(read: () => Promise<string>): () => Promise<string> {
  let known: string | undefined
  return async () => (known ??= await read())
}

async function secretIn(path: string | undefined, variable: string): Promise<string> {
  if (path === undefined) {
    throw new KeyError(
      'locked',
      `此密钥需要口令：用 ${variable} 指定存放口令的文件`,
      `this key needs a secret: name the file that holds it in ${variable}`,
    )
  }
  await mustBePrivate(path)
  // One line: editors and `echo` end it with a line feed.
  const secret = (await readFile(path, 'utf8')).replace(/\r?\n$/, '')
  if (secret === '' || secret.includes('\n') || secret.includes('\0')) {
    throw new KeyError('locked', `${path}（${variable}）应恰为一行`, `${path} (${variable}) must hold exactly one line`)
  }
  return secret
}

/** @throws KeyError when the file is missing, or a regular file that other accounts may read */
export async function mustBePrivate(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  })
  if (found === undefined) throw new KeyError('missing', `没有文件 ${path}`, `there is no file ${path}`)
  if (!found.isFile() || (found.mode & 0o077) === 0) return
  throw new KeyError(
    'readable_by_others',
    `其他账号可读取 ${path}：请执行 chmod 600 ${path}；若可能已被他人读取，请更换其内容`,
    `other accounts may read ${path}: chmod 600 ${path}, and replace what it holds if somebody may have read it`,
  )
}
