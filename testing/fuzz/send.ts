import { Agent, request } from 'node:http'
import type { FuzzRequest } from './requests.ts'

export type FuzzAnswer = {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly type: string
  readonly text: string
}

/** Connections of a fuzzing client; destroy it at the end. */
export const connections = (): Agent => new Agent({ keepAlive: true, maxSockets: 32 })

/** What the server takes; it hangs up on more than that without reading to the end, and its answer may be lost on the way. */
const tooLong = 4 * 1024 * 1024

/**
 * Sends a request as it stands; a live stream is let go after its head. Null when the server hung up on a body that is too long.
 * @throws Error without an answer in 10 s
 */
export function send(base: string, agent: Agent, asked: FuzzRequest): Promise<FuzzAnswer | null> {
  const bytes = asked.body === null ? null : Buffer.from(asked.body, 'utf8')
  const lines = [...asked.headers, ...(bytes ? [['content-length', String(bytes.length)] as const] : [])]
  return new Promise((resolve, reject) => {
    const outgoing = request(base + asked.path, {
      agent,
      method: asked.method,
      headers: ['host', new URL(base).host, ...lines.flat()],
      timeout: 10_000,
    })
    outgoing.on('response', (response) => {
      const parts: Buffer[] = []
      const type = String(response.headers['content-type'] ?? '')
      const done = (): void =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          type,
          text: Buffer.concat(parts).toString('utf8'),
        })
      if (type.startsWith('text/event-stream')) {
        done()
        outgoing.destroy()
        return
      }
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', done)
      response.on('error', reject)
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in 10 s')))
    outgoing.on('error', (error) => ((bytes?.length ?? 0) > tooLong ? resolve(null) : reject(error)))
    outgoing.end(bytes ?? undefined)
  })
}
