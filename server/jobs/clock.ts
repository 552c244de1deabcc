import { makeMove } from '../features/engagements/make-move.ts'
import { sealingOf } from '../features/engagements/reads.ts'
import type { Deps } from '../work/deps.ts'
import { inSystemWork } from '../work/work.ts'

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

export function startClock(deps: Deps, onFault: (error: unknown) => void): () => Promise<void> {
  let running: Promise<unknown> = Promise.resolve()
  const timer = setInterval(() => {
    running = running.then(() => endWindows(deps)).catch(onFault)
  }, 1000)
  return async () => {
    clearInterval(timer)
    await running
  }
}
