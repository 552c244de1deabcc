import { type EngagementAction, may } from '../access/matrix.ts'
import type { Actor, Role } from '../access/actor.ts'
import { Problem, type RuleId, type Text, say } from '../shared/problem.ts'
import type { EngagementFacts } from './facts.ts'
import { type GuardName, guards } from './guards.ts'
import { type EngagementState, afterTesting, beforeTesting, stateFacts } from './states.ts'

export type EngagementMove = {
  readonly title: Text
  readonly from: readonly EngagementState[]
  readonly to: EngagementState
  /** The permission it takes, or `clock` for what the server does by itself when time comes. */
  readonly by: EngagementAction | 'clock'
  /** Narrows the permission to these roles, where the permission is wider. */
  readonly roles?: readonly Role[]
  readonly guards: readonly GuardName[]
  /** A reason in words (10 to 2,000 characters) is part of the act. */
  readonly reason: boolean
  readonly clauses: readonly RuleId[]
}

/**
 * The engagement's state machine (GBT43741-4.2-01, clauses 5.1 to 5.3): the only home of what may follow what. The
 * API's allowed actions, the screens, `docs/engagement-states.md` and the tests come from this table.
 */
export const engagementMoves = {
  submit: {
    title: say('提交需求', 'Submit the demand'),
    from: ['draft'],
    to: 'submitted',
    by: 'engagement.submit',
    guards: ['requestComplete', 'questionsAnswered', 'ownershipClaimed', 'noCoreData', 'windowAhead'],
    reason: false,
    clauses: ['GBT43741-5.1-01', 'GBT43741-5.1-02', 'GBT43741-5.1-03'],
  },
  agree: {
    title: say('审查通过并签约', 'Accept the demand'),
    from: ['submitted'],
    to: 'agreed',
    by: 'engagement.decide',
    guards: ['objectsProven', 'twoReviewsPass', 'agreementSigned', 'ndaSigned'],
    reason: false,
    clauses: ['GBT43741-5.1-02', 'GBT43741-5.1-06', 'GBT43741-5.1-09'],
  },
  reject: {
    title: say('审查不通过', 'Reject the demand'),
    from: ['submitted'],
    to: 'rejected',
    by: 'engagement.decide',
    guards: ['twoReviewsReject'],
    reason: true,
    clauses: ['GBT43741-5.1-09'],
  },
  revise: {
    title: say('修改后重新提交', 'Revise the demand'),
    from: ['rejected'],
    to: 'draft',
    by: 'engagement.edit',
    guards: [],
    reason: false,
    clauses: ['GBT43741-5.1-01'],
  },
  authorise: {
    title: say('签发授权书', 'Authorise'),
    from: ['agreed'],
    to: 'authorised',
    by: 'engagement.authorise',
    guards: ['bothPermits', 'risksAcknowledged', 'questionsAnswered', 'objectsProven', 'noCoreData', 'windowAhead'],
    reason: false,
    clauses: ['GBT43741-4.1-02', 'GBT43741-4.2-03', 'GBT43741-5.1-07', 'GBT43741-5.1-08'],
  },
  recruit: {
    title: say('发布并招募测试方', 'Publish and recruit'),
    from: ['authorised'],
    to: 'recruiting',
    by: 'engagement.run',
    guards: ['planApproved', 'scopeFrozen'],
    reason: false,
    clauses: ['GBT43741-5.1-10', 'GBT43741-4.2-04'],
  },
  get_ready: {
    title: say('核验启动条件', 'Check the start conditions'),
    from: ['recruiting'],
    to: 'ready',
    by: 'engagement.run',
    guards: ['testersReady', 'auditReady', 'conditionsReady', 'sourcesGreen'],
    reason: false,
    clauses: ['GBT43741-5.1-19', 'GBT43741-5.1-14', 'GBT43741-5.1-17', 'GBT43741-4.2-05'],
  },
  start: {
    title: say('开始测试', 'Start testing'),
    from: ['ready'],
    to: 'testing',
    by: 'engagement.run',
    guards: [
      'insideWindow',
      'bothPermits',
      'risksAcknowledged',
      'testersReady',
      'auditReady',
      'conditionsReady',
      'sourcesGreen',
    ],
    reason: false,
    clauses: ['GBT43741-5.1-19', 'GBT43741-5.2-03'],
  },
  stop: {
    title: say('下达停止令', 'Stop order'),
    from: ['testing'],
    to: 'suspended',
    by: 'engagement.stop',
    guards: [],
    reason: true,
    clauses: ['GBT43741-5.2-05'],
  },
  resume: {
    title: say('恢复测试', 'Resume testing'),
    from: ['suspended'],
    to: 'testing',
    by: 'engagement.resume',
    guards: ['resumeApproved', 'insideWindow', 'sourcesGreen'],
    reason: false,
    clauses: ['GBT43741-5.2-05'],
  },
  window_ends: {
    title: say('测试时间结束', 'Window ends'),
    from: ['testing', 'suspended'],
    to: 'window_closed',
    by: 'clock',
    guards: ['windowOver'],
    reason: false,
    clauses: ['GBT43741-4.2-07', 'GBT43741-5.3-03'],
  },
  end_early: {
    title: say('提前结束测试', 'End testing early'),
    from: ['testing', 'suspended'],
    to: 'window_closed',
    by: 'engagement.end',
    guards: [],
    reason: true,
    clauses: ['GBT43741-4.2-07', 'GBT43741-5.3-03'],
  },
  begin_reporting: {
    title: say('进入报告阶段', 'Begin reporting'),
    from: ['window_closed'],
    to: 'reporting',
    by: 'engagement.run',
    guards: ['reviewsDone'],
    reason: false,
    clauses: ['GBT43741-4.2-07'],
  },
  deliver: {
    title: say('交付成果', 'Deliver'),
    from: ['reporting'],
    to: 'delivered',
    by: 'engagement.run',
    guards: ['bothReportsSigned', 'witnessesCosigned'],
    reason: false,
    clauses: ['GBT43741-5.3-01', 'GBT43741-4.1-10'],
  },
  accept: {
    title: say('验收通过', 'Accept the deliverables'),
    from: ['delivered'],
    to: 'accepted',
    by: 'engagement.accept',
    guards: ['acceptanceWritten'],
    reason: false,
    clauses: ['GBT43741-5.3-02'],
  },
  return: {
    title: say('退回修改', 'Return the deliverables'),
    from: ['delivered'],
    to: 'reporting',
    by: 'engagement.accept',
    guards: [],
    reason: true,
    clauses: ['GBT43741-5.3-02'],
  },
  dispose: {
    title: say('开始处置与清理', 'Begin disposal'),
    from: ['accepted'],
    to: 'disposing',
    by: 'engagement.run',
    guards: ['notHeld', 'findingsSettled'],
    reason: false,
    clauses: ['GBT43741-5.3-04', 'GBT43741-5.3-06'],
  },
  close: {
    title: say('关闭项目', 'Close'),
    from: ['disposing'],
    to: 'closed',
    by: 'engagement.run',
    guards: ['notHeld', 'disposalDone', 'rewardsSettled'],
    reason: false,
    clauses: ['GBT43741-5.3-12', 'GBT43741-5.3-08'],
  },
  cancel: {
    title: say('取消项目', 'Cancel'),
    from: beforeTesting,
    to: 'cancelled',
    by: 'engagement.end',
    guards: [],
    reason: true,
    clauses: ['GBT43741-5.2-05'],
  },
  terminate: {
    title: say('终止项目', 'Terminate'),
    from: afterTesting,
    to: 'terminated',
    by: 'engagement.end',
    guards: [],
    reason: true,
    clauses: ['GBT43741-5.2-05'],
  },
} as const satisfies Record<string, EngagementMove>

export type EngagementMoveName = keyof typeof engagementMoves
export const engagementMoveNames = Object.keys(engagementMoves) as EngagementMoveName[]

/** Who wants to move: a person with their role on this engagement, or the server's clock. */
export type Mover = { readonly actor: Actor; readonly role: Role | null } | 'clock'

/**
 * Decides one move.
 * @returns the state after it
 * @throws Problem `wrong_state` (409) with the rule `STATE-1` or the failing guard's rule, `forbidden`, or `malformed`
 *   when a reason is needed and missing
 */
export function afterMove(
  facts: EngagementFacts,
  name: EngagementMoveName,
  mover: Mover,
  now: Date,
  reason?: string,
): EngagementState {
  const move: EngagementMove = engagementMoves[name]
  const no = whyNot(facts, name, mover, now)
  if (no) throw new Problem(no.rule === 'ROLE-1' ? 'forbidden' : 'wrong_state', no.why, { rule: no.rule })
  if (move.reason && (reason === undefined || reason.trim().length < 10 || reason.length > 2000)) {
    throw new Problem('malformed', say('请填写理由（10 至 2000 字）', 'give a reason of 10 to 2,000 characters'), {
      rule: 'REASON-1',
      fields: [
        { field: 'reason', limit: say('10 至 2000 字', '10 to 2,000 characters'), fix: say('写明原因', 'say why') },
      ],
    })
  }
  return move.to
}

/** Every move that starts from here and that this person's role could ever make, with the reason for each refused one. */
export function allowedMoves(
  facts: EngagementFacts,
  mover: Mover,
  now: Date,
): {
  move: EngagementMoveName
  title: Text
  to: EngagementState
  reason: boolean
  refused: { rule: RuleId; why: Text } | null
}[] {
  return engagementMoveNames
    .filter((name) => (engagementMoves[name].from as readonly EngagementState[]).includes(facts.state))
    .map((name) => ({ move: name, rule: whyNot(facts, name, mover, now) }))
    .filter(({ rule }) => rule?.rule !== 'ROLE-1')
    .map(({ move, rule }) => ({
      move,
      title: engagementMoves[move].title,
      to: engagementMoves[move].to,
      reason: engagementMoves[move].reason,
      refused: rule,
    }))
}

function whyNot(
  facts: EngagementFacts,
  name: EngagementMoveName,
  mover: Mover,
  now: Date,
): { rule: RuleId; why: Text } | null {
  const move: EngagementMove = engagementMoves[name]
  if (move.by === 'clock' ? mover !== 'clock' : mover === 'clock')
    return { rule: 'ROLE-1', why: say('此步由系统按时执行', 'the clock does this') }
  if (mover !== 'clock' && move.by !== 'clock') {
    const roleFits = move.roles === undefined || (mover.role !== null && move.roles.includes(mover.role))
    if (!roleFits || !may(mover.actor, move.by, mover.role))
      return { rule: 'ROLE-1', why: say('您的角色或岗位不能执行此操作', 'your role or post may not do this') }
  }
  if (!move.from.includes(facts.state)) {
    return {
      rule: 'STATE-1',
      why: say(
        `当前状态“${stateFacts[facts.state].name.zh}”不能${move.title.zh}`,
        `cannot “${move.title.en}” while the engagement is ${facts.state}`,
      ),
    }
  }
  for (const guard of move.guards) {
    const refusal = guards[guard](facts, now)
    if (refusal) return refusal
  }
  return null
}
