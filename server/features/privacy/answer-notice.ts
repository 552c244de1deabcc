import type { OwnPrivacy } from '@zhongheng/contracts/http/privacy.ts'
import {
  type Answer,
  type ConsentPurpose,
  checkRestsOnConsent,
  checkShown,
} from '@zhongheng/domain/personal-data/notice.ts'
import type { Work } from '../../work/work.ts'
import { forgetMail } from '../mail/reads.ts'
import { dropSkills } from '../testers/reads.ts'
import { consentOf, ownPrivacy } from './answers.ts'
import { consentDigest, keepNotice, notice, partDigests } from './notice.ts'

type Shown = { readonly version: string; readonly language: 'zh-CN' | 'en' }

/** What goes with a consent: without a basis nothing of it is kept. A purpose without an end does not compile. */
const ends: { readonly [purpose in ConsentPurpose]: (work: Work) => Promise<unknown> } = {
  mail: forgetMail,
  skills: dropSkills,
}

/** The person has read this version (GBT39276-5.1.1.4-a). @throws Problem conflict NOTICE-1 */
export async function acknowledge(work: Work, shown: Shown): Promise<OwnPrivacy> {
  checkShown(shown.version, notice.version)
  await answer(work, shown, { answer: 'acknowledged', purpose: null, part: consentDigest })
  return ownPrivacy(work)
}

/**
 * Gives or withdraws consent to one purpose. A withdrawal holds whatever version was shown: nobody must read first to be free.
 * @throws Problem refused CONSENT-1 for what rests on contract or law; conflict NOTICE-1 for a consent to an old text
 */
export async function consent(work: Work, said: Shown & { purpose: string; given: boolean }): Promise<OwnPrivacy> {
  const purpose = checkRestsOnConsent(said.purpose)
  if (said.given) checkShown(said.version, notice.version)
  const standing = await consentOf(work.db, work.actor.personId, purpose)
  const wished = said.given ? 'given' : 'withdrawn'
  if (said.given ? standing !== 'given' : standing === 'given' || standing === 'lapsed') {
    await answer(work, said, { answer: wished, purpose, part: partDigests[purpose] })
    if (!said.given) await ends[purpose](work)
  }
  return ownPrivacy(work)
}

const events = {
  acknowledged: 'privacy.acknowledged',
  given: 'consent.given',
  withdrawn: 'consent.withdrawn',
} as const

async function answer(work: Work, { language }: Shown, given: Answer): Promise<void> {
  const { personId, orgId, orgKind } = work.actor
  await keepNotice(work)
  await work.db
    .insertInto('privacy_answers')
    .values({
      id: work.newId('privacyAnswer'),
      person_id: personId,
      org_id: orgId,
      answer: given.answer,
      purpose: given.purpose,
      version: notice.version,
      part_digest: given.part,
      language,
      at: work.now,
    })
    .execute()
  work.record({
    kind: events[given.answer],
    engagementId: null,
    subject: personId,
    role: orgKind,
    audience: 'house',
    facts: { version: notice.version, language, ...(given.purpose === null ? {} : { purpose: given.purpose }) },
  })
}
