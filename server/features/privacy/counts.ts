import type { PrivacyCounts } from '@zhongheng/contracts/http/privacy.ts'
import { consentPurposes } from '@zhongheng/domain/personal-data/notice.ts'
import type { Work } from '../../work/work.ts'
import { notice, partDigests } from './notice.ts'

/**
 * How many members of the actor's house read which version last, and gave which consent. As the system, because answers are
 * their owners' alone: numbers leave here, and no person's answer.
 */
export const countAnswers = (work: Work): Promise<PrivacyCounts> =>
  work.asSystem(async (db) => {
    const members = await db
      .selectFrom('persons')
      .select('id')
      .where('org_id', '=', work.actor.orgId)
      .where('state', '=', 'active')
      .execute()
    const last = await db
      .selectFrom('privacy_answers')
      .leftJoin('privacy_notices', 'privacy_notices.version', 'privacy_answers.version')
      .innerJoin('persons', 'persons.id', 'privacy_answers.person_id')
      .distinctOn(['person_id', 'purpose'])
      .select(['person_id', 'answer', 'purpose', 'privacy_answers.version', 'part_digest', 'since'])
      .where('privacy_answers.org_id', '=', work.actor.orgId)
      .where('persons.state', '=', 'active')
      .orderBy('person_id')
      .orderBy('purpose')
      .orderBy('privacy_answers.at', 'desc')
      .orderBy('privacy_answers.id', 'desc')
      .execute()
    const read = Map.groupBy(
      last.filter(({ answer }) => answer === 'acknowledged'),
      ({ version }) => version,
    )
    const readers = [...read.values()].reduce((sum, rows) => sum + rows.length, 0)
    const versions = [...read]
      .map(([version, rows]) => ({ version, since: rows[0]?.since?.toISOString() ?? null, members: rows.length }))
      .toSorted((one, other) => (other.since ?? '').localeCompare(one.since ?? ''))
    return {
      members: members.length,
      version: notice.version,
      read: [
        ...versions,
        ...(readers < members.length ? [{ version: null, since: null, members: members.length - readers }] : []),
      ],
      consents: consentPurposes.map((purpose) => {
        const mine = last.filter((one) => one.purpose === purpose)
        return {
          purpose,
          given: mine.filter((one) => one.answer === 'given' && one.part_digest === partDigests[purpose]).length,
          withdrawn: mine.filter((one) => one.answer === 'withdrawn').length,
        }
      }),
    }
  })
