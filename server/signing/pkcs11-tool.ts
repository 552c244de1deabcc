import { spawn } from 'node:child_process'
import { KeyError } from './checkpoint-signer.ts'

/** A key in a token, found by the token's label and the key's id. */
export type TokenPlace = {
  /** Path of the PKCS#11 module, e.g. `/usr/lib/softhsm/libsofthsm2.so`. */
  readonly module: string
  readonly token: string
}

/** How long the token may take for one operation. */
export const tokenPatienceMs = 15_000
const longestOutput = 64 << 10

/**
 * Runs OpenSC's `pkcs11-tool` (Debian package opensc) logged in to a token. The PIN goes to it by its environment, which
 * only this account can read, and never by its arguments. A program between us and the module: a module that crashes or
 * hangs does not take the server with it.
 * @param input what it reads from standard input
 * @throws KeyError token, or locked for a wrong PIN: then do not ask again, because tokens count
 */
export async function pkcs11Tool(
  place: TokenPlace,
  args: readonly string[],
  pin: string,
  environment: Readonly<Record<string, string>>,
  input: Uint8Array = new Uint8Array(0),
  patienceMs = tokenPatienceMs,
): Promise<Buffer> {
  const all = ['--module', place.module, '--token-label', place.token, '--login', '--pin', 'env:ZH_TOKEN_PIN', ...args]
  const child = spawn('pkcs11-tool', all, {
    env: { ...environment, ZH_TOKEN_PIN: pin },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: patienceMs,
    killSignal: 'SIGKILL',
  })
  const said = { out: Buffer.alloc(0), err: Buffer.alloc(0) }
  const hear = (name: 'out' | 'err') => (piece: Buffer) => {
    said[name] = Buffer.concat([said[name], piece])
    if (said[name].length > longestOutput) child.kill('SIGKILL')
  }
  child.stdout.on('data', hear('out'))
  child.stderr.on('data', hear('err'))
  // It may end without reading: that shows in its exit code.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const ended = await new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal }))
  }).catch(() => undefined)
  if (ended === undefined) {
    throw new KeyError(
      'token',
      '无法运行 pkcs11-tool（Debian 软件包 opensc）',
      'pkcs11-tool cannot be run (Debian package opensc)',
    )
  }
  if (ended.code === 0) return said.out
  const reason = reasonIn(said.err.toString('utf8'))
  if (/CKR_PIN_/.test(reason)) {
    throw new KeyError(
      'locked',
      `令牌 ${place.token} 拒绝 PIN（${reason}）`,
      `token ${place.token} refused the PIN (${reason})`,
    )
  }
  const why = ended.signal === null ? reason : `no answer within ${patienceMs / 1000} s`
  throw new KeyError('token', `令牌 ${place.token} 未能执行：${why}`, `token ${place.token} did not do it: ${why}`)
}

/** The line that says what went wrong, without control characters, of bounded length. */
function reasonIn(text: string): string {
  const lines = text.split('\n').filter((line) => !/^(Using |Aborting|\s*$)/.test(line))
  return (lines.at(-1) ?? 'no reason given').replace(/\p{C}/gu, ' ').slice(0, 200)
}
