import type { Actor, Role } from '../access/actor.ts'
import { type EngagementAction, may } from '../access/matrix.ts'
import { type ActKind, actKinds, mayApprove } from '../access/two-persons.ts'
import { engagementStateName } from '../engagements/states.ts'
import { findingStateName } from '../findings/states.ts'
import { days } from '../shared/clock.ts'
import { openAbroad } from '../jurisdiction/border.ts'
import { decidesOn } from '../personal-data/corrections.ts'
import { type Text, say } from '../shared/problem.ts'
import { accountSecurity } from './account-security.ts'

/** Milliseconds after which a notice is forgotten, read or not. */
export const noticesKeptFor = days(180)

/** What one must hold to be told, and to go on seeing what one was told. */
export type NoticeRight =
  | { readonly on: 'engagement'; readonly action: EngagementAction }
  /** Of the own enrolment: whoever applied or was invited is no party yet. */
  | { readonly on: 'enrolment' }
  /** Whoever may let the act pass that the notice names. */
  | { readonly on: 'approvals' }
  /** Whoever decides on the correction that the notice names. */
  | { readonly on: 'corrections' }
  /** Of the own account or the own request. */
  | { readonly on: 'self' }

/** States, numbers and words of ours; never what somebody wrote. */
export type NoticeFacts = { readonly [name: string]: string }
export type Told = {
  readonly facts: NoticeFacts
  /** Number of the finding, where there is one that the reader may know of. */
  readonly number: string | null
  /** How often it came while it was unread. */
  readonly times: number
}

type Place = { readonly engagementId: string | null; readonly findingId: string | null; readonly times: number }
type Kind = {
  readonly right: NoticeRight
  /** Wants somebody now: mail does not wait for the next digest. */
  readonly urgent: boolean
  readonly words: (told: Told) => Text
  readonly leadsTo: (place: Place) => string
}

const on = (action: EngagementAction): NoticeRight => ({ on: 'engagement', action })
const tab =
  (name: string) =>
  ({ engagementId }: Place): string =>
    `/engagements/${engagementId ?? ''}${name}`
const overview = tab('')
const finding = ({ engagementId, findingId }: Place): string =>
  `/engagements/${engagementId ?? ''}/findings${findingId === null ? '' : `/${findingId}`}`
const plain = (zh: string, en: string) => (): Text => say(zh, en)
const numbered = (zh: string, en: string, { number }: Told): Text =>
  number === null ? say(zh, en) : say(`${zh} ${number}`, `${en} ${number}`)
/** One of several words, by a fact; what has none shows as the first. */
const oneOf =
  (fact: string, words: { readonly [value: string]: Text }) =>
  ({ facts }: Told): Text => {
    const value = facts[fact] ?? ''
    const [first = say(value, value)] = Object.values(words)
    return (Object.hasOwn(words, value) ? words[value] : undefined) ?? first
  }

/**
 * Everything that people are told of: who may know it, in which words, how urgent, where it leads. Who is told of which
 * event stands in `from-events.ts`.
 */
export const noticeKinds = {
  approval_asked: {
    right: { on: 'approvals' },
    urgent: true,
    words: plain('有申请等待您批准', 'A request waits for your approval'),
    leadsTo: () => '/approvals',
  },
  approval_decided: {
    right: { on: 'self' },
    urgent: false,
    words: oneOf('verdict', {
      given: say('您的申请已获批准', 'Your request was approved'),
      refused: say('您的申请未获批准', 'Your request was refused'),
    }),
    leadsTo: () => '/approvals',
  },
  correction_asked: {
    right: { on: 'corrections' },
    urgent: false,
    words: plain('有更正请求等待您决定', 'A request for correction waits for your decision'),
    leadsTo: () => '/corrections',
  },
  correction_decided: {
    right: { on: 'self' },
    urgent: false,
    words: oneOf('verdict', {
      granted: say('您请求更正的信息已更正', 'What you asked to have corrected was corrected'),
      refused: say('您的更正请求未获准', 'Your request for correction was refused'),
    }),
    leadsTo: () => '/account/data',
  },
  engagement_submitted: {
    right: on('engagement.decide'),
    urgent: false,
    words: plain('新的测试需求等待审查', 'A new demand waits for review'),
    leadsTo: overview,
  },
  engagement_moved: {
    right: on('engagement.read'),
    urgent: false,
    words: ({ facts }) => {
      const state = engagementStateName(facts['to'] ?? '')
      return say(`项目状态变为：${state.zh}`, `The engagement is now: ${state.en}`)
    },
    leadsTo: overview,
  },
  team_changed: {
    right: on('engagement.read'),
    urgent: false,
    words: plain(
      '本单位参与此项目的人员有调整，您在其中',
      'Your organisation changed who works on this engagement, and you do',
    ),
    leadsTo: overview,
  },
  engagement_stopped: {
    right: on('engagement.read'),
    urgent: true,
    words: plain('测试已被下令停止', 'Testing was stopped by order'),
    leadsTo: overview,
  },
  window_nears_end: {
    right: on('engagement.read'),
    urgent: false,
    words: plain('测试窗口将在 24 小时内结束', 'The test window ends within 24 hours'),
    leadsTo: overview,
  },
  scope_proposed: {
    right: on('scope.approve'),
    urgent: false,
    words: plain('范围变更等待您批准', 'A change of the scope waits for your approval'),
    leadsTo: tab('/scope'),
  },
  scope_in_force: {
    right: on('scope.read'),
    urgent: true,
    words: plain('新的测试范围已生效', 'A new scope is in force'),
    leadsTo: tab('/scope'),
  },
  rules_proposed: {
    right: on('test_rules.decide'),
    urgent: false,
    words: plain('测试规则等待您批准', 'Test rules wait for your approval'),
    leadsTo: tab('/rules'),
  },
  rules_in_force: {
    right: on('test_rules.read'),
    urgent: false,
    words: plain('新的测试规则已生效', 'New test rules are in force'),
    leadsTo: tab('/rules'),
  },
  enrolment_applied: {
    right: on('enrollment.decide'),
    urgent: false,
    words: plain('测试者报名，等待准入决定', 'Testers applied and wait for admission'),
    leadsTo: tab('/people'),
  },
  enrolment_invited: {
    right: { on: 'enrolment' },
    urgent: false,
    words: plain('您受邀参加一次众测', 'You are invited to a test'),
    leadsTo: () => '/offers',
  },
  enrolment_decided: {
    right: { on: 'enrolment' },
    urgent: false,
    words: oneOf('to', {
      admitted: say('您已获准参加测试', 'You are admitted to the test'),
      declined: say('您的报名未获准', 'Your application was declined'),
      removed: say('您已被移出测试', 'You were removed from the test'),
    }),
    leadsTo: () => '/offers',
  },
  identity_decided: {
    right: { on: 'self' },
    urgent: false,
    words: oneOf('verdict', {
      verified: say('您的实名核验已通过', 'Your identity was verified'),
      refused: say('您的实名核验未通过', 'Your identity was not verified'),
    }),
    leadsTo: () => '/testers/me',
  },
  lease_changed: {
    right: on('lease.issue'),
    urgent: true,
    words: oneOf('what', {
      revoked: say('您的接入凭证已被收回', 'Your access lease was revoked'),
      suspended: say('您的接入凭证已被暂停', 'Your access lease was suspended'),
      reactivated: say('您的接入凭证已恢复', 'Your access lease holds again'),
    }),
    leadsTo: tab('/people'),
  },
  alert_raised: {
    right: on('alert.handle'),
    urgent: true,
    words: plain('出现新的行为告警', 'A new alert of conduct'),
    leadsTo: tab('/alerts'),
  },
  receiver_failed: {
    right: on('alert_receiver.manage'),
    urgent: false,
    words: plain('告警未能送达外部接收方，已放弃', 'An alert could not be told outside and was given up'),
    leadsTo: tab('/alerts'),
  },
  finding_submitted: {
    right: on('finding.review'),
    urgent: false,
    words: (told) =>
      told.times > 1 ? say('新提交的漏洞', 'Findings submitted') : numbered('新提交漏洞', 'Finding submitted:', told),
    // Several gather in one notice, and then in the list.
    leadsTo: ({ times, ...place }) => finding({ times, ...place, ...(times > 1 ? { findingId: null } : {}) }),
  },
  finding_waits: {
    right: on('finding.read'),
    urgent: false,
    words: (told) => {
      const state = findingStateName(told.facts['to'] ?? '')
      const which = numbered('漏洞', 'Finding', told)
      return say(`${which.zh} 等待您处理：${state.zh}`, `${which.en} waits for you: ${state.en}`)
    },
    leadsTo: finding,
  },
  finding_decided: {
    right: on('finding.submit'),
    urgent: false,
    words: (told) => {
      const state = findingStateName(told.facts['to'] ?? '')
      const which = numbered('您的漏洞', 'Your finding', told)
      return say(`${which.zh} 状态变为：${state.zh}`, `${which.en} is now: ${state.en}`)
    },
    leadsTo: finding,
  },
  finding_assigned: {
    right: on('finding.assign'),
    urgent: false,
    words: (told) => numbered('指派给您的漏洞', 'Assigned to you: finding', told),
    leadsTo: finding,
  },
  finding_commented: {
    right: on('finding.read'),
    urgent: false,
    words: (told) => numbered('新评论：漏洞', 'New comment on finding', told),
    leadsTo: finding,
  },
  finding_altered: {
    right: on('finding.read'),
    urgent: true,
    words: (told) => numbered('存储的内容与提交不一致：漏洞', 'Stored otherwise than submitted: finding', told),
    leadsTo: finding,
  },
  reward_proposed: {
    right: on('reward.approve'),
    urgent: false,
    words: (told) => numbered('奖励等待您批准：漏洞', 'A reward waits for your approval: finding', told),
    leadsTo: finding,
  },
  reward_decided: {
    right: on('finding.submit'),
    urgent: false,
    words: (told) => {
      const what = oneOf('what', {
        approved: say('奖励已批准', 'Reward approved'),
        refused: say('奖励未获批准', 'Reward refused'),
        paid: say('奖励已支付', 'Reward paid'),
      })(told)
      return numbered(`${what.zh}：漏洞`, `${what.en}: finding`, told)
    },
    leadsTo: finding,
  },
  test_report_to_sign: {
    right: on('report.sign_test'),
    urgent: false,
    words: plain('测试报告等待您签署', 'A test report waits for your signature'),
    leadsTo: tab('/reports'),
  },
  audit_report_to_sign: {
    right: on('report.sign_audit'),
    urgent: false,
    words: plain('审计报告等待您签署', 'An audit report waits for your signature'),
    leadsTo: tab('/reports'),
  },
  report_signed: {
    right: on('report.read'),
    urgent: false,
    words: plain('报告已签署', 'A report was signed'),
    leadsTo: tab('/reports'),
  },
  pack_ready: {
    right: on('pack.build'),
    urgent: false,
    words: plain('证据包已可下载', 'The evidence pack is ready'),
    leadsTo: tab('/reports'),
  },
  emergency_opened: {
    right: on('break_glass.read'),
    urgent: true,
    words: plain('有人开启了对本项目的紧急访问', 'Emergency access to this engagement was opened'),
    leadsTo: tab('/readings'),
  },
  emergency_ended: {
    right: on('break_glass.read'),
    urgent: false,
    words: plain('对本项目的紧急访问已终止', 'Emergency access to this engagement was ended'),
    leadsTo: tab('/readings'),
  },
  decoy_opened: {
    right: on('decoy_opening.list'),
    urgent: true,
    words: plain('有人触及了本项目的诱饵漏洞', 'Somebody came upon a decoy finding of this engagement'),
    leadsTo: tab('/decoys'),
  },
  account_security: {
    right: { on: 'self' },
    urgent: true,
    words: oneOf('what', {
      other: say('您的账号有安全提醒', 'A security notice about your account'),
      ...accountSecurity,
    }),
    leadsTo: () => '/account/security',
  },
  own_posts_changed: {
    right: { on: 'self' },
    urgent: false,
    words: plain('您的岗位已变更', 'Your posts were changed'),
    leadsTo: () => '/members',
  },
} as const satisfies { readonly [kind: string]: Kind }

export type NoticeKind = keyof typeof noticeKinds
export const everyNoticeKind = Object.keys(noticeKinds) as NoticeKind[]
export const isNoticeKind = (text: string): text is NoticeKind => Object.hasOwn(noticeKinds, text)
const kindOf = (kind: NoticeKind): Kind => noticeKinds[kind]

export const isUrgent = (kind: NoticeKind): boolean => kindOf(kind).urgent
export const wordsOf = (kind: NoticeKind, told: Told): Text => kindOf(kind).words(told)
/** Path of the page where one sees or does what the notice speaks of. */
export const leadsTo = (kind: NoticeKind, place: Place): string => kindOf(kind).leadsTo(place)

/**
 * Whether somebody with this role on the engagement (null: none) may be told this now; whoever is not inside learns of
 * nothing that no act of theirs would show them (RMSV-9-7).
 */
export function mayBeTold(
  actor: Actor,
  kind: NoticeKind,
  role: Role | null,
  { facts = {}, inside = true }: { readonly facts?: NoticeFacts; readonly inside?: boolean } = {},
): boolean {
  const { right } = kindOf(kind)
  if (right.on === 'engagement')
    return may(actor, right.action, role) && (inside || role === 'demand' || openAbroad.includes(right.action))
  if (right.on === 'corrections') return decidesOn(actor, facts['field'] ?? '')
  if (right.on === 'approvals') return approvable(actor).includes(facts['act'] as ActKind)
  return true
}

/** Acts that this person may let pass. */
export const approvable = (actor: Actor): ActKind[] => actKinds.filter((kind) => mayApprove(actor, kind))

/** The kinds that somebody may read where they have this role on the engagement. */
export const kindsOnEngagement = (actor: Actor, role: Role, inside = true): NoticeKind[] =>
  everyNoticeKind.filter((kind) => kindOf(kind).right.on === 'engagement' && mayBeTold(actor, kind, role, { inside }))

/** The kinds that hang on no role: of the own account, request or enrolment. */
export const ownKinds: readonly NoticeKind[] = everyNoticeKind.filter((kind) =>
  ['self', 'enrolment'].includes(kindOf(kind).right.on),
)
