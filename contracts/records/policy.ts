/** The wire form of a policy snapshot, from server to gateway (`PUT /policy` on the gateway's control socket). */
export type PolicyPush = {
  readonly signed: SignedPolicy
  /** PEM (PKCS#8) private key of each engagement's CA, by engagement id. Lives in the gateway's memory only. */
  readonly caKeys: { readonly [engagementId: string]: string }
  /** PEM chain and key with which the gateway speaks TLS as a proxy; the authority behind it is in the policy. */
  /** Shown to targets that ask for a client certificate: by engagement, one for a host. Secret; in memory only. */
  readonly clientCertificates?: { readonly [engagementId: string]: readonly ClientCertificate[] } | undefined
  readonly ownTls?: { readonly certificate: string; readonly key: string } | undefined
}

/** PEM chain and PKCS#8 key for one host (a name in lower case, or an address). */
export type ClientCertificate = { readonly host: string; readonly certificate: string; readonly key: string }

export type SignedPolicy = {
  /** Canonical JSON of a `Policy`; the signature is over exactly these bytes. Its SHA-256 is the policy digest. */
  readonly payload: string
  /** Base64 Ed25519 signature by the platform's policy key. */
  readonly signature: string
}

/** Answer of `GET /status` on the gateway's control socket. */
export type GatewayStatus = {
  /** Its number among the installation's gateways; absent from an older one. */
  readonly node?: number
  readonly policySequence: number | null
  readonly policyDigest: string | null
  readonly policyExpiresAt: string | null
  readonly recorder: 'connected' | 'absent'
  readonly openConnections: number
  readonly passed: number
  readonly refused: number
  /** Its clock (ISO 8601); absent from an older gateway. */
  readonly now?: string
}
