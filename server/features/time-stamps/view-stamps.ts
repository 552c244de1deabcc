import type { Reply } from '@zhongheng/contracts/http/index.ts'
import type { TimeStampView } from '@zhongheng/contracts/http/time-stamps.ts'
import { mayInHouse } from '@zhongheng/domain/access/matrix.ts'
import type { Work } from '../../work/work.ts'
import type { StampRow } from './requests.ts'

/** The newest ones are shown; all of them stay, and packs take theirs along. */
const mostShown = 30

export async function listStamps(work: Work): Promise<Reply<'GET /api/ledger/time-stamps'>> {
  const { authorities, everyMinutes } = work.deps.settings.timeStamps
  const rows = await work.db
    .selectFrom('time_stamps')
    .selectAll()
    .orderBy('asked_at', 'desc')
    .limit(mostShown)
    .execute()
  const addresses = mayInHouse(work.actor, 'time_stamps.keep') ? [...authorities] : null
  return {
    automatic: authorities.length === 0 ? null : { everyMinutes, addresses },
    size: work.deps.ledger.size(),
    stamps: rows.map((row) => viewStamp(work, row)),
  }
}

export const viewStamp = (work: Pick<Work, 'actor'>, row: StampRow): TimeStampView => ({
  timeStampId: row.id,
  size: Number(row.size),
  state: row.state,
  askedAt: row.asked_at.toISOString(),
  stampedAt: row.stamped_at?.toISOString() ?? null,
  authority: row.authority,
  policy: row.policy,
  tries: row.tries,
  nextTryAt: row.next_try_at?.toISOString() ?? null,
  // It may name machines of the organizer's network.
  failure: work.actor.orgKind === 'organizer' ? row.failure : null,
})
