import { type EngagementAction, may } from '../access/matrix.ts'
import type { Actor, Role } from '../access/actor.ts'
import { Problem, type RuleId, type Text, say } from '../shared/problem.ts'
import type { Severity } from './severity.ts'

export const findingStates = [
  'submitted',
  'initial_review',
  'passed',
  'returned',
  'invalid',
  'out_of_scope',
  'duplicate',
  'demand_review',
  'confirmed',
  'disputed',
  'rejected_by_demand',
  'remediation',
  'retest',
  'fixed',
  'risk_accepted',
  'closed',
] as const
export type FindingState = (typeof findingStates)[number]

/** What a move asks for besides the finding itself; the form and the checks come from it. */
export type FindingNeed = 'reason' | 'reasonCode' | 'cites' | 'duplicateOf' | 'severity' | 'retestOutcome'
export type ReasonCode = { readonly value: string; readonly label: Text }

export type FindingMove = {
  readonly title: Text
  readonly from: readonly FindingState[]
  readonly to: FindingState
  readonly by: EngagementAction
  readonly roles?: readonly Role[]
  readonly needs: readonly FindingNeed[]
  readonly codes: readonly ReasonCode[]
  /** A judgement about the finding: nobody makes it on a finding of the own organisation (SOD-2). */
  readonly judges: boolean
  readonly clauses: readonly RuleId[]
}

const code = (value: string, zh: string, en: string): ReasonCode => ({ value, label: say(zh, en) })
const beforeDemand = ['submitted', 'initial_review'] as const

/**
 * The finding's state machine (GBT43741-4.2-06, clause 5.2): the only home of what may follow what. The API's allowed
 * moves, the screens and the tests come from this table.
 */
export const findingMoves = {
  take_up: {
    title: say('开始初审', 'Begin first review'),
    from: ['submitted'],
    to: 'initial_review',
    by: 'finding.review',
    needs: [],
    codes: [],
    judges: true,
    clauses: ['GBT43741-5.2-08'],
  },
  pass: {
    title: say('初审通过并交需求方', 'Pass to the demand side'),
    from: beforeDemand,
    to: 'demand_review',
    by: 'finding.review',
    needs: ['reason', 'severity', 'cites'],
    codes: [],
    judges: true,
    clauses: ['GBT43741-5.2-08', 'GBT43741-5.2-09', 'GBT43741-4.1-08'],
  },
  return: {
    title: say('退回补充', 'Return for more'),
    from: beforeDemand,
    to: 'returned',
    by: 'finding.review',
    needs: ['reason', 'reasonCode'],
    codes: [
      code('steps', '复现步骤不足', 'Steps do not reproduce'),
      code('evidence', '证据不足', 'Evidence is not enough'),
      code('wording', '描述不清', 'Unclear'),
    ],
    judges: true,
    clauses: ['GBT43741-5.2-08'],
  },
  invalidate: {
    title: say('判为无效', 'Invalid'),
    from: beforeDemand,
    to: 'invalid',
    by: 'finding.review',
    needs: ['reason', 'reasonCode', 'cites'],
    codes: [
      code('not_a_flaw', '不构成漏洞', 'Not a flaw'),
      code('not_reproducible', '无法复现', 'Cannot be reproduced'),
      code('accepted_behaviour', '设计如此', 'Works as designed'),
    ],
    judges: true,
    clauses: ['GBT43741-5.2-08'],
  },
  put_out_of_scope: {
    title: say('判为超出范围', 'Out of scope'),
    from: beforeDemand,
    to: 'out_of_scope',
    by: 'finding.review',
    needs: ['reason', 'cites'],
    codes: [],
    judges: true,
    clauses: ['GBT43741-5.2-08', 'GBT43741-5.2-02'],
  },
  mark_duplicate: {
    title: say('判为重复', 'Duplicate'),
    from: beforeDemand,
    to: 'duplicate',
    by: 'finding.review',
    needs: ['reason', 'duplicateOf'],
    codes: [],
    judges: true,
    clauses: ['GBT43741-5.2-08'],
  },
  confirm: {
    title: say('确认漏洞', 'Confirm'),
    from: ['demand_review'],
    to: 'confirmed',
    by: 'finding.confirm',
    needs: ['reason', 'severity'],
    codes: [],
    judges: true,
    clauses: ['GBT43741-4.1-04', 'GBT43741-5.2-10'],
  },
  dispute: {
    title: say('提出异议', 'Dispute'),
    from: ['demand_review'],
    to: 'disputed',
    by: 'finding.confirm',
    needs: ['reason', 'cites'],
    codes: [],
    judges: true,
    clauses: ['GBT43741-5.2-10'],
  },
  uphold: {
    title: say('裁定成立', 'Uphold the finding'),
    from: ['disputed'],
    to: 'confirmed',
    by: 'finding.arbitrate',
    needs: ['reason', 'severity', 'cites'],
    codes: [],
    judges: true,
    clauses: ['GBT43741-5.2-10', 'GBT43741-4.1-13'],
  },
  overturn: {
    title: say('裁定不成立', 'Overturn the finding'),
    from: ['disputed'],
    to: 'rejected_by_demand',
    by: 'finding.arbitrate',
    needs: ['reason', 'cites'],
    codes: [],
    judges: true,
    clauses: ['GBT43741-5.2-10', 'GBT43741-4.1-13'],
  },
  begin_remediation: {
    title: say('开始修复', 'Begin repair'),
    from: ['confirmed'],
    to: 'remediation',
    by: 'finding.remediate',
    needs: ['reason'],
    codes: [],
    judges: false,
    clauses: ['GBT43741-4.1-05'],
  },
  ask_retest: {
    title: say('修复完成，请求复测', 'Repaired; ask for a retest'),
    from: ['remediation'],
    to: 'retest',
    by: 'finding.remediate',
    needs: ['reason'],
    codes: [],
    judges: false,
    clauses: ['GBT43741-5.3-07'],
  },
  record_retest: {
    title: say('记录复测结果', 'Record the retest'),
    from: ['retest'],
    to: 'fixed',
    by: 'finding.retest',
    needs: ['reason', 'retestOutcome'],
    codes: [],
    judges: false,
    clauses: ['GBT43741-5.3-07'],
  },
  accept_risk: {
    title: say('书面接受风险', 'Accept the risk in writing'),
    from: ['confirmed', 'remediation', 'retest'],
    to: 'risk_accepted',
    by: 'engagement.accept',
    needs: ['reason'],
    codes: [],
    judges: false,
    clauses: ['GBT43741-4.1-05'],
  },
  close: {
    title: say('关闭', 'Close'),
    from: ['fixed', 'risk_accepted', 'rejected_by_demand', 'invalid', 'out_of_scope', 'duplicate'],
    to: 'closed',
    by: 'finding.review',
    needs: ['reason'],
    codes: [],
    judges: false,
    clauses: ['GBT43741-4.1-05'],
  },
} as const satisfies Record<string, FindingMove>

export type FindingMoveName = keyof typeof findingMoves
export const findingMoveNames = Object.keys(findingMoves) as FindingMoveName[]
export const isFindingMove = (text: string): text is FindingMoveName => Object.hasOwn(findingMoves, text)

/** States in which a passed finding still asks something of a party; the engagement cannot be disposed of before. */
export const unfinishedStates: readonly FindingState[] = [
  'passed',
  'demand_review',
  'confirmed',
  'disputed',
  'remediation',
  'retest',
]

export type JudgedFinding = {
  readonly state: FindingState
  readonly submitterId: string
  readonly submitterOrgId: string
  readonly severity: Severity
  readonly submittedAt: string
}
export type FindingMover = { readonly actor: Actor; readonly role: Role }

export type FindingInput = {
  readonly reason?: string | undefined
  readonly reasonCode?: string | undefined
  readonly cites?: string | undefined
  readonly severity?: Severity | undefined
  readonly retestOutcome?: 'not_reproducible' | 'still_there' | 'cannot_test' | undefined
  /** The finding named by `duplicateOf`, looked up in the same engagement. */
  readonly original?: { readonly submittedAt: string; readonly state: FindingState } | undefined
}

/**
 * Decides one move.
 * @returns the state after it and the severity that now stands
 * @throws Problem forbidden (ROLE-1, SOD-2), wrong_state FND-STATE, malformed naming every field that is missing
 */
export function afterFindingMove(
  finding: JudgedFinding,
  name: FindingMoveName,
  mover: FindingMover,
  input: FindingInput,
): { state: FindingState; severity: Severity } {
  const refused = whyNotMove(finding, name, mover)
  if (refused)
    throw new Problem(refused.rule === 'FND-STATE' ? 'wrong_state' : 'forbidden', refused.why, { rule: refused.rule })
  const move: FindingMove = findingMoves[name]
  const fields = missingOf(finding, move, input)
  if (fields.length > 0) {
    const first = fields[0]
    throw new Problem('malformed', say(`${first?.field}：${first?.limit.zh}`, `${first?.field}: ${first?.limit.en}`), {
      rule: 'FND-INPUT',
      fields,
    })
  }
  const severity = input.severity ?? finding.severity
  if (name === 'record_retest' && input.retestOutcome !== 'not_reproducible') return { state: 'remediation', severity }
  return { state: move.to, severity }
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
        reasonCodes: [...move.codes],
        refused,
      }
    })
}

function whyNotMove(
  finding: JudgedFinding,
  name: FindingMoveName,
  { actor, role }: FindingMover,
): { rule: RuleId; why: Text } | null {
  const move: FindingMove = findingMoves[name]
  if ((move.roles && !move.roles.includes(role)) || !may(actor, move.by, role))
    return { rule: 'ROLE-1', why: say('您的角色或岗位不能执行此操作', 'your role or post may not do this') }
  if (move.judges && (finding.submitterId === actor.personId || finding.submitterOrgId === actor.orgId))
    return {
      rule: 'SOD-2',
      why: say(
        '不得处理本人或本单位提交的漏洞',
        'nobody decides on a finding of their own or of their own organisation',
      ),
    }
  if (!move.from.includes(finding.state))
    return {
      rule: 'FND-STATE',
      why: say(
        `当前状态 ${finding.state} 不能“${move.title.zh}”`,
        `cannot “${move.title.en}” while the finding is ${finding.state}`,
      ),
    }
  return null
}

function missingOf(finding: JudgedFinding, move: FindingMove, input: FindingInput) {
  const fields: { field: string; limit: Text; fix: Text }[] = []
  const miss = (field: string, zh: string, en: string, fixZh: string, fixEn: string) =>
    fields.push({ field: `body.${field}`, limit: say(zh, en), fix: say(fixZh, fixEn) })
  const reason = input.reason?.trim() ?? ''
  if (move.needs.includes('reason') && (reason.length < 10 || reason.length > 4000))
    miss('reason', '10 至 4000 字', '10 to 4,000 characters', '写明依据', 'say why')
  if (move.needs.includes('reasonCode') && !move.codes.some((one) => one.value === input.reasonCode))
    miss(
      'reasonCode',
      `只能是：${move.codes.map((one) => one.value).join('、')}`,
      `one of: ${move.codes.map((one) => one.value).join(', ')}`,
      '选择原因',
      'choose a reason',
    )
  if (move.needs.includes('cites') && (input.cites?.trim().length ?? 0) < 2)
    miss(
      'cites',
      '须注明引用的范围条目、规则或证据',
      'name the scope line, rule or evidence it rests on',
      '填写引用',
      'fill in what it cites',
    )
  if (move.needs.includes('severity') && input.severity === undefined)
    miss('severity', '须给出等级', 'a severity is needed', '选择等级', 'choose a severity')
  if (move.needs.includes('retestOutcome') && input.retestOutcome === undefined)
    miss('retestOutcome', '须给出复测结果', 'an outcome is needed', '选择结果', 'choose an outcome')
  if (move.needs.includes('duplicateOf')) {
    if (!input.original)
      miss(
        'duplicateOf',
        '须指明同一项目中的另一个漏洞',
        'name another finding of the same engagement',
        '选择原漏洞',
        'choose the original',
      )
    else if (input.original.submittedAt > finding.submittedAt)
      miss('duplicateOf', '原漏洞须更早提交', 'the original must be older', '选择更早的漏洞', 'choose an older finding')
    else if (input.original.state === 'duplicate')
      miss(
        'duplicateOf',
        '原漏洞本身是重复项',
        'the original is a duplicate itself',
        '选择最初的漏洞',
        'choose the first one',
      )
  }
  return fields
}
