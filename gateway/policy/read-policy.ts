import type { PolicyPush, SignedPolicy } from '@zhongheng/contracts/records/policy.ts'
import type { EngagementPolicy, LeasePolicy, Policy } from '@zhongheng/domain/authorizations/policy.ts'
import { payloadClasses, signalKinds } from '@zhongheng/domain/conduct/signals.ts'
import { isZone, type QuietHours } from '@zhongheng/domain/conduct/quiet-hours.ts'
import { type Limits, type Response, responses, type TestRules } from '@zhongheng/domain/conduct/test-rules.ts'
import type { CompiledRule, CompiledScope } from '@zhongheng/domain/authorizations/scope/compile.ts'
import type { HostPattern, PortRange } from '@zhongheng/domain/authorizations/scope/rows.ts'
import { fail, flag, instant, list, nullable, optional, type Read, record, table, text, whole, word } from './shape.ts'

const id = text(80, /^[A-Za-z0-9_.-]+$/)
const digest = text(64, /^[0-9a-f]{64}$/)
const pem = text(16_384, /^-----BEGIN [A-Z ]+-----\n[\s\S]+-----END [A-Z ]+-----\s*$/)
const pemChain = text(65_536, /^-----BEGIN CERTIFICATE-----\n[\s\S]+-----END CERTIFICATE-----\s*$/)
const addressKey = text(32, /^(?:[0-9a-f]{8}|[0-9a-f]{32})$/)

const hostPattern: Read<HostPattern> = (value, at) => {
  const kind = (value as { readonly kind?: unknown } | null)?.kind
  switch (kind) {
    case 'name':
      return record({ kind: word('name'), name: text(253) })(value, at)
    case 'below':
      return record({ kind: word('below'), base: text(253) })(value, at)
    case 'glob':
      return record({ kind: word('glob'), glob: text(253) })(value, at)
    case 'any':
      return record({ kind: word('any') })(value, at)
    case 'range': {
      const read = record({ kind: word('range'), family: whole(4, 6), from: addressKey, to: addressKey })(value, at)
      const { family } = read
      if (family !== 4 && family !== 6) return fail(`${at}.family`, '必须是 4 或 6', 'must be 4 or 6')
      return { ...read, family }
    }
    default:
      return fail(`${at}.kind`, '不是已知的主机模式', 'is not a known host pattern')
  }
}

const portRange: Read<PortRange> = record({ from: whole(1, 65535), to: whole(1, 65535) })
const line = {
  effect: word('in', 'out'),
  rowId: text(80),
  asset: text(4096),
  maxSeverity: optional(text(40)),
  bountyEligible: optional(flag),
}
const rule: Read<CompiledRule> = record({
  ...line,
  host: hostPattern,
  ports: nullable(list(portRange, 1000)),
  path: nullable(text(4096)),
  handling: optional(word('tunnel', 'raw')),
})
const scope: Read<CompiledScope> = record({
  format: word('zhongheng-scope/1'),
  versionId: id,
  rules: list(rule, 100_000),
  letterLines: list(record(line), 100_000),
})

const clock = text(5, /^(?:[01]\d|2[0-3]):[0-5]\d$/)
const limits: Read<Limits> = record({
  requestsPerSecond: optional(whole(1, 1_000_000)),
  concurrency: optional(whole(1, 100_000)),
  sentPerMinute: optional(whole(1, Number.MAX_SAFE_INTEGER)),
  receivedPerMinute: optional(whole(1, Number.MAX_SAFE_INTEGER)),
})
const quietHours: Read<QuietHours> = record({ from: clock, to: clock })
const response: Read<Response | undefined> = optional(word(...responses))
const zone: Read<string> = (value, at) => {
  const name = text(60)(value, at)
  return isZone(name) ? name : fail(at, '不是已知的时区', 'is not a known time zone')
}
const rules: Read<TestRules> = record({
  zone,
  quietHours: list(quietHours, 10),
  lease: limits,
  engagement: limits,
  target: limits,
  targets: list(record({ host: text(253), limits }), 200),
  forbiddenMethods: list(text(40, /^[A-Z0-9!#$%&'*+.^_`|~-]+$/), 40),
  forbiddenPayloads: list(word(...payloadClasses), payloadClasses.length),
  responses: record(Object.fromEntries(signalKinds.map((kind) => [kind, response]))),
})

const lease: Read<LeasePolicy> = record({
  leaseId: id,
  testerId: id,
  proxyName: text(80, /^[A-Za-z0-9._-]+$/),
  secretDigest: digest,
  salt: text(128, /^[\x21-\x7e]*$/),
  state: word('active', 'suspended', 'revoked'),
  opensAt: instant,
  closesAt: instant,
  limits: record({ requestsPerSecond: whole(1, 1_000_000), concurrency: whole(1, 100_000) }),
  slowedTo: optional(whole(1, 1_000_000)),
})

const nodeNumber = whole(0, 255)
const engagement: Read<EngagementPolicy> = record({
  engagementId: id,
  node: optional(nullable(nodeNumber)),
  title: text(500),
  state: word('testing', 'stopped', 'not_started', 'over'),
  stopReason: optional(text(2000)),
  opensAt: instant,
  closesAt: instant,
  scope,
  pins: table(text(45, /^[0-9a-f:.]+$/), 1000),
  caCertificate: pem,
  egressAddresses: optional(list(text(45, /^[0-9a-f:.]+$/), 16)),
  verifiedTargetsOnly: optional(flag),
  rules: optional(rules),
  leases: list(lease, 100_000),
})

const policy: Read<Policy> = record({
  format: word('zhongheng-policy/1'),
  sequence: whole(1, Number.MAX_SAFE_INTEGER),
  issuedAt: instant,
  expiresAt: instant,
  platformAddresses: list(text(300, /^.*:\d{1,5}$/), 1000),
  gatewayAuthority: optional(pem),
  gateways: optional(list(record({ node: nodeNumber, address: text(300, /^.*:\d{1,5}$/) }), 256)),
  engagements: list(engagement, 10_000),
})

const signed: Read<SignedPolicy> = record({
  payload: text(64 * 1024 * 1024),
  signature: text(200, /^[A-Za-z0-9+/]+={0,2}$/),
})
const push: Read<PolicyPush> = record({
  signed,
  caKeys: table(pem, 10_000),
  ownTls: optional(record({ certificate: pem, key: pem })),
  clientCertificates: optional(table(list(record({ host: text(253), certificate: pemChain, key: pem }), 100), 10_000)),
})

/** Reads the body of `PUT /policy`. @throws Problem malformed naming the field */
export const readPush = (body: string): PolicyPush => push(parseJson(body, 'body'), '')

/** Reads the payload of a signed policy: every field known and within limits, proxy names and ids unique. @throws Problem malformed */
export function readPolicy(payload: string): Policy {
  const read = policy(parseJson(payload, 'payload'), '')
  const engagements = new Set<string>()
  const names = new Set<string>()
  for (const one of read.engagements) {
    if (engagements.has(one.engagementId))
      fail('engagements', `项目 ${one.engagementId} 重复`, `names ${one.engagementId} twice`)
    engagements.add(one.engagementId)
    for (const { proxyName } of one.leases) {
      if (names.has(proxyName))
        fail('leases', `代理账号 ${proxyName} 重复`, `names the proxy account ${proxyName} twice`)
      names.add(proxyName)
    }
  }
  return read
}

function parseJson(body: string, at: string): unknown {
  try {
    return JSON.parse(body) as unknown
  } catch {
    return fail(at, '不是有效的 JSON', 'is not valid JSON')
  }
}
