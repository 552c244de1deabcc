import type { OwnPrivacy } from '@zhongheng/contracts/http/privacy.ts'
import {
  type Answer,
  type ConsentPurpose,
  type Standing,
  consentPurposes,
  noticeDue,
  standingOf,
  wantsConsent,
} from '@zhongheng/domain/personal-data/notice.ts'
import type { Db, Work } from '../../work/work.ts'
import { consentDigest, notice, noticeSince, partDigests } from './notice.ts'

/** So many answers a page holds; earlier ones stand in the ledger. */
const most = 200

/** Answers of a person, oldest first. */
async function answersOf(db: Db, personId: string) {
  const rows = await db
    .selectFrom('privacy_answers')
    .select(['answer', 'purpose', 'version', 'language', 'at', 'part_digest as part'])
    .where('person_id', '=', personId)
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(most)
    .execute()
  return rows.toReversed().map((row) => ({ ...row, answer: row.answer as Answer['answer'] }))
}

/** Whether somebody is to be shown the notice. */
export const noticeDueOf = async (work: Work, personId: string): Promise<OwnPrivacy['due']> =>
  noticeDue(await answersOf(work.db, personId), consentDigest)

/** What somebody answered, newest first. */
export const answersTo = async (work: Work, personId: string): Promise<OwnPrivacy['answers']> =>
  (await answersOf(work.db, personId))
    .map(({ answer, purpose, version, language, at }) => ({
      answer,
      purpose,
      version,
      language: language as 'zh-CN' | 'en',
      at: at.toISOString(),
    }))
    .toReversed()

export async function ownPrivacy(work: Work): Promise<OwnPrivacy> {
  const { personId } = work.actor
  const answers = await answersOf(work.db, personId)
  return {
    notice: { ...viewNotice(), since: await noticeSince(work) },
    due: noticeDue(answers, consentDigest),
    consents: consentPurposes.map((purpose) => ({
      purpose,
      standing: standingOf(answers, purpose, partDigests[purpose]),
      at: answers.findLast((one) => one.purpose === purpose)?.at.toISOString() ?? null,
    })),
    answers: await answersTo(work, personId),
  }
}

/** The notice as it crosses the wire; whoever reads it may not change ours. */
export const viewNotice = (): Omit<OwnPrivacy['notice'], 'since'> => ({
  version: notice.version,
  parts: notice.parts.map((part) => ({
    ...part,
    bases: [...part.bases],
    kept: [...part.kept],
    items: part.items.map((item) => ({ ...item })),
  })),
})

/** Where a person's consent to a purpose stands at this moment: asked at each use, never remembered (GBT39276-5.1.1.4-b). */
export const consentOf = async (db: Db, personId: string, purpose: ConsentPurpose): Promise<Standing> =>
  standingOf(await answersOf(db, personId), purpose, partDigests[purpose])

/** Whose consent to a purpose is given now, of these. As the system, because answers are their owners' alone: whether, and no more. */
export async function consenting(
  work: Work,
  personIds: readonly string[],
  purpose: ConsentPurpose,
): Promise<ReadonlySet<string>> {
  if (personIds.length === 0) return new Set()
  const last = await work.asSystem((db) =>
    db
      .selectFrom('privacy_answers')
      .distinctOn('person_id')
      .select(['person_id', 'answer', 'part_digest'])
      .where('person_id', 'in', [...personIds])
      .where('purpose', '=', purpose)
      .orderBy('person_id')
      .orderBy('at', 'desc')
      .orderBy('id', 'desc')
      .execute(),
  )
  const given = last.filter((one) => one.answer === 'given' && one.part_digest === partDigests[purpose])
  return new Set(given.map((one) => one.person_id))
}

/** @throws Problem refused GBT39276-5.1.1.4-a where the caller's consent is not given */
export async function checkConsent(work: Work, purpose: ConsentPurpose, field: string): Promise<void> {
  if ((await consentOf(work.db, work.actor.personId, purpose)) !== 'given') throw wantsConsent(purpose, field)
}
