import type { ExchangeHead } from '@zhongheng/contracts/records/capture.ts'
import type { Target } from '@zhongheng/domain/authorizations/target.ts'
import type { Snapshot } from '../policy/policy-keeper.ts'
import type { SpecialHandling } from '@zhongheng/domain/authorizations/scope/handling.ts'
import type { Hello } from './tunnel/client-hello.ts'
import type { RequestHead } from './framing/request-head.ts'
import { newExchangeId } from './parts.ts'
import type { Refusal, Whose } from './refusals.ts'
import type { Upstream } from './upstream.ts'

/** The head under which an admitted request is recorded. */
export function recordOf(
  head: Pick<RequestHead, 'method' | 'upgrade'>,
  target: Target,
  upstream: Upstream,
  whose: Whose,
  snapshot: Snapshot,
  startedAt: Date,
): ExchangeHead {
  return {
    exchangeId: newExchangeId(startedAt),
    engagementId: whose.engagementId ?? '',
    leaseId: whose.leaseId ?? '',
    testerId: whose.testerId ?? '',
    kind: head.upgrade === 'websocket' ? 'websocket' : 'http',
    startedAt: startedAt.toISOString(),
    scheme: target.scheme,
    host: target.host,
    port: target.port,
    address: upstream.address,
    method: head.method,
    path: target.path ?? '/',
    ...(upstream.verified === undefined ? {} : { targetVerified: upstream.verified }),
    ...(upstream.fault === undefined ? {} : { targetFault: upstream.fault }),
    ...(upstream.egress === undefined ? {} : { egress: upstream.egress }),
    policyDigest: snapshot.digest,
  }
}

/** The head under which a tunnel is recorded that was not looked into. */
export function tunnelRecord(
  mode: SpecialHandling,
  target: Target,
  hello: Hello | undefined,
  upstream: Upstream,
  whose: Whose,
  snapshot: Snapshot,
  startedAt: Date,
): ExchangeHead {
  return {
    exchangeId: newExchangeId(startedAt),
    engagementId: whose.engagementId ?? '',
    leaseId: whose.leaseId ?? '',
    testerId: whose.testerId ?? '',
    kind: 'tunnel',
    startedAt: startedAt.toISOString(),
    scheme: mode === 'tunnel' ? 'https' : 'tcp',
    host: target.host,
    port: target.port,
    address: upstream.address,
    ...(upstream.egress === undefined ? {} : { egress: upstream.egress }),
    method: 'CONNECT',
    path: '',
    ...(hello === undefined
      ? {}
      : { hello: { serverName: hello.serverName === false ? '' : hello.serverName, alpn: hello.alpn } }),
    policyDigest: snapshot.digest,
  }
}

/** A request as far as it could be read; both empty where nothing could. */
export type Asked = Pick<RequestHead, 'method' | 'target'>

/** The head under which a refusal is recorded: what was asked for, and which rule spoke. */
export function refusalRecord(
  exchangeId: string,
  at: Date,
  refusal: Refusal,
  asked: Asked,
  target: Target | null,
  snapshot: Snapshot | null,
): ExchangeHead {
  return {
    exchangeId,
    engagementId: refusal.engagementId ?? '',
    leaseId: refusal.leaseId ?? '',
    testerId: refusal.testerId ?? '',
    kind: 'refusal',
    startedAt: at.toISOString(),
    scheme: target?.scheme ?? 'http',
    host: target?.host ?? '',
    port: target?.port ?? 0,
    method: asked.method,
    path: (target?.path ?? asked.target).slice(0, 8192),
    policyDigest: snapshot?.digest ?? '',
    refusal: {
      code: refusal.code,
      rule: refusal.rule,
      detail: refusal.text.en.slice(0, 4000),
      detailZh: refusal.text.zh.slice(0, 4000),
    },
  }
}
