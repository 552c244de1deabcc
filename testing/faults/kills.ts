import { setTimeout as wait } from 'node:timers/promises'
import { signal } from '@zhongheng/tools/processes.ts'
import { commentsOf, compare } from './compare.ts'
import type { House, Victim } from './house.ts'
import { isBack, startLoad, until } from './load.ts'

/** What a drill found. Times in milliseconds from a kill to the begin of the first act that succeeds again, by everybody. */
export type Drill = {
  readonly victims: readonly Victim[]
  readonly kills: number
  readonly acknowledged: { readonly comments: number; readonly answers: number }
  readonly lost: readonly string[]
  readonly doubled: readonly string[]
  readonly odd: readonly string[]
  readonly backMs: { readonly median: number; readonly worst: number; readonly over5s: number }
  readonly longestWaitMs: number
}

/**
 * Kills processes of the running platform while people write and test, and waits each time until both can again. Then
 * holds what they were told against the database, the recorded traffic and the ledger.
 * @throws Error when the platform does not come back
 */
export async function killDrill(house: House, of: readonly Victim[], kills: number): Promise<Drill> {
  const before = await commentsOf(house)
  const load = startLoad(house)
  const back: number[] = []
  try {
    await until(() => isBack(load.told, 0), 'nothing works before the first kill')
    for (let kill = 0; kill < kills; kill++) {
      // Not always at the same moment of what is under way.
      await wait(100 + ((kill * 137) % 700))
      const pids = await Promise.all(of.map((victim) => running(house, victim)))
      const at = performance.now()
      for (const pid of pids) signal(pid, 'SIGKILL')
      await until(() => isBack(load.told, at), `${of.join(' and ')} did not come back after kill ${kill + 1}`)
      back.push(Math.max(load.told.acknowledged.comment, load.told.acknowledged.answer) - at)
    }
  } catch (error) {
    await load.end('cut')
    throw error
  }
  await load.end()
  const { lost, doubled } = await compare(house, load.told, before)
  const sorted = back.toSorted((one, other) => one - other)
  return {
    victims: of,
    kills,
    acknowledged: { comments: load.told.comments.size, answers: load.told.answers.size },
    lost,
    doubled,
    odd: load.told.odd,
    backMs: {
      median: Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0),
      worst: Math.round(sorted.at(-1) ?? 0),
      over5s: sorted.filter((ms) => ms > 5000).length,
    },
    longestWaitMs: Math.round(load.told.longestMs),
  }
}

async function running(house: House, victim: Victim): Promise<number> {
  let pid: number | undefined
  await until(() => (pid = house.pidOf(victim)) !== undefined, `${victim} does not run`)
  return pid ?? 0
}
