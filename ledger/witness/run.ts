import { setTimeout as wait } from 'node:timers/promises'
import { type Alarm, type AlarmWays, endAlarm, raiseAlarm } from './alarms.ts'
import type { WitnessFolder } from './folder.ts'
import { type Look, lookOnce } from './look.ts'

export type InTurn = <T>(task: () => Promise<T>) => Promise<T>

/** Runs tasks one after the other; one that fails does not keep the next from running. */
export function turns(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const turn = last.then(task)
    last = turn.catch(() => undefined)
    return turn
  }
}

export type RunOptions = {
  /** Seconds between two looks. */
  readonly interval: number
  /** Seconds without news until that is an alarm. */
  readonly silence: number
  readonly ways: AlarmWays
  readonly now: () => Date
  readonly signal: AbortSignal
  /** Keeps looks and requests from outside one after the other. */
  readonly inTurn: InTurn
  /** Hears every look, every alarm that is new, and the end of one. */
  onLook(look: Look): void
  onAlarm(alarm: Alarm): void
  onCalm(): void
}

/**
 * Looks at the log again and again until `signal`, or until a fork is proved: then there is nothing left to vouch for.
 * One answer that does not come is no alarm yet, two in a row are.
 * @returns whether a fork ended it
 */
export async function runWitness(folder: WitnessFolder, options: RunOptions): Promise<boolean> {
  let missed = 0
  while (!options.signal.aborted) {
    const look = await options.inTurn(() =>
      lookOnce(folder, { silence: options.silence, now: options.now, signal: options.signal }),
    )
    if (options.signal.aborted) return false
    options.onLook(look)
    missed = look.alarm?.kind === 'unreachable' ? missed + 1 : 0
    if (look.alarm !== undefined && missed !== 1) {
      const raised = await raiseAlarm(folder.path, options.ways, look.alarm)
      if (raised !== undefined) options.onAlarm(raised)
    } else if (look.alarm === undefined && (await endAlarm(folder.path, options.ways))) options.onCalm()
    if (folder.memory.fork !== null) return true
    await wait(options.interval * 1000, undefined, { signal: options.signal }).catch(() => undefined)
  }
  return false
}
