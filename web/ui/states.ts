import type { EngagementRow } from '@zhongheng/contracts/http/engagements.ts'
import type { FindingRow } from '@zhongheng/contracts/http/findings.ts'
import type { IconName } from './Icon.tsx'

export type EngagementState = EngagementRow['state']
export type FindingState = FindingRow['state']
export type Severity = FindingRow['severity']
/** A colour variable of tokens.css, without `--state-`. */
export type StateTone = 'new' | 'ask' | 'pending' | 'triaged' | 'retest' | 'good' | 'twin' | 'plain' | 'bad' | 'live'
type Look = { readonly tone: StateTone; readonly icon: IconName }

export const engagementLooks: Record<EngagementState, Look> = {
  draft: { tone: 'plain', icon: 'pen' },
  submitted: { tone: 'new', icon: 'inbox' },
  rejected: { tone: 'bad', icon: 'crossCircle' },
  agreed: { tone: 'pending', icon: 'check' },
  authorised: { tone: 'pending', icon: 'letter' },
  recruiting: { tone: 'ask', icon: 'people' },
  ready: { tone: 'triaged', icon: 'flag' },
  testing: { tone: 'live', icon: 'target' },
  suspended: { tone: 'bad', icon: 'stop' },
  window_closed: { tone: 'twin', icon: 'clock' },
  reporting: { tone: 'retest', icon: 'report' },
  delivered: { tone: 'pending', icon: 'inbox' },
  accepted: { tone: 'good', icon: 'checkCircle' },
  disposing: { tone: 'retest', icon: 'clock' },
  closed: { tone: 'plain', icon: 'check' },
  cancelled: { tone: 'plain', icon: 'close' },
  terminated: { tone: 'bad', icon: 'close' },
}

export const findingLooks: Record<FindingState, Look> = {
  draft: { tone: 'plain', icon: 'pen' },
  submitted: { tone: 'new', icon: 'inbox' },
  initial_review: { tone: 'new', icon: 'search' },
  passed: { tone: 'pending', icon: 'check' },
  returned: { tone: 'ask', icon: 'info' },
  invalid: { tone: 'bad', icon: 'crossCircle' },
  out_of_scope: { tone: 'bad', icon: 'target' },
  duplicate: { tone: 'twin', icon: 'copy' },
  demand_review: { tone: 'pending', icon: 'clock' },
  confirmed: { tone: 'triaged', icon: 'checkCircle' },
  disputed: { tone: 'bad', icon: 'warning' },
  rejected_by_demand: { tone: 'bad', icon: 'crossCircle' },
  remediation: { tone: 'triaged', icon: 'pen' },
  retest: { tone: 'retest', icon: 'search' },
  fixed: { tone: 'good', icon: 'checkCircle' },
  risk_accepted: { tone: 'plain', icon: 'shield' },
  closed: { tone: 'plain', icon: 'check' },
}

/** The main road of an engagement in the three phases of the service; other states are side roads of their phase. */
export const road: readonly {
  phase: 'preparation' | 'implementation' | 'post_processing'
  states: readonly EngagementState[]
}[] = [
  { phase: 'preparation', states: ['draft', 'submitted', 'agreed', 'authorised', 'recruiting', 'ready'] },
  { phase: 'implementation', states: ['testing'] },
  { phase: 'post_processing', states: ['window_closed', 'reporting', 'delivered', 'accepted', 'disposing', 'closed'] },
]

/** Where a side state stands on the road: `suspended` beside `testing`, `rejected` beside `submitted`. */
const beside: Partial<Record<EngagementState, EngagementState>> = { rejected: 'submitted', suspended: 'testing' }

/** Position on the main road, from 0; null when the engagement was cancelled or terminated, wherever that was. */
export function placeOnRoad(state: EngagementState): number | null {
  const place = road.flatMap(({ states }) => states).indexOf(beside[state] ?? state)
  return place < 0 ? null : place
}

/** Nothing follows any more. */
export const isOver = (state: EngagementState): boolean => ['closed', 'cancelled', 'terminated'].includes(state)
