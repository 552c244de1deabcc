import { joinBytes } from '../verify/bytes.ts'
import { WitnessError } from './witness-error.ts'

/** Longest answers, in bytes. */
export const answerLimits = { note: 64 << 10, tile: 8192, key: 4096, reply: 16 << 10 } as const

/** Milliseconds that one question may take, from the first byte sent to the last one read. */
const patience = 10_000

export type Answer = { readonly status: number; readonly bytes: Uint8Array }

/**
 * Asks a server one thing. Redirects are not followed, the answer is read only up to `most` bytes, and all of it within
 * ten seconds: whoever answers may be the one who is watched.
 * @throws WitnessError unreachable, malformed (answer too long)
 */
export async function ask(
  url: URL,
  most: number,
  more: { post?: string; headers?: Record<string, string>; signal?: AbortSignal; patience?: number } = {},
): Promise<Answer> {
  const limit = AbortSignal.timeout(more.patience ?? patience)
  try {
    const response = await fetch(url, {
      method: more.post === undefined ? 'GET' : 'POST',
      redirect: 'error',
      signal: more.signal === undefined ? limit : AbortSignal.any([limit, more.signal]),
      headers: {
        'accept-encoding': 'identity',
        ...(more.post === undefined ? {} : { 'content-type': 'application/json', 'x-zhongheng': '1' }),
        ...more.headers,
      },
      ...(more.post === undefined ? {} : { body: more.post }),
    })
    return { status: response.status, bytes: await readUpTo(response, most, url) }
  } catch (cause) {
    if (cause instanceof WitnessError) throw cause
    const why = reasonOf(cause)
    throw new WitnessError(
      'unreachable',
      `${url.origin}${url.pathname} 没有应答：${why}`,
      `${url.origin}${url.pathname} does not answer: ${why}`,
      cause,
    )
  }
}

async function readUpTo(response: Response, most: number, url: URL): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  const reader = response.body?.getReader()
  while (reader !== undefined) {
    const { done, value } = await reader.read()
    if (done) break
    const part: Uint8Array = value
    length += part.length
    if (length > most) {
      await reader.cancel().catch(() => undefined)
      throw new WitnessError(
        'malformed',
        `${url.pathname} 的应答超过 ${most} 字节`,
        `the answer to ${url.pathname} is over ${most} bytes`,
      )
    }
    parts.push(part)
  }
  return joinBytes(...parts)
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown'
  if (cause.name === 'TimeoutError') return 'timeout'
  const inner = cause.cause
  const code = inner instanceof Error && 'code' in inner ? String(inner.code) : ''
  // Only short words of our own runtime: an answer's text must not reach a terminal.
  return (code || cause.message).replace(/[^\w .:-]/g, '?').slice(0, 80)
}
