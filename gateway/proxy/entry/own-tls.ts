import { createSecureContext, type SecureContext } from 'node:tls'
import type { PolicyKeeper } from '../../policy/policy-keeper.ts'

/**
 * The gateway's own certificate, for testers who speak TLS to the proxy itself. It came beside the policy, is kept in
 * memory only, and outlives the snapshot: a tester must be able to read why nothing passes.
 */
export class OwnTls {
  readonly #keeper: PolicyKeeper
  #made: { readonly key: string; readonly context: SecureContext } | null = null

  constructor(keeper: PolicyKeeper) {
    this.#keeper = keeper
  }

  /** Null until the platform has handed one over. */
  context(): SecureContext | null {
    const own = this.#keeper.snapshot?.ownTls
    if (own === undefined) return null
    if (this.#made?.key !== own.key) {
      const { certificate: cert, key } = own
      this.#made = { key, context: createSecureContext({ cert, key, minVersion: 'TLSv1.2' }) }
    }
    return this.#made.context
  }
}
