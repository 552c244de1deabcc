import { mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { isRestored, type Restored, restoredFile } from '@zhongheng/contracts/records/restored.ts'
import { keyedDigest } from '../sealing/seal.ts'
import type { Deps } from '../work/deps.ts'
import { inSystemWork, type Work } from '../work/work.ts'

/** What a restore ended or held, in numbers. */
export type TakenUp = {
  readonly logins: number
  readonly tokens: number
  readonly links: number
  readonly leases: number
  readonly held: number
}

/** A restore that cannot be taken up; `message` tells the operator what to mend. */
export class RestoreFault extends Error {
  override readonly name = 'RestoreFault'
}

/**
 * Before anything is served from a data folder that was filled from a backup: rights that were taken away after the backup was made must
 * not come back by it. Every login, access token, open link and recovery code ends, every active lease is suspended, and every account but the named
 * administrators' is held until an administrator of its organisation confirms it. All in one commit, with an event; a crash before it finds
 * the note still there, one after it finds nothing to do.
 * @returns null when there was no restore
 * @throws RestoreFault
 */
export async function takeUpRestore(deps: Deps): Promise<TakenUp | null> {
  const path = join(deps.settings.dataFolder, restoredFile)
  const note = await readNote(path)
  if (note === null) return null
  const done = await inSystemWork(deps, (work) => take(work, note))
  // Kept beside, in words; the ledger holds the digest of the reason.
  const folder = join(deps.settings.dataFolder, 'restores')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await rename(path, join(folder, `${note.restoredAt.replaceAll(/[^\dTZ]/g, '')}.json`))
  return done
}

async function readNote(path: string): Promise<Restored | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  try {
    const note: unknown = JSON.parse(text)
    if (isRestored(note)) return note
  } catch {
    // Told below, as what cannot be read.
  }
  throw new RestoreFault(`${path} cannot be read: restore again`)
}

async function take(work: Work, note: Restored): Promise<TakenUp> {
  const { db, now } = work
  const admins = await db
    .selectFrom('credentials')
    .innerJoin('persons', 'persons.id', 'credentials.person_id')
    .select(['persons.id', 'persons.posts', 'credentials.login'])
    .where('credentials.login', 'in', [...note.admins])
    .where('persons.state', '<>', 'removed')
    .execute()
  const missing = note.admins.filter(
    (login) => !admins.some((one) => one.login === login && one.posts.includes('security_admin')),
  )
  if (missing.length > 0) {
    throw new RestoreFault(
      `no security administrator ${missing.join(', ')} in this backup: correct "admins" in ${restoredFile} of the data folder and start again`,
    )
  }
  const ended = { ended_at: now, end_reason: 'restored' } as const
  const logins = await db.updateTable('logins').set(ended).where('ended_at', 'is', null).returning('id').execute()
  const tokens = await db
    .updateTable('access_tokens')
    .set({ ended_at: now })
    .where('ended_at', 'is', null)
    .returning('id')
    .execute()
  const resets = await db
    .updateTable('password_resets')
    .set({ ended_at: now })
    .where('ended_at', 'is', null)
    .returning('id')
    .execute()
  const invitations = await db
    .updateTable('invitations')
    .set({ expires_at: now })
    .where('accepted_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('id')
    .execute()
  // A code that was used after the backup would work again.
  await db.updateTable('recovery_codes').set({ used_at: now }).where('used_at', 'is', null).execute()
  // What was used or refused after the backup would be open again.
  await db
    .updateTable('approvals')
    .set({ withdrawn_at: now })
    .where('used_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .execute()
  await db.updateTable('break_glass').set({ ended_at: now }).where('ended_at', 'is', null).execute()
  const leases = await db
    .updateTable('leases')
    .set({ state: 'suspended', reason: 'restored from a backup' })
    .where('state', '=', 'active')
    .returning(['id', 'engagement_id', 'person_id'])
    .execute()
  const held = await db
    .updateTable('persons')
    .set({ state: 'held' })
    .where('state', '=', 'active')
    .where(
      'id',
      'not in',
      admins.map((one) => one.id),
    )
    .returning('id')
    .execute()
  for (const lease of leases) {
    work.record({
      kind: 'lease.suspended',
      engagementId: lease.engagement_id,
      subject: lease.id,
      role: 'system',
      audience: 'everyone',
      facts: { personId: lease.person_id, by: 'house.restored' },
    })
  }
  const done = {
    logins: logins.length,
    tokens: tokens.length,
    links: resets.length + invitations.length,
    leases: leases.length,
    held: held.length,
  }
  work.record({
    kind: 'house.restored',
    engagementId: null,
    subject: null,
    role: 'system',
    audience: 'house',
    facts: {
      ...done,
      madeAt: note.madeAt,
      restoredAt: note.restoredAt,
      admins: admins.map((one) => one.id).toSorted(),
      reasonDigest: keyedDigest(work.deps.keys.house('ledger-restores'), note.reason),
    },
  })
  return done
}
