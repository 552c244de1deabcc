import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls'
import type { Snapshot } from '../policy/policy-keeper.ts'

/** Old protocols and weak ciphers are what testers come to find, so the gateway speaks them with targets. */
const spoken = { minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const

/**
 * What the gateway shows to targets under TLS: the client certificate that the demand side gave for a host, if any. Its key
 * came beside the policy and is in memory only. Also holds the authorities by which targets are verified.
 */
export class TargetCredentials {
  readonly #roots: readonly string[] | undefined
  readonly #usual: SecureContext
  readonly #made = new WeakMap<object, SecureContext>()

  /** @param authorities PEM of authorities that count beside the public ones, e.g. of a company's own network */
  constructor(authorities: readonly string[] = []) {
    this.#roots = authorities.length === 0 ? undefined : [...rootCertificates, ...authorities]
    this.#usual = createSecureContext({ ...spoken, ...this.#trusted })
  }

  get #trusted(): { readonly ca?: string[] } {
    return this.#roots === undefined ? {} : { ca: [...this.#roots] }
  }

  contextFor(snapshot: Snapshot, engagementId: string, host: string): SecureContext {
    const own = Object.hasOwn(snapshot.clientCertificates, engagementId)
      ? snapshot.clientCertificates[engagementId]?.find((one) => one.host === host)
      : undefined
    if (own === undefined) return this.#usual
    let context = this.#made.get(own)
    if (context === undefined) {
      context = createSecureContext({ ...spoken, ...this.#trusted, cert: own.certificate, key: own.key })
      this.#made.set(own, context)
    }
    return context
  }
}
