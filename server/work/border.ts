import { type Place, checkGiven } from '@zhongheng/domain/jurisdiction/border.ts'
import type { Db, Work } from './work.ts'

const abroad: Place = { organisation: null, person: null }

/** Where a person is, by what is on record; of whom the asker may not know, nobody says that they are inside. */
export async function placeOf(db: Db, personId: string): Promise<Place> {
  const row = await db
    .selectFrom('persons')
    .innerJoin('organisations', 'organisations.id', 'persons.org_id')
    .select(['organisations.jurisdiction as organisation', 'persons.jurisdiction as person'])
    .where('persons.id', '=', personId)
    .executeTakeFirst()
  return row ?? abroad
}

/** Holds who asks to the rule on what leaves the mainland. @throws Problem forbidden RMSV-9-7 */
export async function checkAskerInside(work: Work, isProvider: boolean): Promise<void> {
  if (!isProvider) checkGiven(await placeOf(work.db, work.actor.personId), false)
}
