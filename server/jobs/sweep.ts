import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { attachmentLimits } from '@zhongheng/domain/attachments/limits.ts'
import { noticesKeptFor } from '@zhongheng/domain/notices/kinds.ts'
import { days, hours } from '@zhongheng/domain/shared/clock.ts'
import { deviceLife } from '../sign-in/throttle.ts'
import type { Deps } from '../work/deps.ts'
import { inSystemWork } from '../work/work.ts'
import { everySoOften, type Stop } from './rounds.ts'

/**
 * Forgets what sign-in keeps for a time only: counts of the throttle, spent tickets, browsers nobody uses any more, secrets
 * that were begun and never confirmed, links that ended, notices of half a year ago. Logins stay: they say who was in.
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
    await db.deleteFrom('notices').where('at', '<', before(noticesKeptFor)).execute()
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
  await sweepClosedAccounts(deps)
  await sweepFiles(deps)
}

/** Clears what was kept of closed accounts by law or standard, at its term; each is an event, the proof that it went. */
async function sweepClosedAccounts(deps: Deps): Promise<void> {
  await inSystemWork(deps, async (work) => {
    const { db, now } = work
    const tell = (personId: string, what: string): void =>
      void work.record({
        kind: 'account.held_data_gone',
        engagementId: null,
        subject: personId,
        role: 'system',
        audience: 'house',
        facts: { what },
      })
    const logs = await db
      .updateTable('account_closures')
      .set({ logins_gone_at: now })
      .where('logins_until', '<', now)
      .where('logins_gone_at', 'is', null)
      .returning('person_id')
      .execute()
    for (const { person_id } of logs) {
      await db.deleteFrom('logins').where('person_id', '=', person_id).execute()
      tell(person_id, 'logins')
    }
    const identities = await db
      .updateTable('account_closures')
      .set({ identity_gone_at: now })
      .where('identity_until', '<', now)
      .where('identity_gone_at', 'is', null)
      .returning('person_id')
      .execute()
    for (const { person_id } of identities) {
      await db
        .updateTable('testers')
        .set({ sealed_identity: null, identity_digest: null, identity: 'none', identity_verified_at: null, grade: 0 })
        .where('person_id', '=', person_id)
        .execute()
      tell(person_id, 'identity')
    }
  })
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
export const startSweep = (deps: Deps, onFault: (error: unknown) => void): Stop =>
  everySoOften(() => sweep(deps), hours(1), onFault).stop
