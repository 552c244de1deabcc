import type { Role } from '../access/actor.ts'
import type { FindingState } from './states.ts'

const states = {
  organizer: ['submitted', 'initial_review', 'retest', 'fixed', 'risk_accepted', 'rejected_by_demand'],
  demand: ['demand_review', 'confirmed', 'remediation'],
  auditor: ['disputed'],
  tester: ['returned', 'retest'],
} as const satisfies { readonly [role in Role]: readonly FindingState[] }

/** States in which a role has something to do with a finding, for home pages and notices; asked with states read from rows. */
export const waitsFor: { readonly [role in Role]: readonly string[] } = states
