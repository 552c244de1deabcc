import { z } from 'zod'
import { LoginName } from './people.ts'
import { PrivacyAnswer } from './privacy.ts'
import { Bilingual, type HttpContract, Moment, RoleName, idOf } from './shape.ts'

export const OwnField = z.strictObject({
  column: z.string(),
  what: Bilingual,
  purpose: Bilingual,
  basis: Bilingual,
  needed: z.boolean(),
  kept: Bilingual,
  form: z.enum(['plain', 'sealed', 'digest']),
  /** At most 200. Of digests none; of what lies sealed only in the file that is taken along. */
  values: z.array(z.string()),
})

export const OwnData = z
  .strictObject({
    personId: idOf('person'),
    fields: z.array(OwnField),
    /** What I answered to the privacy notice, newest first. */
    answers: z.array(PrivacyAnswer),
    /** Who was given what: the own house, and the other parties of each engagement. */
    givenTo: z.array(
      z.strictObject({
        organisation: z.string(),
        role: RoleName,
        engagement: z.strictObject({ engagementId: idOf('engagement'), number: z.string() }).nullable(),
        what: Bilingual,
        by: Bilingual,
        since: Moment,
      }),
    ),
    /** What closing the account would leave, why, and until when. */
    held: z.array(z.strictObject({ what: z.string(), why: Bilingual, until: Moment.nullable() })),
  })
  .meta({ id: 'OwnData' })
export type OwnData = z.infer<typeof OwnData>

export const personalDataHttp = {
  'GET /api/account/data': {
    summary: 'Everything that is held about me, for what, on what it rests, how long, and who was given it',
    reply: OwnData,
    personOnly: true,
  },
  'POST /api/account/data/export': {
    stepUp: true,
    summary: 'The same as a file to take along, with what lies sealed',
    reply: OwnData,
  },
  'POST /api/account/closure': {
    stepUp: true,
    summary: 'Close my account; the login name is typed once more. Refused while there are open duties',
    body: z.strictObject({ login: LoginName }),
    status: 204,
  },
} as const satisfies HttpContract
