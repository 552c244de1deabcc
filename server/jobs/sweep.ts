import { days, hours } from '@zhongheng/domain/shared/clock.ts'
import { deviceLife } from '../sign-in/throttle.ts'
import type { Deps } from '../work/deps.ts'
import { inSystemWork } from '../work/work.ts'

/**
 * Forgets what sign-in keeps for a time only: counts of the throttle, spent tickets, browsers nobody uses any more, secrets
 * that were begun and never confirmed, links that ended. Logins stay: they say who was in.
 */
export async function sweep(deps: Deps): Promise<void> {
  await inSystemWork(deps, async ({ db, now }) => {
    const before = (span: number): Date => new Date(now.getTime() - span)
    await db
      .deleteFrom('throttles')
      .where('since', '<', before(hours(1)))
      .execute()
    await db
      .deleteFrom('spent_ceremonies')
      .where('expires_at', '<', before(hours(1)))
      .execute()
    await db.deleteFrom('devices').where('last_at', '<', before(deviceLife)).execute()
    await db.deleteFrom('known_networks').where('last_at', '<', before(deviceLife)).execute()
    await db
      .deleteFrom('one_time_code_secrets')
      .where('confirmed_at', 'is', null)
      .where('created_at', '<', before(days(1)))
      .execute()
    await db
      .deleteFrom('password_resets')
      .where('asked_at', '<', before(days(30)))
      .execute()
  })
}

/** Sweeps once an hour. */
export function startSweep(deps: Deps, onFault: (error: unknown) => void): () => Promise<void> {
  let running: Promise<unknown> = Promise.resolve()
  const timer = setInterval(() => {
    running = running.then(() => sweep(deps)).catch(onFault)
  }, hours(1))
  timer.unref()
  return async () => {
    clearInterval(timer)
    await running
  }
}
