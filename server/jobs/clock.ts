import { days, seconds } from '@zhongheng/domain/shared/clock.ts'
import { sql } from 'kysely'
import { makeMove } from '../features/engagements/make-move.ts'
import { sealingOf } from '../features/engagements/reads.ts'
import type { Deps } from '../work/deps.ts'
import { inSystemWork } from '../work/work.ts'
import { everySoOften, type Stop } from './rounds.ts'

/**
 * Ends every window whose time has come (GBT43741-4.2-07); each engagement in a commit of its own, so that one that
 * cannot end does not keep the others open.
 * @throws AggregateError of what went wrong, after all were tried
 */
export async function endWindows(deps: Deps): Promise<number> {
  const due = await inSystemWork(deps, (work) =>
    work.db
      .selectFrom('engagements')
      .select('id')
      .where('state', 'in', ['testing', 'suspended'])
      .where('window_closes', '<=', work.now)
      .execute(),
  )
  const faults: unknown[] = []
  for (const { id } of due) {
    await inSystemWork(deps, async (work) => {
      const row = await work.db
        .selectFrom('engagements')
        .selectAll()
        .where('id', '=', id)
        .forUpdate()
        .executeTakeFirst()
      if (row && (row.state === 'testing' || row.state === 'suspended'))
        await makeMove(
          work,
          { id, row, role: 'organizer', sealing: sealingOf(work, row), breakGlass: null },
          { move: 'window_ends' },
        )
    }).catch((fault: unknown) => faults.push(fault))
  }
  if (faults.length > 0) throw new AggregateError(faults, `${faults.length} windows could not be ended`)
  return due.length
}

/**
 * Says once that a window which was open for more than two days ends within one: an event, of which the parties are told.
 * @returns how many were told of
 */
export const remindOfWindows = (deps: Deps): Promise<number> =>
  inSystemWork(deps, async (work) => {
    const near = await work.db
      .selectFrom('engagements')
      .select(['id', 'window_closes'])
      .where('state', 'in', ['testing', 'suspended'])
      .where('window_closes', '>', work.now)
      .where('window_closes', '<=', new Date(work.now.getTime() + days(1)))
      .where(sql<boolean>`window_closes - window_opens > interval '2 days'`)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('events')
              .select('events.seq')
              .whereRef('events.engagement_id', '=', 'engagements.id')
              .where('events.kind', '=', 'engagement.window_nears_end'),
          ),
        ),
      )
      .forUpdate()
      .skipLocked()
      .execute()
    for (const { id, window_closes: closes } of near)
      work.record({
        kind: 'engagement.window_nears_end',
        engagementId: id,
        subject: id,
        role: 'system',
        audience: 'everyone',
        facts: { closes: closes?.toISOString() ?? null },
      })
    return near.length
  })

export const startClock = (deps: Deps, onFault: (error: unknown) => void): Stop =>
  everySoOften(() => endWindows(deps).then(() => remindOfWindows(deps)), seconds(1), onFault).stop
