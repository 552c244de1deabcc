import type {
  AddressVerdict,
  HeldLease,
  Refusal as Because,
  SourceRow,
  Verdict,
} from '@zhongheng/domain/authorizations/judge.ts'
import { type RuleId, say, type Text } from '@zhongheng/domain/shared/problem.ts'
import type { Standing } from '../policy/policy-keeper.ts'
import { type FrameRule, frameRules, statusOfFault } from './framing/faults.ts'
import { type Http2Rule, http2Rules, isHttp2Rule } from './http2/faults.ts'

/** Why the gateway does not pass a request on, as the tester's page and the record show it. */
export type Refusal = {
  /** HTTP status of the answer. */
  readonly status: number
  readonly code: string
  readonly rule: RuleId
  readonly text: Text
  /** What the tester can do. */
  readonly help: Text
  readonly engagementId?: string
  readonly engagementTitle?: string
  readonly leaseId?: string
  readonly testerId?: string
  readonly row?: SourceRow
  readonly waitMs?: number
}

export type Whose = Pick<Refusal, 'engagementId' | 'engagementTitle' | 'leaseId' | 'testerId'>

export const whoseOf = ({ engagement, lease }: HeldLease): Whose => ({
  engagementId: engagement.engagementId,
  engagementTitle: engagement.title,
  leaseId: lease.leaseId,
  testerId: lease.testerId,
})

/** Thrown inside the gateway to end an exchange with a refusal; never leaves a connection. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.text.en)
    this.refusal = refusal
  }
}

const askOrganizer = say(
  '如认为有误，请把编号和时间告诉组织方',
  'if this seems wrong, tell the organizer the rule and the time',
)
const useScope = say(
  '请对照项目页面上的测试范围；需要扩大范围时由需求方和组织方变更',
  'compare with the scope on the engagement page; widening it is a change by the demand side and the organizer',
)
const stopNow = say('请停止测试，等待平台通知', 'cease testing and wait for a notice on the platform')
const retryLater = say('网关会自行恢复，请稍后重试', 'the gateway recovers by itself; try again later')
const mendRequest = say(
  '请修正工具发出的请求；畸形报文不会发往目标',
  'mend the request your tool sends; malformed messages are never passed to the target',
)
const signInAgain = say(
  '请在代理设置中填写项目页面给出的代理账号和密钥（Basic 认证）',
  'enter the proxy name and secret from the engagement page in the proxy settings (Basic)',
)
const checkTarget = say(
  '请检查目标是否在线、名称和端口是否正确',
  'check that the target is up and its name and port are right',
)

const waitUntilOpen = say(
  '请在静默时段结束后继续；时段由需求方与组织方约定',
  'go on when the quiet hours are over; the demand side and the organizer agreed on them',
)
const seeRules = say(
  '请对照项目页面上的测试规则；改动由需求方和组织方作出',
  'compare with the test rules on the engagement page; changing them is for the demand side and the organizer',
)

const useOtherGateway = say(
  '请把工具的代理地址改为所示网关，账号和密钥不变',
  'set the proxy of your tool to the gateway that is named; name and secret stay',
)

const judged: { readonly [B in Because]: readonly [number, Text] } = {
  policy_lapsed: [503, retryLater],
  clock_behind: [503, retryLater],
  unknown_lease: [407, signInAgain],
  elsewhere: [403, useOtherGateway],
  lease_suspended: [403, askOrganizer],
  lease_revoked: [403, askOrganizer],
  stopped: [503, stopNow],
  not_testing: [403, askOrganizer],
  outside_window: [403, askOrganizer],
  quiet_hours: [403, waitUntilOpen],
  forbidden_method: [403, seeRules],
  unreadable_target: [400, mendRequest],
  out_of_scope: [403, useScope],
  excluded: [403, useScope],
  tied: [403, useScope],
  not_tunnelled: [403, useScope],
  address_unreadable: [403, askOrganizer],
  address_never: [403, useScope],
  address_platform: [403, useScope],
  address_excluded: [403, useScope],
  address_private: [403, useScope],
  address_unpinned: [403, askOrganizer],
}

/** The refusal of a verdict of the pure rule. */
export function refusalOf(verdict: Exclude<Verdict | AddressVerdict, { pass: true }>, whose: Whose = {}): Refusal {
  const [status, help] = judged[verdict.because]
  const { because, rule, text, row, waitMs, pass: _, ...who } = verdict
  return {
    ...whose,
    ...who,
    status,
    code: because,
    rule,
    text,
    help,
    ...(row === undefined ? {} : { row }),
    ...(waitMs === undefined ? {} : { waitMs }),
  }
}

export const refusalOfStanding = (standing: Exclude<Standing, { ok: true }>): Refusal => ({
  status: 503,
  code: 'no_policy',
  rule: standing.rule,
  text: standing.text,
  help: retryLater,
})

export const refusalOfFault = (rule: FrameRule, whose: Whose = {}): Refusal => ({
  ...whose,
  status: statusOfFault(rule),
  code: 'malformed_request',
  rule,
  text: frameRules[rule],
  help: mendRequest,
})

const shareLimit = say(
  '请降低速率后再试；限额由项目的测试规则规定，可能由多名测试者共用',
  'slow down and try again; the limit is set by the test rules of the engagement and may be shared by its testers',
)

const own = {
  'AUTH-1': [407, say('需要代理账号', 'a proxy account is needed'), signInAgain],
  'LEASE-1': [
    407,
    say(
      '代理账号或密钥不正确，或该授权租约不存在',
      'the proxy name or secret is wrong, or there is no such access lease',
    ),
    signInAgain,
  ],
  'ROUTE-1': [
    421,
    say(
      'Host 与目标不一致：请求行、CONNECT 与 Host 必须指向同一主机和端口',
      'Host differs from the target: request line, CONNECT and Host must name one host and port',
    ),
    mendRequest,
  ],
  'ROUTE-2': [
    421,
    say(
      'TLS 的服务器名称（SNI）与 CONNECT 目标不一致或缺失',
      'the TLS server name (SNI) differs from the CONNECT target or is missing',
    ),
    say('请让工具对 CONNECT 的主机名发起 TLS', 'have your tool start TLS for the host named in CONNECT'),
  ],
  'ROUTE-3': [400, say('隧道内的请求行应只含路径', 'inside a tunnel the request line holds a path only'), mendRequest],
  'ROUTE-5': [
    421,
    say(
      '隧道开头不是范围所允许的内容：TLS 握手无法读出服务器名称，或原始隧道中出现了 HTTP 或 TLS',
      'the tunnel begins with what the scope does not allow: a TLS hello whose server name cannot be read, or HTTP or TLS late in a raw tunnel',
    ),
    mendRequest,
  ],
  'ROUTE-4': [
    400,
    say(
      '此端口是代理；直接访问只提供网关自己的页面',
      "this port is a proxy; asked directly it serves only the gateway's own pages",
    ),
    say('请在工具中把此地址设为 HTTP 代理', 'set this address as the HTTP proxy of your tool'),
  ],
  'SOCKS-1': [
    400,
    say('SOCKS5 只提供 CONNECT；BIND 与 UDP 不转发', 'of SOCKS5 only CONNECT is served; BIND and UDP are not'),
    say('请让工具使用 TCP 连接', 'have your tool use TCP connections'),
  ],
  'SOCKS-2': [400, say('SOCKS5 地址类型未知', 'the SOCKS5 address type is unknown'), mendRequest],
  'LIMIT-1': [
    429,
    say('超出租约的每秒请求数', "over the lease's requests per second"),
    say('请降低工具的速率', 'slow your tool down'),
  ],
  'LIMIT-2': [
    429,
    say('超出租约的并发数', "over the lease's requests at a time"),
    say('请减少并发', 'use fewer connections at a time'),
  ],
  'LIMIT-3': [429, say('超出项目的每秒请求数', "over the engagement's requests per second"), shareLimit],
  'LIMIT-4': [429, say('超出项目的并发数', "over the engagement's requests at a time"), shareLimit],
  'LIMIT-5': [429, say('超出该对象的每秒请求数', 'over the requests per second that this target takes'), shareLimit],
  'LIMIT-6': [429, say('超出该对象的并发数', 'over the requests at a time that this target takes'), shareLimit],
  'LIMIT-7': [429, say('超出每分钟可发送的字节数', 'over the bytes that may be sent in a minute'), shareLimit],
  'LIMIT-8': [429, say('超出每分钟可接收的字节数', 'over the bytes that may be received in a minute'), shareLimit],
  'LIMIT-9': [
    429,
    say('因行为告警，您的接入已被限速', 'your access is held to a slow pace because of a signal of conduct'),
    askOrganizer,
  ],
  'PAYLOAD-1': [403, say('请求含测试规则禁止的内容', 'the request carries what the test rules forbid'), seeRules],
  'PAYLOAD-2': [
    403,
    say(
      '测试规则要求检查请求内容，压缩或编码的请求体无法检查',
      'the test rules have requests looked into, and a packed body cannot be',
    ),
    say('请去掉 Content-Encoding 后重发', 'send it again without Content-Encoding'),
  ],
  'RECORDER-1': [
    503,
    say('记录器不可用；没有记录就不转发流量', 'the recorder is not available; nothing passes unrecorded'),
    retryLater,
  ],
  'CA-1': [
    503,
    say(
      '网关没有该项目的 CA 密钥，无法查看 TLS 流量',
      'the gateway has no CA key of this engagement, so TLS cannot be looked into',
    ),
    askOrganizer,
  ],
  'DIAL-1': [502, say('无法解析目标主机名', "the target's name cannot be resolved"), checkTarget],
  'DIAL-2': [502, say('无法连接目标', 'the target cannot be reached'), checkTarget],
  'DIAL-3': [502, say('与目标的 TLS 握手失败', 'the TLS handshake with the target failed'), checkTarget],
  'DIAL-4': [502, say('目标没有回答就关闭了连接', 'the target closed the connection without an answer'), checkTarget],
  'DIAL-5': [504, say('目标在时限内没有回答', 'the target did not answer in time'), checkTarget],
  'DIAL-6': [
    502,
    say(
      '目标的证书未通过校验，而项目要求只连接校验通过的目标',
      "the target's certificate did not verify, and the engagement demands that it does",
    ),
    askOrganizer,
  ],
  'DIAL-7': [
    502,
    say(
      '项目指定的出口地址中没有与目标同族（IPv4/IPv6）的地址',
      'none of the egress addresses that the engagement chose is of the family (IPv4, IPv6) of the target',
    ),
    askOrganizer,
  ],
  'UPGRADE-1': [
    502,
    say(
      '目标切换到了网关不能逐条判定的协议',
      'the target switched to a protocol in which the gateway cannot judge each request',
    ),
    say('请不要发送该 Upgrade 头；仅支持 WebSocket', 'do not send this Upgrade header; only WebSocket is supported'),
  ],
  'TIME-2': [408, say('请求头未在时限内到齐', 'the head of the request did not arrive in time'), mendRequest],
} as const satisfies { readonly [rule: string]: readonly [number, Text, Text] }

export type OwnRule = keyof typeof own | Http2Rule

function wordsOf(rule: OwnRule): readonly [number, Text, Text] {
  if (!isHttp2Rule(rule)) return own[rule]
  const [status, text] = http2Rules[rule]
  return [status, text, status < 500 ? mendRequest : checkTarget]
}

/** A refusal by one of the gateway's own rules. @param detail appended to the sentence, plain text */
export function refusalBy(rule: OwnRule, whose: Whose = {}, detail?: string): Refusal {
  const [status, text, help] = wordsOf(rule)
  return {
    ...whose,
    status,
    code: rule.toLowerCase().replace('-', '_'),
    rule,
    text: detail === undefined ? text : say(`${text.zh}：${detail}`, `${text.en}: ${detail}`),
    help,
  }
}
