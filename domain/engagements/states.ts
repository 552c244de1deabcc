import { type Text, say } from '../shared/problem.ts'

/** Every state an engagement can be in (GBT43741-4.2-01: preparation, implementation, post-processing). */
export const engagementStates = [
  'draft',
  'submitted',
  'rejected',
  'agreed',
  'authorised',
  'recruiting',
  'ready',
  'testing',
  'suspended',
  'window_closed',
  'reporting',
  'delivered',
  'accepted',
  'disposing',
  'closed',
  'cancelled',
  'terminated',
] as const
export type EngagementState = (typeof engagementStates)[number]

export type Phase = 'preparation' | 'implementation' | 'post_processing' | 'ended'

export const stateFacts: Record<EngagementState, { phase: Phase; name: Text }> = {
  draft: { phase: 'preparation', name: say('草稿', 'Draft') },
  submitted: { phase: 'preparation', name: say('已提交', 'Submitted') },
  rejected: { phase: 'preparation', name: say('未通过审查', 'Rejected') },
  agreed: { phase: 'preparation', name: say('已签约', 'Agreed') },
  authorised: { phase: 'preparation', name: say('已授权', 'Authorised') },
  recruiting: { phase: 'preparation', name: say('招募中', 'Recruiting') },
  ready: { phase: 'preparation', name: say('就绪', 'Ready') },
  testing: { phase: 'implementation', name: say('测试中', 'Testing') },
  suspended: { phase: 'implementation', name: say('已暂停', 'Suspended') },
  window_closed: { phase: 'post_processing', name: say('测试已结束', 'Window closed') },
  reporting: { phase: 'post_processing', name: say('编写报告', 'Reporting') },
  delivered: { phase: 'post_processing', name: say('已交付', 'Delivered') },
  accepted: { phase: 'post_processing', name: say('已验收', 'Accepted') },
  disposing: { phase: 'post_processing', name: say('处置中', 'Disposing') },
  closed: { phase: 'ended', name: say('已关闭', 'Closed') },
  cancelled: { phase: 'ended', name: say('已取消', 'Cancelled') },
  terminated: { phase: 'ended', name: say('已终止', 'Terminated') },
}

/** The word for a state that was read from a record or a ledger; one that has none shows as it stands. */
export const engagementStateName = (state: string): Text =>
  Object.hasOwn(stateFacts, state) ? stateFacts[state as EngagementState].name : say(state, state)

const beforeTesting: readonly EngagementState[] = [
  'draft',
  'submitted',
  'rejected',
  'agreed',
  'authorised',
  'recruiting',
  'ready',
]
const afterTesting: readonly EngagementState[] = [
  'testing',
  'suspended',
  'window_closed',
  'reporting',
  'delivered',
  'accepted',
]
export { afterTesting, beforeTesting }
