import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Log, openLog } from '../log/open-log.ts'
import type { LogSigning } from '../log/log-keys.ts'
import { newEd25519Key, type Signer } from '../log/signer.ts'
import { utf8 } from '../verify/bytes.ts'

export const origin = 'zhongheng.example/ledger'
export const leavesOf = (from: number, to: number, mark = 'entry'): Uint8Array[] =>
  Array.from({ length: to - from }, (_, at) => utf8(`${mark} ${from + at}`))

/** A log on the disk behind a real web server, whose answers a test may bend. */
export type ServedLog = {
  readonly url: string
  readonly folder: string
  readonly signer: Signer
  /** Notes that witnesses handed in. */
  readonly handedIn: string[]
  /** Makes a log with the same key and name, as an operator with root could, and serves it from now on. */
  serve(entries: readonly Uint8Array[], more?: { signer?: LogSigning; origin?: string; now?: Date }): Promise<void>
  /** Adds to the log that is served. */
  add(entries: readonly Uint8Array[], now?: Date): Promise<void>
  /** Signs the same head anew, as an idle log does. */
  restate(now: Date): Promise<void>
  /** What is served as `keys.json`; none without it. */
  keysJson: Uint8Array | undefined
  /** Answers instead of the log while it is set. */
  bend: ((ask: IncomingMessage, answer: ServerResponse) => boolean) | undefined
  close(): Promise<void>
}

export async function serveLog(): Promise<ServedLog> {
  const base = await mkdtemp(join(tmpdir(), 'zh-served-'))
  const { signer } = newEd25519Key()
  const handedIn: string[] = []
  let log: Log | undefined
  let at = join(base, '0')
  let count = 0
  let clock = new Date()
  const server = createServer((ask, answer) => void reply(ask, answer).catch(() => answer.writeHead(404).end()))
  const reply = async (ask: IncomingMessage, answer: ServerResponse): Promise<void> => {
    if (served.bend?.(ask, answer)) return
    if (ask.method === 'POST') {
      let body = ''
      for await (const part of ask) body += String(part)
      handedIn.push((JSON.parse(body) as { note: string }).note)
      answer.writeHead(204).end()
      return
    }
    if (ask.url === '/ledger/keys.json' && served.keysJson !== undefined) {
      answer.writeHead(200).end(served.keysJson)
      return
    }
    const path = /^\/ledger\/((?:tile\/[a-z0-9/.]+)|checkpoint|verifier-key)$/.exec(ask.url ?? '')?.[1]
    const bytes = await readFile(join(at, path ?? 'nothing'))
    answer.writeHead(200).end(bytes)
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const served: ServedLog = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ledger`,
    get folder() {
      return at
    },
    signer,
    handedIn,
    bend: undefined,
    keysJson: undefined,
    async serve(entries, more = {}) {
      await log?.close()
      at = join(base, String(++count))
      clock = more.now ?? new Date()
      log = await openLog({
        folder: at,
        origin: more.origin ?? origin,
        signer: more.signer ?? signer,
        now: () => clock,
      })
      await served.add(entries, clock)
    },
    async add(entries, now = new Date()) {
      if (log === undefined) throw new Error('serve a log first')
      clock = now
      await log.append(entries)
      await log.checkpoint()
    },
    async restate(now) {
      clock = now
      await log?.checkpoint('anew')
    },
    async close() {
      await log?.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(base, { recursive: true, force: true })
    },
  }
  return served
}
