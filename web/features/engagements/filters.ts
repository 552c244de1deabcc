import { type RawSearch, oneOf, present, text } from '../../app/search.ts'
import { type EngagementState, engagementLooks } from '../../ui/states.ts'

export const stateNames = Object.keys(engagementLooks) as EngagementState[]
export type EngagementFilters = { state?: EngagementState; search?: string }

/** What the address says of the engagement list. */
export const engagementFilters = (raw: RawSearch): EngagementFilters =>
  present({ state: oneOf(raw, 'state', stateNames), search: text(raw, 'search')?.slice(0, 100) })
