import { mailGroups } from '@zhongheng/domain/mail/groups.ts'
import { z } from 'zod'
import { type HttpContract, Moment, lineOf } from './shape.ts'

export const OwnMail = z
  .strictObject({
    /** Whether this installation sends mail at all. */
    offered: z.boolean(),
    address: z.string().nullable(),
    verifiedAt: Moment.nullable(),
    /** Until when a code that is on its way can be given back. */
    codeUntil: Moment.nullable(),
    /** What does not come by mail. */
    without: z.array(z.enum(mailGroups)),
  })
  .meta({ id: 'OwnMail' })
export type OwnMail = z.infer<typeof OwnMail>

export const mailHttp = {
  'GET /api/account/mail': { summary: 'My mail address, and what comes there', reply: OwnMail },
  'PUT /api/account/mail': {
    stepUp: true,
    summary: 'Give a mail address; it gets a code, and nothing else before that is given back',
    body: z.strictObject({ address: lineOf(3, 254) }),
    reply: OwnMail,
  },
  'POST /api/account/mail/confirmation': {
    personOnly: true,
    summary: 'Give the code back that came by mail',
    body: z.strictObject({ code: lineOf(6, 20) }),
    reply: OwnMail,
  },
  // Whoever stole a login must not silence what would tell of it.
  'PUT /api/account/mail/choices': {
    stepUp: true,
    summary: 'What shall not come by mail',
    body: z.strictObject({ without: z.array(z.enum(mailGroups)).max(mailGroups.length) }),
    reply: OwnMail,
  },
  'DELETE /api/account/mail': { stepUp: true, summary: 'Take the own mail address away', reply: OwnMail },
} as const satisfies HttpContract
