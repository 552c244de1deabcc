import { setTimeout as wait } from 'node:timers/promises'
import type { House } from './house.ts'
import { commentsOf, compare } from './compare.ts'
import { isBack, startLoad, until } from './load.ts'

/** What people outside saw of an outage. */
export type Outage = {
  readonly lost: readonly string[]
  readonly doubled: readonly string[]
  readonly odd: readonly string[]
  readonly acknowledged: { readonly comments: number; readonly answers: number }
  /** Whether acts that began when it had lasted for a second succeeded before it ended. */
  readonly meanwhile: { readonly comments: boolean; readonly answers: boolean }
  /** Milliseconds from its end until everybody could act again. */
  readonly backMs: number
  /** The longest that anybody waited for an answer of any kind. */
  readonly longestWaitMs: number
}

/** What was under way when it began may still end well. */
const settlesMs = 1000

/**
 * Lets something fail for a while under load: `begin` breaks it and returns what mends it. @param lastsMs how long
 * @throws Error when the platform does not come back
 */
export async function outage(
  house: House,
  lastsMs: number,
  begin: () => Promise<() => Promise<void> | void>,
): Promise<Outage> {
  const before = await commentsOf(house)
  const load = startLoad(house)
  let backMs = -1
  let meanwhile = { comments: false, answers: false }
  try {
    await until(() => isBack(load.told, 0), 'nothing works before the outage')
    const end = await begin()
    const settled = performance.now() + settlesMs
    await wait(lastsMs)
    meanwhile = {
      comments: load.told.acknowledged.comment > settled,
      answers: load.told.acknowledged.answer > settled,
    }
    await end()
    const at = performance.now()
    await until(() => isBack(load.told, at), 'the platform did not come back after the outage')
    backMs = Math.round(Math.max(load.told.acknowledged.comment, load.told.acknowledged.answer) - at)
  } catch (error) {
    await load.end('cut')
    throw error
  }
  const told = await load.end()
  const { lost, doubled } = await compare(house, told, before)
  return {
    lost,
    doubled,
    odd: told.odd,
    acknowledged: { comments: told.comments.size, answers: told.answers.size },
    meanwhile,
    backMs,
    longestWaitMs: Math.round(told.longestMs),
  }
}
