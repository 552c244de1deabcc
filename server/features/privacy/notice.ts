import { type Json, canonicalJson } from '@zhongheng/contracts/records/canonical-json.ts'
import { type ConsentPurpose, consentPurposes, noticeParts } from '@zhongheng/domain/personal-data/notice.ts'
import type { Deps } from '../../work/deps.ts'
import { type Work, inSystemWork, sha256 } from '../../work/work.ts'

const digest = (content: unknown): string => sha256(canonicalJson(content as Json))

/** The notice in force: its version is the digest of all that it says, in both languages. */
export const notice = { version: digest(noticeParts), parts: noticeParts }

/** Digests of what rests on consent: an answer to one of these is an answer to this very text. */
export const partDigests: { readonly [purpose in ConsentPurpose]: string } = Object.fromEntries(
  consentPurposes.map((purpose) => [purpose, digest(noticeParts.find((one) => one.purpose === purpose))]),
) as { [purpose in ConsentPurpose]: string }
export const consentDigest = digest(partDigests)

/** Since when this installation shows the version in force; null where nobody was asked yet. As the system, whose table it is. */
export async function noticeSince(work: Work): Promise<string | null> {
  const row = await work.asSystem((db) =>
    db.selectFrom('privacy_notices').select('since').where('version', '=', notice.version).executeTakeFirst(),
  )
  return row?.since.toISOString() ?? null
}

/** Keeps the text of the version in force, so that what somebody answered to can be read years later. */
export async function keepNotice(work: Work): Promise<void> {
  await work.asSystem((db) =>
    db
      .insertInto('privacy_notices')
      .values({ version: notice.version, content: JSON.stringify(notice.parts), since: work.now })
      .onConflict((conflict) => conflict.column('version').doNothing())
      .execute(),
  )
}

/** At start, so that a version has its date from the first moment on that it could be read. */
export const publishNotice = (deps: Deps): Promise<void> => inSystemWork(deps, keepNotice)
