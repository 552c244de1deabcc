import { createHash, createPrivateKey, createPublicKey, type KeyObject, verify, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { PolicyPush } from '@zhongheng/contracts/records/policy.ts'
import { instantOf } from '@zhongheng/domain/shared/instants.ts'
import type { Policy } from '@zhongheng/domain/authorizations/policy.ts'
import { quietAt } from '@zhongheng/domain/conduct/quiet-hours.ts'
import { Problem, say, type Text } from '@zhongheng/domain/shared/problem.ts'
import { readPolicy } from './read-policy.ts'
import type { Time } from './time.ts'

/** The snapshot in force: who may do what, its digest, and the CA keys that came beside it. */
export type Snapshot = {
  readonly policy: Policy
  readonly digest: string
  readonly caKeys: { readonly [engagementId: string]: string }
  /** What is shown to targets that ask for a certificate, by engagement. */
  readonly clientCertificates: NonNullable<PolicyPush['clientCertificates']>
  /** Certificate chain and key of the gateway itself, PEM. */
  readonly ownTls?: NonNullable<PolicyPush['ownTls']>
}

/** The snapshot, or why nothing may pass. */
export type Standing =
  | { readonly ok: true; readonly snapshot: Snapshot }
  | { readonly ok: false; readonly rule: 'POLICY-1' | 'POLICY-3' | 'CLOCK-1'; readonly text: Text }

const none = say(
  '网关尚未收到平台签名的策略，不转发任何流量',
  'the gateway has no policy signed by the platform yet, so no traffic passes',
)
const lapsed = say(
  '网关的策略已过期，等待平台更新',
  'the policy of the gateway has lapsed; it waits for the platform to renew it',
)
const jumped = say(
  '网关的时钟发生了跳变，在收到新策略之前不转发流量',
  "the gateway's clock has jumped; no traffic passes until a fresh policy arrives",
)

/** A wall clock that drifts this far (ms) from the monotonic one since the snapshot came cannot be trusted. */
const clockTolerance = 60_000

/**
 * Keeps the newest signed policy snapshot and says at every moment whether it still holds (GBT43741-5.2, fail closed):
 * not before one came, not after it expires, not when the clock jumps. Listeners are told whenever an open connection
 * might have lost its right: a new snapshot, an opening or closing time passed, the snapshot lapsed, the clock jumped.
 */
export class PolicyKeeper {
  readonly #time: Time
  readonly #publicKeyFile: string
  #publicKey: KeyObject | null = null
  #snapshot: Snapshot | null = null
  /** Wall minus monotonic milliseconds when the snapshot came. */
  #offset = 0
  #boundaries: readonly number[] = []
  #nextBoundary = 0
  #wasOk = false
  readonly #listeners: (() => void)[] = []

  /** @param publicKeyFile SPKI PEM of the platform's Ed25519 policy key; may appear later, is read until it does */
  constructor(time: Time, publicKeyFile: string) {
    this.#time = time
    this.#publicKeyFile = publicKeyFile
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  get snapshot(): Snapshot | null {
    return this.#snapshot
  }

  standing(): Standing {
    const snapshot = this.#snapshot
    if (snapshot === null) return { ok: false, rule: 'POLICY-3', text: none }
    const now = this.#time.now().getTime()
    if (!(Math.abs(now - this.#time.monotonic() - this.#offset) <= clockTolerance)) {
      return { ok: false, rule: 'CLOCK-1', text: jumped }
    }
    if (!(now < instantOf(snapshot.policy.expiresAt))) return { ok: false, rule: 'POLICY-1', text: lapsed }
    return { ok: true, snapshot }
  }

  /** Takes a new snapshot into force. @throws Problem when signature, shape, sequence, time or a CA key is not right; nothing changes then */
  accept(push: PolicyPush): Snapshot {
    const payload = Buffer.from(push.signed.payload, 'utf8')
    if (!verify(null, payload, this.#key(), Buffer.from(push.signed.signature, 'base64'))) {
      throw new Problem('forbidden', say('策略签名无效', 'the signature of the policy is not good'), {
        rule: 'POLICY-4',
      })
    }
    const digest = createHash('sha256').update(payload).digest('hex')
    const policy = readPolicy(push.signed.payload)
    const current = this.#snapshot
    if (current !== null && policy.sequence <= current.policy.sequence && digest !== current.digest) {
      throw new Problem(
        'conflict',
        say(
          `策略序号 ${policy.sequence} 不大于当前的 ${current.policy.sequence}`,
          `policy sequence ${policy.sequence} is not above the current ${current.policy.sequence}`,
        ),
        { rule: 'POLICY-5' },
      )
    }
    const now = this.#time.now().getTime()
    if (!(now < Date.parse(policy.expiresAt)) || !(now >= Date.parse(policy.issuedAt) - clockTolerance)) {
      throw new Problem('refused', say('策略不在有效期内', 'the policy is not valid at this time'), {
        rule: 'POLICY-1',
      })
    }
    checkAuthorities(policy, push.caKeys)
    if (push.ownTls !== undefined) checkPair('ownTls', push.ownTls)
    for (const [engagementId, pairs] of Object.entries(push.clientCertificates ?? {})) {
      for (const pair of pairs) checkPair(`clientCertificates.${engagementId}.${pair.host}`, pair)
    }
    const ownTls = push.ownTls ?? this.#snapshot?.ownTls
    const clientCertificates = push.clientCertificates ?? {}
    this.#snapshot = {
      policy,
      digest,
      caKeys: push.caKeys,
      clientCertificates,
      ...(ownTls === undefined ? {} : { ownTls }),
    }
    this.#offset = now - this.#time.monotonic()
    this.#boundaries = boundariesOf(policy, now).filter((at) => at > now)
    this.#nextBoundary = 0
    this.#wasOk = true
    this.#tell()
    return this.#snapshot
  }

  /** To be called several times a second: notices what time alone changes. */
  tick(): void {
    const ok = this.standing().ok
    const now = this.#time.now().getTime()
    const before = this.#nextBoundary
    while ((this.#boundaries[this.#nextBoundary] ?? Number.POSITIVE_INFINITY) <= now) this.#nextBoundary++
    if (this.#nextBoundary !== before || ok !== this.#wasOk) {
      this.#wasOk = ok
      this.#tell()
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }

  #key(): KeyObject {
    if (this.#publicKey === null) {
      try {
        this.#publicKey = createPublicKey(readFileSync(this.#publicKeyFile))
      } catch (cause) {
        const text = say('策略公钥文件尚不可用', 'the public key file of the policy cannot be read yet')
        throw new Problem('unavailable', text, { rule: 'POLICY-6', cause })
      }
    }
    return this.#publicKey
  }
}

function checkAuthorities(policy: Policy, caKeys: Snapshot['caKeys']): void {
  const known = new Map(policy.engagements.map((one) => [one.engagementId, one.caCertificate]))
  for (const [engagementId, key] of Object.entries(caKeys)) {
    const certificate = known.get(engagementId)
    let good = false
    try {
      good = certificate !== undefined && new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))
    } catch {
      // A key or certificate that cannot be read is as bad as a wrong one.
    }
    if (!good) {
      const text = say(
        `caKeys.${engagementId} 与项目的 CA 证书不符`,
        `caKeys.${engagementId} does not fit the CA certificate`,
      )
      throw new Problem('malformed', text, { rule: 'POLICY-7' })
    }
  }
}

function checkPair(at: string, pair: { readonly certificate: string; readonly key: string }): void {
  try {
    if (new X509Certificate(pair.certificate).checkPrivateKey(createPrivateKey(pair.key))) return
  } catch {
    // A key or certificate that cannot be read is as bad as a wrong one.
  }
  throw new Problem('malformed', say(`${at} 的密钥与证书不符`, `the key of ${at} does not fit its certificate`), {
    rule: 'POLICY-7',
  })
}

/** A snapshot lives for half a minute; one that would live for years does not fill the memory. */
const mostBoundaries = 10_000

function boundariesOf(policy: Policy, now: number): number[] {
  const times = new Set<number>([Date.parse(policy.expiresAt)])
  const end = Date.parse(policy.expiresAt)
  for (const engagement of policy.engagements) {
    if (engagement.rules !== undefined) {
      const { quietHours, zone } = engagement.rules
      for (let at = now; at < end && times.size < mostBoundaries; ) {
        at = quietAt(quietHours, zone, at).until
        times.add(at)
      }
    }
    for (const window of [engagement, ...engagement.leases]) {
      times.add(Date.parse(window.opensAt))
      times.add(Date.parse(window.closesAt))
    }
  }
  return [...times].sort((one, other) => one - other)
}
