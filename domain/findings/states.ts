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

export const findingStateNames: Record<FindingState, Text> = {
  draft: say('草稿', 'Draft'),
  submitted: say('新提交', 'Submitted'),
  initial_review: say('初审中', 'In first review'),
  passed: say('初审通过', 'Passed first review'),
  returned: say('待补充', 'Returned'),
  invalid: say('无效', 'Invalid'),
  out_of_scope: say('超出范围', 'Out of scope'),
  duplicate: say('重复', 'Duplicate'),
  demand_review: say('待需求方确认', 'With the demand side'),
  confirmed: say('已确认', 'Confirmed'),
  disputed: say('有异议', 'Disputed'),
  rejected_by_demand: say('需求方驳回', 'Rejected by the demand side'),
  remediation: say('修复中', 'In repair'),
  retest: say('复测中', 'In retest'),
  fixed: say('已修复', 'Repaired'),
  risk_accepted: say('已接受风险', 'Risk accepted'),
  closed: say('已关闭', 'Closed'),
}

/** States in which a passed finding still asks something of a party; the engagement cannot be disposed of before. */
export const unfinishedStates: readonly FindingState[] = [
  'passed',
  'demand_review',
  'confirmed',
  'disputed',
  'remediation',
  'retest',
]
