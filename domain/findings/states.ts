import { type Text, say } from '../shared/problem.ts'

/** Every state of a finding (GBT43741-4.2-06, clause 5.2). */
export const findingStates = [
  'draft',
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

/** The one home of the states' words; the pages' catalogues repeat them, and a test holds them to it. */
export const findingStateNames: Record<FindingState, Text> = {
  draft: say('草稿', 'Draft'),
  submitted: say('新提交', 'New'),
  initial_review: say('初审中', 'In first review'),
  passed: say('初审通过', 'Passed review'),
  returned: say('待补充', 'Needs more'),
  invalid: say('无效', 'Invalid'),
  out_of_scope: say('超出范围', 'Out of scope'),
  duplicate: say('重复', 'Duplicate'),
  demand_review: say('待需求方确认', 'With the demand side'),
  confirmed: say('已确认', 'Confirmed'),
  disputed: say('有异议', 'Disputed'),
  rejected_by_demand: say('需求方不认可', 'Not recognised'),
  remediation: say('修复中', 'In repair'),
  retest: say('复测中', 'In retest'),
  fixed: say('已修复', 'Fixed'),
  risk_accepted: say('已接受风险', 'Risk accepted'),
  closed: say('已关闭', 'Closed'),
}

/** The word for a state that was read from a record or a ledger; one that has none shows as it stands. */
export const findingStateName = (state: string): Text =>
  Object.hasOwn(findingStateNames, state) ? findingStateNames[state as FindingState] : say(state, state)

/** States in which a passed finding still asks something of a party; the engagement cannot be disposed of before. */
export const unfinishedStates: readonly FindingState[] = [
  'passed',
  'demand_review',
  'confirmed',
  'disputed',
  'remediation',
  'retest',
]
