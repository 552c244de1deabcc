import type { TestRules } from '../conduct/test-rules.ts'
import type { CompiledScope } from './scope/compile.ts'

/**
 * What the gateway may let through, for every engagement it serves. The server writes it, signs it and pushes it;
 * the gateway judges with nothing else. It lapses: after `expiresAt` no traffic passes (GBT43741 5.2, fail closed).
 */
export type Policy = {
  readonly format: 'zhongheng-policy/1'
  /** Grows with every snapshot; a gateway never goes back to a smaller one. */
  readonly sequence: number
  /** ISO 8601, UTC. */
  readonly issuedAt: string
  readonly expiresAt: string
  /** `address:port` of the platform's own listeners: always refused as targets. */
  readonly platformAddresses: readonly string[]
  /** PEM of the installation's CA, behind the certificate that the gateway itself shows; offered on its home page. */
  readonly gatewayAuthority?: string | undefined
  /** Where testers reach each of the installation's gateways, `host:port`; absent where there is one. */
  readonly gateways?: readonly { readonly node: number; readonly address: string }[] | undefined
  readonly engagements: readonly EngagementPolicy[]
}

export type EngagementPolicy = {
  readonly engagementId: string
  /**
   * The one node that serves it, so that limits and sequences count in one place; absent: 0. Null while it moves, until the snapshots
   * of the node before have lapsed: then nobody serves it.
   */
  readonly node?: number | null | undefined
  /** Printed on the refusal page so that the tester knows which engagement spoke. */
  readonly title: string
  readonly state: 'testing' | 'stopped' | 'not_started' | 'over'
  /** Reason of the stop order, shown to the tester. */
  readonly stopReason?: string
  readonly opensAt: string
  readonly closesAt: string
  readonly scope: CompiledScope
  /**
   * Names answered without the name service, `host` to address. Only the practice target uses it; an address given
   * here may be loopback, every other loopback address is refused.
   */
  readonly pins: { readonly [host: string]: string }
  /** PEM of the engagement's own CA; its key travels beside the policy, never inside it. */
  readonly caCertificate: string
  /** Source addresses of the gateway's machine from which targets are dialled; empty or absent: the system's choice. */
  readonly egressAddresses?: readonly string[] | undefined
  /** Targets whose certificate does not verify are not talked to. */
  readonly verifiedTargetsOnly?: boolean | undefined
  /** Rates, hours, methods and payloads that both sides agreed on; absent: none. */
  readonly rules?: TestRules | undefined
  readonly leases: readonly LeasePolicy[]
}

export type LeasePolicy = {
  readonly leaseId: string
  readonly testerId: string
  /** The proxy user name. Unique in the installation. */
  readonly proxyName: string
  /** Hex SHA-256 of `salt` + `:` + secret. The secret has 160 random bits, so a fast digest is enough. */
  readonly secretDigest: string
  readonly salt: string
  readonly state: 'active' | 'suspended' | 'revoked'
  readonly opensAt: string
  readonly closesAt: string
  readonly limits: { readonly requestsPerSecond: number; readonly concurrency: number }
  /** Held to this many requests a second since a signal of conduct, until somebody settles it. */
  readonly slowedTo?: number | undefined
}
