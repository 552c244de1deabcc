import type { Target } from '@zhongheng/domain/authorizations/target.ts'
import { Refused } from '../refusals.ts'
import type { Upstream } from '../upstream.ts'
import type { Hello } from '../tunnel/client-hello.ts'

export type Protocol = 'h2' | 'http/1.1'

/** Names and ports whose protocol was seen, for a while. */
export class KnownProtocols {
  readonly #most: number
  readonly #forMs: number
  readonly #known = new Map<string, { readonly protocol: Protocol; readonly until: number }>()

  constructor(most = 5000, forMs = 600_000) {
    this.#most = most
    this.#forMs = forMs
  }

  /** @param now monotonic ms */
  of(target: Target, now: number): Protocol | undefined {
    const found = this.#known.get(`${target.host}:${target.port}`)
    return found !== undefined && now < found.until ? found.protocol : undefined
  }

  note(target: Target, protocol: Protocol, now: number): void {
    const key = `${target.host}:${target.port}`
    this.#known.delete(key)
    this.#known.set(key, { protocol, until: now + this.#forMs })
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= this.#most) break
      this.#known.delete(oldest)
    }
  }
}

export type Offer = {
  readonly protocol: Protocol
  /** The connection by which the target's protocol was learnt; it serves this tester. */
  readonly upstream: Upstream | null
}

/**
 * The protocol that a tester's TLS is answered with: HTTP/2 where both sides want it, so that nothing is ever translated. A
 * target nobody asked yet is dialled first. A tool that speaks nothing but HTTP/2 gets it in any case, and a page that says
 * why nothing passes.
 * @param reachable false when nothing of this tunnel may go to a target: it is not dialled
 */
export async function offerFor(
  hello: Hello | null,
  target: Target,
  reachable: boolean,
  known: KnownProtocols,
  now: () => number,
  dial: () => Promise<Upstream>,
): Promise<Offer> {
  if (hello === null || !hello.alpn.includes('h2')) return { protocol: 'http/1.1', upstream: null }
  const otherwise: Protocol = hello.alpn.includes('http/1.1') ? 'http/1.1' : 'h2'
  if (!reachable) return { protocol: otherwise, upstream: null }
  const seen = known.of(target, now())
  if (seen !== undefined) return { protocol: seen === 'h2' ? 'h2' : otherwise, upstream: null }
  try {
    const upstream = await dial()
    known.note(target, upstream.protocol, now())
    if (upstream.protocol === 'h2') return { protocol: 'h2', upstream }
    if (otherwise === 'http/1.1') return { protocol: otherwise, upstream }
    upstream.socket.destroy()
  } catch (error) {
    // Why it cannot be reached is told to the first request.
    if (!(error instanceof Refused)) throw error
  }
  return { protocol: otherwise, upstream: null }
}
