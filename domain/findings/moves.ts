import { type EngagementAction, may } from '../access/matrix.ts'
import { Problem, type RuleId, type Text, say } from '../shared/problem.ts'
import type { FindingInput, FindingMove, FindingNeed, ReasonCode } from './finding-move.ts'
import { type FindingMover, type JudgedFinding, findingGuards } from './guards.ts'
import { faultsOf } from './inputs.ts'
import type { Severity } from './severity.ts'
import { type FindingState, findingStateNames } from './states.ts'

export type { FindingInput, FindingMove, FindingNeed, ReasonCode } from './finding-move.ts'
export type { FindingMover, JudgedFinding } from './guards.ts'
export { type FindingState, findingStateNames, findingStates, unfinishedStates } from './states.ts'

const code = (value: string, zh: string, en: string): ReasonCode => ({ value, label: say(zh, en) })
const beforeDemand = ['submitted', 'initial_review'] as const

/**
 * The finding's state machine (GBT43741-4.2-06, clause 5.2): the only home of what may follow what. The API's allowed
 * moves, the screens and the tests come from this table. How a submission enters it stands in `submissionMoves`.
 */
export const findingMoves = {
  take_up: {
    title: say('开始初审', 'Begin first review'),
    from: ['submitted'],
    to: 'initial_review',
    by: 'finding.review',
    guards: ['notOwn'],
    needs: [],
    codes: [code('taken_up', '受理', 'Taken up')],
    restsOn: 'GBT43741-5.2-08',
    clauses: ['GBT43741-5.2-08', 'YDT3744-5.3.4-01'],
    evidence: 'ReviewDecision',
  },
  pass: {
    title: say('初审通过并交需求方', 'Pass to the demand side'),
    from: beforeDemand,
    through: 'passed',
    to: 'demand_review',
    by: 'finding.review',
    guards: ['notOwn'],
    needs: ['reason', 'severity', 'cites'],
    codes: [code('valid', '漏洞有效', 'Valid')],
    restsOn: 'GBT43741-5.2-08',
    clauses: ['GBT43741-5.2-08', 'GBT43741-5.2-09', 'GBT43741-4.1-08', 'YDT3744-5.3.4-02'],
    evidence: 'HandOver',
  },
  return: {
    title: say('退回补充', 'Return for more'),
    from: beforeDemand,
    to: 'returned',
    by: 'finding.review',
    guards: ['notOwn'],
    needs: ['reason', 'reasonCode'],
    codes: [
      code('steps', '复现步骤不足', 'Steps do not reproduce'),
      code('evidence', '证据不足', 'Evidence is not enough'),
      code('wording', '描述不清', 'Unclear'),
    ],
    restsOn: 'GBT43741-5.2-06',
    clauses: ['GBT43741-5.2-08'],
    evidence: 'ReviewDecision',
  },
  invalidate: {
    title: say('判为无效', 'Invalid'),
    from: beforeDemand,
    to: 'invalid',
    by: 'finding.review',
    guards: ['notOwn'],
    needs: ['reason', 'reasonCode', 'cites'],
    codes: [
      code('not_a_flaw', '不构成漏洞', 'Not a flaw'),
      code('not_reproducible', '无法复现', 'Cannot be reproduced'),
      code('accepted_behaviour', '设计如此', 'Works as designed'),
    ],
    restsOn: 'GBT43741-5.2-08',
    clauses: ['GBT43741-5.2-08'],
    evidence: 'ReviewDecision',
  },
  put_out_of_scope: {
    title: say('判为超出范围', 'Out of scope'),
    from: beforeDemand,
    to: 'out_of_scope',
    by: 'finding.review',
    guards: ['notOwn'],
    needs: ['reason', 'cites'],
    codes: [code('outside_scope', '不在授权范围', 'Outside the authorised scope')],
    restsOn: 'GBT43741-5.2-02',
    clauses: ['GBT43741-5.2-08', 'GBT43741-5.2-02'],
    evidence: 'ReviewDecision',
  },
  mark_duplicate: {
    title: say('判为重复', 'Duplicate'),
    from: beforeDemand,
    to: 'duplicate',
    by: 'finding.review',
    guards: ['notOwn'],
    needs: ['reason', 'duplicateOf'],
    codes: [code('same_flaw', '与先前漏洞相同', 'The same flaw as an earlier finding')],
    restsOn: 'YDT3744-5.3.4-02',
    clauses: ['GBT43741-5.2-08', 'YDT3744-5.3.4-02'],
    evidence: 'ReviewDecision',
  },
  withdraw: {
    title: say('撤回', 'Withdraw'),
    from: ['submitted', 'returned'],
    to: 'closed',
    by: 'finding.submit',
    guards: ['own'],
    needs: ['reason'],
    codes: [code('withdrawn', '提交人撤回', 'Withdrawn by its submitter')],
    restsOn: 'YDT3744-5.4.4-02',
    clauses: ['YDT3744-5.4.4-02'],
    evidence: 'Supplement',
  },
  confirm: {
    title: say('确认漏洞', 'Confirm'),
    from: ['demand_review'],
    to: 'confirmed',
    by: 'finding.confirm',
    guards: ['notOwn'],
    needs: ['reason', 'severity'],
    codes: [code('confirmed', '漏洞成立', 'The flaw is there')],
    restsOn: 'GBT43741-4.1-04',
    clauses: ['GBT43741-4.1-04', 'GBT43741-5.2-10', 'YDT3744-5.2.4-01'],
    evidence: 'DemandDecision',
  },
  dispute: {
    title: say('提出异议', 'Dispute'),
    from: ['demand_review'],
    to: 'disputed',
    by: 'finding.confirm',
    guards: ['notOwn'],
    needs: ['reason', 'cites'],
    codes: [code('disputed', '对结论或等级有异议', 'Disagrees with the verdict or the severity')],
    restsOn: 'GBT43741-5.2-10',
    clauses: ['GBT43741-5.2-10'],
    evidence: 'Dispute',
  },
  reject: {
    title: say('驳回', 'Reject'),
    from: ['demand_review'],
    to: 'rejected_by_demand',
    by: 'finding.confirm',
    guards: ['notOwn'],
    needs: ['reason', 'reasonCode', 'cites'],
    codes: [
      code('not_a_flaw', '不构成漏洞', 'Not a flaw'),
      code('known_issue', '已知问题', 'Known issue'),
      code('accepted_behaviour', '设计如此', 'Works as designed'),
    ],
    restsOn: 'GBT43741-5.2-10',
    clauses: ['GBT43741-4.1-04', 'GBT43741-5.2-10', 'YDT3744-5.2.4-01'],
    evidence: 'DemandDecision',
  },
  appeal: {
    title: say('提起申诉', 'Appeal'),
    from: ['rejected_by_demand'],
    to: 'disputed',
    by: 'finding.submit',
    guards: ['own'],
    needs: ['reason', 'cites'],
    codes: [code('appealed', '提交人不服驳回', 'The submitter contests the rejection')],
    restsOn: 'YDT3744-5.4.4-02',
    clauses: ['YDT3744-5.4.4-02', 'GBT43741-5.2-10'],
    evidence: 'Dispute',
  },
  uphold: {
    title: say('裁定成立', 'Uphold the finding'),
    from: ['disputed'],
    to: 'confirmed',
    by: 'finding.arbitrate',
    guards: ['notOwn'],
    needs: ['reason', 'severity', 'cites'],
    codes: [code('upheld', '裁定成立', 'Upheld')],
    restsOn: 'GBT43741-5.2-10',
    clauses: ['GBT43741-5.2-10', 'GBT43741-4.1-13'],
    evidence: 'Dispute',
  },
  overturn: {
    title: say('裁定不成立', 'Overturn the finding'),
    from: ['disputed'],
    // Not back to rejected_by_demand: that can be appealed, and a ruling ends the matter.
    to: 'invalid',
    by: 'finding.arbitrate',
    guards: ['notOwn'],
    needs: ['reason', 'cites'],
    codes: [code('overturned', '裁定不成立', 'Overturned')],
    restsOn: 'GBT43741-5.2-10',
    clauses: ['GBT43741-5.2-10', 'GBT43741-4.1-13'],
    evidence: 'Dispute',
  },
  begin_remediation: {
    title: say('开始修复', 'Begin repair'),
    from: ['confirmed'],
    to: 'remediation',
    by: 'finding.remediate',
    guards: [],
    needs: ['reason'],
    codes: [code('planned', '已安排修复', 'Repair planned')],
    restsOn: 'GBT43741-4.1-05',
    clauses: ['GBT43741-4.1-05', 'YDT3744-5.2.4-02'],
    evidence: 'RemediationTask',
  },
  ask_retest: {
    title: say('修复完成，请求复测', 'Repaired; ask for a retest'),
    from: ['remediation'],
    to: 'retest',
    by: 'finding.remediate',
    guards: [],
    needs: ['reason'],
    codes: [code('repaired', '已完成修复', 'Repair done')],
    restsOn: 'GBT43741-5.3-07',
    clauses: ['GBT43741-5.3-07', 'YDT3744-5.2.4-02'],
    evidence: 'RemediationTask',
  },
  record_retest: {
    title: say('记录复测结果', 'Record the retest'),
    from: ['retest'],
    to: 'fixed',
    otherwise: ['remediation', 'retest'],
    by: 'finding.retest',
    guards: [],
    needs: ['reason', 'retestOutcome'],
    codes: [code('retested', '已复测', 'Retested')],
    restsOn: 'GBT43741-5.3-07',
    clauses: ['GBT43741-5.3-07'],
    evidence: 'Retest',
  },
  accept_risk: {
    title: say('书面接受风险', 'Accept the risk in writing'),
    from: ['confirmed', 'remediation', 'retest'],
    to: 'risk_accepted',
    // A signatory's act: the acceptance binds the demand side.
    by: 'engagement.accept',
    guards: ['notOwn'],
    needs: ['reason'],
    codes: [code('risk_accepted', '书面接受风险', 'Risk accepted in writing')],
    restsOn: 'GBT43741-4.1-05',
    clauses: ['GBT43741-4.1-05'],
    evidence: 'RemediationTask',
  },
  close: {
    title: say('关闭', 'Close'),
    // A confirmed finding gets here only through a passed retest or a signed acceptance of the risk (GBT43741-4.1-05).
    from: ['fixed', 'risk_accepted', 'rejected_by_demand', 'invalid', 'out_of_scope', 'duplicate'],
    to: 'closed',
    by: 'finding.review',
    guards: ['notOwn'],
    needs: ['reason'],
    codes: [code('done', '处理完毕', 'Dealt with')],
    restsOn: 'GBT43741-4.1-05',
    clauses: ['GBT43741-4.1-05'],
    evidence: 'ClosureRecord',
  },
} as const satisfies Record<string, FindingMove>

export type FindingMoveName = keyof typeof findingMoves
export const findingMoveNames = Object.keys(findingMoves) as FindingMoveName[]
export const isFindingMove = (text: string): text is FindingMoveName => Object.hasOwn(findingMoves, text)

/** How a finding enters the machine: by the submission form, whose content `checkSubmission` judges. */
export const submissionMoves = {
  submit: { from: ['draft'], to: 'submitted', by: 'finding.submit', clauses: ['GBT43741-5.2-06', 'YDT3744-5.4.4-01'] },
  resubmit: { from: ['returned'], to: 'submitted', by: 'finding.submit', clauses: ['YDT3744-5.4.4-02'] },
} as const satisfies Record<
  string,
  { from: readonly FindingState[]; to: FindingState; by: EngagementAction; clauses: readonly RuleId[] }
>

/** The state after a move, the severity that now stands, and what the decision rests on: never without code and citation. */
export type MovedFinding = {
  readonly state: FindingState
  readonly severity: Severity
  readonly reasonCode: string
  readonly cites: string
}

/**
 * Decides one move.
 * @throws Problem forbidden (ROLE-1, SOD-2, FND-OWN), wrong_state FND-STATE, malformed FND-INPUT naming every field that
 *   is missing, wrong or not asked for
 */
export function afterFindingMove(
  finding: JudgedFinding,
  name: FindingMoveName,
  mover: FindingMover,
  input: FindingInput,
): MovedFinding {
  const refused = whyNotMove(finding, name, mover)
  if (refused)
    throw new Problem(refused.rule === 'FND-STATE' ? 'wrong_state' : 'forbidden', refused.why, { rule: refused.rule })
  const move: FindingMove = findingMoves[name]
  const fields = faultsOf(finding, move, input)
  const [first] = fields
  if (first)
    throw new Problem('malformed', say(`${first.field}：${first.limit.zh}`, `${first.field}: ${first.limit.en}`), {
      rule: 'FND-INPUT',
      fields,
    })
  return {
    state: endOf(move, input),
    severity: input.severity ?? finding.severity,
    reasonCode: input.reasonCode || (move.codes[0]?.value ?? name),
    cites: input.cites?.trim() || move.restsOn,
  }
}

/** Only a retest that no longer finds the flaw mends it; one that could not be done leaves it waiting. */
function endOf(move: FindingMove, input: FindingInput): FindingState {
  if (input.retestOutcome === 'still_there') return 'remediation'
  if (input.retestOutcome === 'cannot_test') return 'retest'
  return move.to
}

/**
 * Decides whether the submission form may be handed in: for a new finding (`submit`) or a returned one (`resubmit`).
 * @throws Problem forbidden ROLE-1 or FND-OWN, wrong_state FND-STATE
 */
export function afterSubmission(
  finding: Pick<JudgedFinding, 'state' | 'submitterId'>,
  name: keyof typeof submissionMoves,
  { actor, role }: FindingMover,
): FindingState {
  const move = submissionMoves[name]
  if (!may(actor, move.by, role)) throw new Problem('forbidden', notYourRole.why, { rule: notYourRole.rule })
  if (finding.submitterId !== actor.personId)
    throw new Problem('forbidden', say('只有提交人可以修改', 'only its submitter changes a finding'), {
      rule: 'FND-OWN',
    })
  if (!(move.from as readonly FindingState[]).includes(finding.state))
    throw new Problem(
      'wrong_state',
      say('只有草稿和被退回的漏洞可以提交', 'only a draft or a returned finding can be submitted'),
      {
        rule: 'FND-STATE',
      },
    )
  return move.to
}

/** Every move that starts from here and that this person's role could make, with the reason where it is refused. */
export function allowedFindingMoves(
  finding: JudgedFinding,
  mover: FindingMover,
): {
  move: FindingMoveName
  title: Text
  to: FindingState
  needs: FindingNeed[]
  reasonCodes: ReasonCode[]
  refused: { rule: RuleId; why: Text } | null
}[] {
  return findingMoveNames
    .filter((name) => (findingMoves[name].from as readonly FindingState[]).includes(finding.state))
    .map((name) => ({ name, refused: whyNotMove(finding, name, mover) }))
    .filter(({ refused }) => refused?.rule !== 'ROLE-1')
    .map(({ name, refused }) => {
      const move: FindingMove = findingMoves[name]
      return {
        move: name,
        title: move.title,
        to: move.to,
        needs: [...move.needs],
        reasonCodes: move.needs.includes('reasonCode') ? [...move.codes] : [],
        refused,
      }
    })
}

const notYourRole = {
  rule: 'ROLE-1',
  why: say('您的角色或岗位不能执行此操作', 'your role or post may not do this'),
} as const

function whyNotMove(
  finding: JudgedFinding,
  name: FindingMoveName,
  mover: FindingMover,
): { rule: RuleId; why: Text } | null {
  const move: FindingMove = findingMoves[name]
  if (!may(mover.actor, move.by, mover.role)) return notYourRole
  for (const guard of move.guards) {
    const refusal = findingGuards[guard](finding, mover)
    if (refusal) return refusal
  }
  if (!move.from.includes(finding.state)) {
    const state = findingStateNames[finding.state]
    return {
      rule: 'FND-STATE',
      why: say(
        `当前状态“${state.zh}”不能“${move.title.zh}”`,
        `cannot “${move.title.en}” while the finding is “${state.en}”`,
      ),
    }
  }
  return null
}
