import type { EngagementPage } from '@zhongheng/contracts/http/engagements.ts'
import { submittingStates } from '@zhongheng/contracts/records/finding-limits.ts'

/** Whether this person submits findings in this engagement now; a button that leads to a refusal is none. */
export const maySubmit = ({ may, state }: Pick<EngagementPage, 'may' | 'state'>): boolean =>
  may.includes('finding.submit') && submittingStates.includes(state)
