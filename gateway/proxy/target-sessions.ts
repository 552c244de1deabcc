import type { SecureContext } from 'node:tls'

/** What stays of a handshake with a target, to shorten the next one. */
export type TargetSession = {
  /** As OpenSSL writes it; secret. */
  readonly bytes: Buffer
  /** What was found wrong with the certificate: a shortened handshake shows none. */
  readonly fault: string | undefined
}

/** A certificate is looked at again after so long (ms). */
const goodFor = 300_000
/** Of one context; the oldest go first. */
const most = 512

/**
 * TLS sessions with targets. A scanner opens thousands of connections to one target, and each whole handshake costs both
 * ends more than the request. A session belongs to one lease, name, address and set of protocols, so that no target can tell by it
 * that two testers are one gateway's; and to one context, so that it ends with the client certificate under which it began.
 */
export class TargetSessions {
  readonly #byContext = new WeakMap<SecureContext, Map<string, TargetSession & { readonly at: number }>>()
  readonly #monotonic: () => number

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic
  }

  find(context: SecureContext, key: string): TargetSession | undefined {
    const kept = this.#byContext.get(context)?.get(key)
    if (kept === undefined || this.#monotonic() - kept.at <= goodFor) return kept
    this.forget(context, key)
    return undefined
  }

  keep(context: SecureContext, key: string, session: TargetSession): void {
    let sessions = this.#byContext.get(context)
    if (sessions === undefined) {
      sessions = new Map()
      this.#byContext.set(context, sessions)
    }
    sessions.delete(key)
    sessions.set(key, { ...session, at: this.#monotonic() })
    for (const oldest of sessions.keys()) {
      if (sessions.size <= most) break
      sessions.delete(oldest)
    }
  }

  forget(context: SecureContext, key: string): void {
    this.#byContext.get(context)?.delete(key)
  }
}
