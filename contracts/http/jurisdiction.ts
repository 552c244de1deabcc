import { z } from 'zod'
import { Member, Organisation } from './people.ts'
import { type HttpContract, Jurisdiction, Version, idOf } from './shape.ts'

export const jurisdictionHttp = {
  'PUT /api/organisations/:orgId/jurisdiction': {
    stepUp: true,
    summary: 'Say where an organisation is; who is not in the mainland any more loses logins, tokens and leases',
    params: z.strictObject({ orgId: idOf('organisation') }),
    body: z.strictObject({ jurisdiction: Jurisdiction, version: Version }),
    reply: Organisation,
  },
  'PUT /api/members/:personId/jurisdiction': {
    stepUp: true,
    summary: 'Say where a member works, where that is not where the organisation is; null: where it is',
    params: z.strictObject({ personId: idOf('person') }),
    body: z.strictObject({ jurisdiction: Jurisdiction.nullable(), version: Version }),
    reply: Member,
  },
} as const satisfies HttpContract
