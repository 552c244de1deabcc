import { consentPurposes, everyPurpose } from '@zhongheng/domain/personal-data/notice.ts'
import { z } from 'zod'
import { Bilingual, Digest, type HttpContract, Moment } from './shape.ts'

export const PrivacyNotice = z
  .strictObject({
    /** Digest of the canonical content. */
    version: Digest,
    /** Since when this installation shows it; null: from the first answer to it on. */
    since: Moment.nullable(),
    parts: z.array(
      z.strictObject({
        purpose: z.enum(everyPurpose),
        what: Bilingual,
        consent: z.boolean(),
        bases: z.array(Bilingual),
        kept: z.array(Bilingual),
        givenTo: Bilingual,
        items: z.array(z.strictObject({ what: Bilingual, form: Bilingual, needed: z.boolean() })),
      }),
    ),
  })
  .meta({ id: 'PrivacyNotice' })
export type PrivacyNotice = z.infer<typeof PrivacyNotice>

const Language = z.enum(['zh-CN', 'en'])
/** `first`: never read; `changed`: what rests on consent is told otherwise than it was read. */
export const NoticeDue = z.enum(['first', 'changed'])

export const PrivacyAnswer = z.strictObject({
  answer: z.enum(['acknowledged', 'given', 'withdrawn']),
  purpose: z.string().nullable(),
  version: Digest,
  language: Language,
  at: Moment,
})

export const OwnPrivacy = z
  .strictObject({
    notice: PrivacyNotice,
    due: NoticeDue.nullable(),
    /** Where each consent stands; `lapsed`: given to another text than the one in force. */
    consents: z.array(
      z.strictObject({
        purpose: z.enum(consentPurposes),
        standing: z.enum(['none', 'given', 'withdrawn', 'lapsed']),
        at: Moment.nullable(),
      }),
    ),
    /** Newest first, at most 200. */
    answers: z.array(PrivacyAnswer),
  })
  .meta({ id: 'OwnPrivacy' })
export type OwnPrivacy = z.infer<typeof OwnPrivacy>

/** Numbers of a house; nobody's answer. */
export const PrivacyCounts = z
  .strictObject({
    members: z.number().int(),
    version: Digest,
    /** Of the members, who read what version last; `null` for nobody yet. Versions newest first. */
    read: z.array(z.strictObject({ version: Digest.nullable(), since: Moment.nullable(), members: z.number().int() })),
    consents: z.array(
      z.strictObject({
        purpose: z.enum(consentPurposes),
        given: z.number().int(),
        withdrawn: z.number().int(),
      }),
    ),
  })
  .meta({ id: 'PrivacyCounts' })
export type PrivacyCounts = z.infer<typeof PrivacyCounts>

export const privacyHttp = {
  'GET /api/privacy-notice': {
    summary: 'What is held about people here, for what, on what it rests, how long, and who is given it',
    reply: PrivacyNotice,
  },
  'GET /api/account/privacy': {
    summary: 'The privacy notice, and what I answered to it',
    reply: OwnPrivacy,
    personOnly: true,
  },
  'POST /api/account/privacy/acknowledgement': {
    personOnly: true,
    summary: 'I have read this version; it is no consent to anything',
    body: z.strictObject({ version: Digest, language: Language }),
    reply: OwnPrivacy,
  },
  // Whoever stole a login must neither open a way for mail nor silence what would tell of it.
  'PUT /api/account/privacy/consent': {
    stepUp: true,
    summary: 'Give or withdraw my consent to one purpose; what rested on it is deleted with the withdrawal',
    body: z.strictObject({ purpose: z.enum(everyPurpose), given: z.boolean(), version: Digest, language: Language }),
    reply: OwnPrivacy,
  },
  'GET /api/privacy-answers': {
    summary: 'How many of my organisation read which version, and gave which consent',
    reply: PrivacyCounts,
  },
} as const satisfies HttpContract
