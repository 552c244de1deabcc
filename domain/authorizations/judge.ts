import { instantOf } from '../shared/instants.ts'
import { opensAfter, quietAt } from '../conduct/quiet-hours.ts'
import { type RuleId, say, type Text } from '../shared/problem.ts'
import { addressKindNames, classifyAddress, unmapped } from './addresses.ts'
import { type Address, formatAddress, parseAddress } from './ip.ts'
import type { EngagementPolicy, LeasePolicy, Policy } from './policy.ts'
import type { CompiledRule, CompiledScope } from './scope/compile.ts'
import { explainDecision } from './scope/describe.ts'
import type { Handling } from './scope/handling.ts'
import { decideAddress, decideScope, handlingOf, type Reach, type ScopeDecision } from './scope/match.ts'
import type { Effect } from './scope/rows.ts'
import { formatTarget, parseAbsoluteTarget, type Target, type TargetReading } from './target.ts'

/** What a tester's tool asks of the gateway. The secret was compared before; `proxyName` is the name it belongs to. */
export type Outbound = {
  readonly proxyName: string
  /** As read by `target.ts`; an unreadable one is refused here, with its own rule id. */
  readonly target: TargetReading
  readonly reach: Reach
  /** Of a request; a tunnel has none. */
  readonly method?: string
  /** For reach `tunnel`: what was promised when it was opened. */
  readonly handling?: Handling
}

export type Refusal =
  | 'policy_lapsed'
  | 'clock_behind'
  | 'unknown_lease'
  | 'elsewhere'
  | 'lease_suspended'
  | 'lease_revoked'
  | 'stopped'
  | 'not_testing'
  | 'outside_window'
  | 'quiet_hours'
  | 'forbidden_method'
  | 'unreadable_target'
  | 'out_of_scope'
  | 'excluded'
  | 'tied'
  | 'not_tunnelled'
  | 'address_unreadable'
  | 'address_never'
  | 'address_platform'
  | 'address_excluded'
  | 'address_private'
  | 'address_unpinned'

/** The rule id of each refusal; an unreadable target carries its `TARGET-n` instead. */
export const refusalRules = {
  policy_lapsed: 'POLICY-1',
  clock_behind: 'POLICY-2',
  unknown_lease: 'LEASE-1',
  elsewhere: 'NODE-1',
  lease_suspended: 'LEASE-2',
  lease_revoked: 'LEASE-3',
  stopped: 'STOP-1',
  not_testing: 'STOP-2',
  outside_window: 'TIME-1',
  quiet_hours: 'QUIET-1',
  forbidden_method: 'METHOD-1',
  unreadable_target: 'TARGET-1',
  out_of_scope: 'SCOPE-1',
  excluded: 'SCOPE-2',
  tied: 'SCOPE-3',
  not_tunnelled: 'SCOPE-4',
  address_never: 'ADDR-1',
  address_platform: 'ADDR-2',
  address_excluded: 'ADDR-3',
  address_private: 'ADDR-4',
  address_unpinned: 'ADDR-5',
  address_unreadable: 'ADDR-6',
} as const satisfies Record<Refusal, RuleId>

/** The row of the scope that decided, to be quoted to the tester. */
export type SourceRow = { readonly rowId: string; readonly asset: string; readonly effect: Effect }

export type Refused = {
  readonly pass: false
  readonly because: Refusal
  readonly rule: RuleId
  readonly text: Text
  readonly row?: SourceRow
  /** Milliseconds until it may be asked again, where time alone decides. */
  readonly waitMs?: number
}

/** May this request go out? `engagementId` and the lease are given with a refusal too, once they are known. */
export type Verdict =
  | {
      readonly pass: true
      readonly engagementId: string
      readonly leaseId: string
      readonly testerId: string
      readonly row: SourceRow
    }
  | (Refused & {
      readonly engagementId?: string
      readonly engagementTitle?: string
      readonly leaseId?: string
      readonly testerId?: string
    })

export type AddressVerdict = { readonly pass: true } | Refused

export type HeldLease = { readonly engagement: EngagementPolicy; readonly lease: LeasePolicy }

const leaseIndexes = new WeakMap<Policy, ReadonlyMap<string, HeldLease>>()

/** The lease behind a proxy name; undefined when the snapshot has none. The gateway compares the secret with it. */
export function leaseOf(policy: Policy, proxyName: string): HeldLease | undefined {
  let index = leaseIndexes.get(policy)
  if (index === undefined) {
    const built = new Map<string, HeldLease>()
    for (const engagement of policy.engagements) {
      for (const lease of engagement.leases) built.set(lease.proxyName, { engagement, lease })
    }
    index = built
    leaseIndexes.set(policy, index)
  }
  return index.get(proxyName)
}

const refuse = (because: Refusal, text: Text, rule?: CompiledRule): Refused => ({
  pass: false,
  because,
  rule: refusalRules[because],
  text,
  ...(rule === undefined ? {} : { row: sourceOf(rule) }),
})

const sourceOf = (rule: CompiledRule): SourceRow => ({ rowId: rule.rowId, asset: rule.asset, effect: rule.effect })

/** A snapshot from further in the future than this means that the gateway's clock is wrong. */
const clockTolerance = 60_000

/**
 * Judges one request with the policy snapshot and nothing else (GBT43741-5.2: authorised objects, time and own access
 * only; fail closed). Passing here is not enough to dial: `judgeAddress` must agree with the address that was resolved.
 * @param node the gateway that asks
 */
export function judge(request: Outbound, policy: Policy, now: Date, node = 0): Verdict {
  const at = now.getTime()
  // Comparisons are written so that an unreadable date refuses.
  if (!(at < instantOf(policy.expiresAt))) {
    return refuse(
      'policy_lapsed',
      say(
        '网关的策略已过期，在收到新策略之前不转发任何流量',
        "the gateway's policy has lapsed; no traffic passes until a new one arrives",
      ),
    )
  }
  if (!(at >= instantOf(policy.issuedAt) - clockTolerance)) {
    return refuse(
      'clock_behind',
      say(
        '网关时钟早于策略签发时间，时间不可信，不转发流量',
        "the gateway's clock is behind the policy's issue, so its time cannot be trusted and no traffic passes",
      ),
    )
  }
  const held = leaseOf(policy, request.proxyName)
  if (held === undefined) {
    return refuse(
      'unknown_lease',
      say(
        '代理账号或密钥不正确，或该授权租约不存在',
        'the proxy name or secret is wrong, or there is no such access lease',
      ),
    )
  }
  const { engagement, lease } = held
  const who = {
    engagementId: engagement.engagementId,
    leaseId: lease.leaseId,
    testerId: lease.testerId,
  }
  const refused =
    judgeNode(policy, engagement, node) ??
    judgeLease(lease, at) ??
    judgeEngagement(engagement, at) ??
    judgeQuietHours(engagement, at) ??
    judgeMethod(request, engagement) ??
    judgeTarget(request, policy, engagement)
  if ('pass' in refused) return { ...refused, ...who, engagementTitle: engagement.title }
  return { pass: true, ...who, row: sourceOf(refused.rule) }
}

/** Where else an engagement is served; undefined at the gateway that serves it, null where none does at the moment. */
export function servedElsewhere(policy: Policy, engagement: EngagementPolicy, node: number): string | null | undefined {
  const own = engagement.node === undefined ? 0 : engagement.node
  if (own === node) return undefined
  return policy.gateways?.find((one) => one.node === own)?.address ?? null
}

/** Limits, load and the order of sequences are kept by one gateway for each engagement. */
function judgeNode(policy: Policy, engagement: EngagementPolicy, node: number): Refused | undefined {
  const address = servedElsewhere(policy, engagement, node)
  if (address === undefined) return undefined
  return refuse('elsewhere', elsewhereText(address))
}

/** @param address where the engagement is served, null while it moves */
export const elsewhereText = (address: string | null): Text =>
  address === null
    ? say(
        '本项目正在转移到另一网关，约两分钟后可继续；届时网关会指明地址',
        'this engagement is moving to another gateway: go on in about two minutes, when the gateways name the address',
      )
    : say(`本项目由网关 ${address} 服务，不在此处`, `this engagement is served by the gateway at ${address}, not here`)

function judgeLease(lease: LeasePolicy, at: number): Refused | undefined {
  if (lease.state === 'revoked') {
    return refuse(
      'lease_revoked',
      say('您的访问租约已被撤销；请联系组织方', 'your access lease was revoked; ask the organizer'),
    )
  }
  if (lease.state === 'suspended') {
    return refuse(
      'lease_suspended',
      say('您的访问租约已被暂停；请联系组织方', 'your access lease is suspended; ask the organizer'),
    )
  }
  return outsideWindow(lease, at, say('租约', 'the lease'))
}

/** What a stopped tester is told, without the reason: that is the parties' word and is kept sealed only. */
export const stoppedText: Text = say(
  '测试已被紧急停止，请立即停止一切操作',
  'testing was stopped, cease all activity at once',
)

function judgeEngagement(engagement: EngagementPolicy, at: number): Refused | undefined {
  if (engagement.state === 'stopped') {
    const reason = engagement.stopReason ?? ''
    return refuse(
      'stopped',
      say(
        `${stoppedText.zh}${reason === '' ? '' : `：${reason}`}`,
        `${stoppedText.en}${reason === '' ? '' : `: ${reason}`}`,
      ),
    )
  }
  if (engagement.state === 'not_started') {
    return refuse('not_testing', say('测试尚未开始', 'testing has not started yet'))
  }
  if (engagement.state !== 'testing') return refuse('not_testing', say('测试已经结束', 'testing is over'))
  return outsideWindow(engagement, at, say('测试', 'testing'))
}

/** GBT43741-5.2-03: nothing passes in quiet hours, by the engagement's own time zone. */
function judgeQuietHours({ rules }: EngagementPolicy, at: number): Refused | undefined {
  if (rules === undefined || rules.quietHours.length === 0) return undefined
  const { quietHours, zone } = rules
  if (!quietAt(quietHours, zone, at).quiet) return undefined
  const opens = opensAfter(quietHours, zone, at)
  const when = opens === null ? null : new Date(opens).toISOString()
  const hours = quietHours.map(({ from, to }) => `${from}–${to}`)
  return {
    ...refuse(
      'quiet_hours',
      say(
        `现在是静默时段（${hours.join('、')}，${zone}），${when === null ? '须改动规则才能继续' : `${when} 起可继续`}`,
        `these are quiet hours (${hours.join(', ')}, ${zone}); ${when === null ? 'only a change of the rules ends them' : `testing may go on at ${when}`}`,
      ),
    ),
    ...(opens === null ? {} : { waitMs: opens - at }),
  }
}

/** Targets read methods exactly; a forbidden one is refused in any letter case, because some do not. */
function judgeMethod({ method }: Outbound, { rules }: EngagementPolicy): Refused | undefined {
  if (method === undefined || rules?.forbiddenMethods.includes(method.toUpperCase()) !== true) return undefined
  return refuse(
    'forbidden_method',
    say(`本项目的测试规则禁止 ${method} 方法`, `the test rules of this engagement forbid the method ${method}`),
  )
}

/** Windows are half open: the first moment is inside, the last is not. */
function outsideWindow(
  window: { readonly opensAt: string; readonly closesAt: string },
  at: number,
  what: Text,
): Refused | undefined {
  if (at >= instantOf(window.opensAt) && at < instantOf(window.closesAt)) return undefined
  return refuse(
    'outside_window',
    say(
      `${what.zh}时间窗口为 ${window.opensAt} 至 ${window.closesAt}，当前不在窗口内`,
      `the window of ${what.en} is ${window.opensAt} to ${window.closesAt}, and now is outside it`,
    ),
  )
}

function judgeTarget(
  request: Outbound,
  policy: Policy,
  engagement: EngagementPolicy,
): Refused | { readonly rule: CompiledRule } {
  if (!request.target.ok) {
    return { ...refuse('unreadable_target', request.target.text), rule: request.target.rule }
  }
  const target = request.target.target
  if (target.address !== undefined && isPlatform(policy, target.address, target.port)) return platformRefusal
  const decision = decideScope(engagement.scope, target, request.reach)
  if (!decision.in) return refusalOf(decision, target.host)
  if (request.reach === 'tunnel' && handlingOf(engagement.scope, target) !== request.handling) return notTunnelled
  return { rule: decision.rule }
}

const notTunnelled = refuse(
  'not_tunnelled',
  say(
    '范围未允许对该对象仅隧道或原始转发：隧道须可解密并逐条判断',
    'the scope does not allow closed or raw tunnels to this object: a tunnel must be looked into, request by request',
  ),
)

function refusalOf(decision: Exclude<ScopeDecision, { in: true }>, host: string): Refused {
  const text = explainDecision(decision, host)
  if (decision.why === 'unlisted') return refuse('out_of_scope', text, decision.near)
  return refuse(decision.why, text, decision.rule)
}

/** The answer of the probe box on the scope page. `canonical` is how the gateway reads the address, null when it cannot. */
export type Explanation = {
  readonly verdict: 'allow' | 'deny'
  readonly rule: RuleId
  readonly why: Text
  readonly row: { readonly rowId: string; readonly asset: string } | null
  readonly canonical: string | null
}

/** The rule id of a passing scope decision. */
export const scopeAllows: RuleId = 'SCOPE-0'

/**
 * Explains what the scope alone says of a URL, or of a bare host taken as https. Nobody's lease, no window and no resolved
 * address is looked at.
 */
export function explainScope(scope: CompiledScope, url: string): Explanation {
  const text = url.trim()
  const reading = parseAbsoluteTarget(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`)
  if (!reading.ok) return { verdict: 'deny', rule: reading.rule, why: reading.text, row: null, canonical: null }
  const decision = decideScope(scope, reading.target)
  const canonical = formatTarget(reading.target)
  if (decision.in) {
    const { rowId, asset } = decision.rule
    const why = explainDecision(decision, reading.target.host)
    return { verdict: 'allow', rule: scopeAllows, why, row: { rowId, asset }, canonical }
  }
  const refused = refusalOf(decision, reading.target.host)
  const row = refused.row === undefined ? null : { rowId: refused.row.rowId, asset: refused.row.asset }
  return { verdict: 'deny', rule: refused.rule, why: refused.text, row, canonical }
}

const platformRefusal = refuse(
  'address_platform',
  say(
    '目标是本平台自身的服务，永远不允许',
    "the target is one of the platform's own listeners, which is never allowed",
  ),
)

/**
 * Judges the address that the gateway is about to dial, after resolving once: dial exactly this address or nothing.
 * A scope that names a host does not name where its name points to, so private ranges need a rule of their own, and an
 * excluded range stays excluded behind every name. A pinned name must answer with its pin; a pin is the only way to a
 * loopback address, and never leads to the platform's own listeners.
 * @param address as text, IPv6 without brackets
 */
export function judgeAddress(
  policy: Pick<Policy, 'platformAddresses'>,
  engagement: EngagementPolicy,
  target: Target,
  address: string,
): AddressVerdict {
  const read = parseAddress(address)
  if (read === undefined) {
    return refuse('address_unreadable', say(`无法识别的地址：${address}`, `not an address: ${address}`))
  }
  const dialled = unmapped(read)
  const shown = formatAddress(dialled)
  if (isPlatform(policy, dialled, target.port)) return platformRefusal
  const { class: kind, why } = classifyAddress(dialled)
  const pin = pinOf(engagement, target.host)
  if (pin !== undefined && parseAddress(pin)?.key !== read.key) {
    return refuse(
      'address_unpinned',
      say(`${target.host} 固定解析为 ${pin}，不得连接 ${shown}`, `${target.host} is pinned to ${pin}, not to ${shown}`),
    )
  }
  if (kind === 'never' && !(pin !== undefined && why === 'loopback')) {
    return refuse(
      'address_never',
      say(
        `${target.host} 指向 ${shown}（${addressKindNames[why].zh}），永不连接`,
        `${target.host} leads to ${shown}, ${addressKindNames[why].en}, which is never dialled`,
      ),
    )
  }
  const ruled = decideAddress(engagement.scope, dialled, target.port)
  if (ruled.says === 'excluded') {
    return refuse(
      'address_excluded',
      say(
        `${target.host} 指向 ${shown}，该地址已被排除：${ruled.rule.asset}`,
        `${target.host} leads to ${shown}, which is excluded by ${ruled.rule.asset}`,
      ),
      ruled.rule,
    )
  }
  if (kind === 'private' && pin === undefined && ruled.says !== 'named') {
    return refuse(
      'address_private',
      say(
        `${target.host} 指向内网地址 ${shown}，范围中没有明确列出该地址`,
        `${target.host} leads to the private address ${shown}, which the scope does not name`,
      ),
    )
  }
  return { pass: true }
}

const pinOf = (engagement: EngagementPolicy, host: string): string | undefined =>
  Object.hasOwn(engagement.pins, host) ? engagement.pins[host] : undefined

/** A listener on the unspecified address listens on every loopback address; `localhost` is one. */
function isPlatform(policy: Pick<Policy, 'platformAddresses'>, address: Address, port: number): boolean {
  const loopback = classifyAddress(address).why === 'loopback'
  return policy.platformAddresses.some((listener) => {
    const colon = listener.lastIndexOf(':')
    if (Number(listener.slice(colon + 1)) !== port) return false
    const host = listener.slice(0, colon).replace(/^\[|\]$/g, '')
    if (host === 'localhost' || host === '*' || host === '') return loopback
    const read = parseAddress(host)
    if (read === undefined) return false
    const own = unmapped(read)
    if (classifyAddress(own).why === 'unspecified') return loopback
    return own.family === address.family && own.key === address.key
  })
}
