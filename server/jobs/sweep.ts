import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { attachmentLimits } from '@zhongheng/domain/attachments/limits.ts'
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
    await db
      .deleteFrom('attachment_links')
      .where('expires_at', '<', before(hours(1)))
      .execute()
    await db
      .deleteFrom('attachments')
      .where('finding_id', 'is', null)
      .where('made_at', '<', before(hours(attachmentLimits.looseHours)))
      .execute()
  })
  await sweepFiles(deps)
}

/**
 * Removes files of attachments whose row is gone: dropped, swept, or cut off by a kill while they came. A file of the last hour may still
 * be on its way to its row.
 */
async function sweepFiles(deps: Deps): Promise<void> {
  const top = join(deps.settings.dataFolder, 'attachments')
  const none = (error: NodeJS.ErrnoException): never[] => {
    if (error.code === 'ENOENT') return []
    throw error
  }
  for (const engagementId of await readdir(top).catch(none)) {
    const rows = await inSystemWork(deps, ({ db }) =>
      db
        .selectFrom('attachments')
        .select('id')
        .where('engagement_id', '=', engagementId)
        .where('state', '=', 'kept')
        .execute(),
    )
    const kept = new Set(rows.map(({ id }) => id))
    for (const name of await readdir(join(top, engagementId)).catch(none)) {
      const path = join(top, engagementId, name)
      if (kept.has(name.split('.')[0] ?? '') && !name.endsWith('.part')) continue
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }))
      if (mtimeMs < Date.now() - hours(1)) await rm(path, { force: true })
    }
  }
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
