import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { listenTo } from '../database/listen.ts'
import { holdsOver } from '../features/retention/reads.ts'
import { attachmentsFolder } from '../features/attachments/reads.ts'
import type { Deps } from '../work/deps.ts'
import { inSystemWork, type Work } from '../work/work.ts'
import { everySoOften, type Stop } from './rounds.ts'

/** How often orders that could not be carried out yet are looked at again. */
const lookMs = 60_000

/**
 * Carries out every ordered disposal, each in a commit of its own: keys and recorded files first, because that can be
 * repeated and not undone, then what it leaves in the rows, and the entry that says so. One over which a hold was placed
 * since stays ordered.
 * @returns how many were carried out
 * @throws AggregateError of what went wrong, after all were tried
 */
export async function carryOutDisposals(deps: Deps): Promise<number> {
  const waiting = await inSystemWork(deps, ({ db }) =>
    db.selectFrom('disposals').select('id').where('done_at', 'is', null).orderBy('ordered_at').execute(),
  )
  const faults: unknown[] = []
  let done = 0
  for (const { id } of waiting)
    await inSystemWork(deps, (work) => carryOut(work, id)).then(
      (did) => {
        if (did) done++
      },
      (fault: unknown) => faults.push(fault),
    )
  if (faults.length > 0) throw new AggregateError(faults, `${faults.length} disposals could not be carried out`)
  return done
}

async function carryOut(work: Work, id: string): Promise<boolean> {
  const { db, deps, now } = work
  const order = await db
    .selectFrom('disposals')
    .selectAll()
    .where('id', '=', id)
    .where('done_at', 'is', null)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst()
  if (!order) return false
  const { engagement_id: engagementId, what } = order
  // Placing a hold on it locks the engagement too: it came before and is seen here, or it waits and finds nothing left.
  await db.selectFrom('engagements').select('id').where('id', '=', engagementId).forUpdate().execute()
  if ((await holdsOver(work, engagementId)) > 0) return false
  await deps.recorder.dispose(engagementId)
  deps.keys.destroy(engagementId, 'traffic')
  if (what === 'file') deps.keys.destroy(engagementId, 'file')
  // Addresses that testers asked for tell of the target; digests, times and sizes stay.
  await db.updateTable('exchanges').set({ path: '' }).where('engagement_id', '=', engagementId).execute()
  // The keyed words are numbers nobody can read, but which exchanges share them still tells something.
  await db.deleteFrom('exchange_words').where('engagement_id', '=', engagementId).execute()
  if (what === 'file') {
    await emptyFile(work, engagementId)
    await rm(attachmentsFolder(deps.settings.dataFolder, engagementId), { recursive: true, force: true })
  }
  if (what === 'traffic')
    await db.updateTable('engagements').set({ traffic_disposed_at: now }).where('id', '=', engagementId).execute()
  const segments = await db
    .selectFrom('segments')
    .select('sha256')
    .where('engagement_id', '=', engagementId)
    .orderBy('first_sequence')
    .orderBy('id')
    .execute()
  const digest = createHash('sha256')
    .update(segments.map(({ sha256 }) => `${sha256}\n`).join(''))
    .digest('hex')
  await db
    .updateTable('disposals')
    .set({ done_at: now, segments: segments.length, segments_digest: digest })
    .where('id', '=', id)
    .execute()
  work.record({
    kind: 'disposal.done',
    engagementId,
    subject: id,
    role: 'system',
    audience: 'parties',
    facts: { what, segments: segments.length, segmentsDigest: digest },
  })
  return true
}

/** What goes from the rows besides: documents, the words that findings are found by, and the keys themselves. */
async function emptyFile({ db, now }: Work, engagementId: string): Promise<void> {
  const nothing = Buffer.alloc(0)
  await db
    .updateTable('engagements')
    .set({ wrapped_key: nothing, sealed_ca_key: null, traffic_disposed_at: now, file_disposed_at: now })
    .where('id', '=', engagementId)
    .execute()
  await db
    .updateTable('letters')
    .set({ pdf: nothing, docx: nothing })
    .where('engagement_id', '=', engagementId)
    .execute()
  await db.updateTable('reports').set({ pdf: null, docx: null }).where('engagement_id', '=', engagementId).execute()
  await db.deleteFrom('finding_tokens').where('engagement_id', '=', engagementId).execute()
}

/** Carries disposals out as they are ordered. @returns stops it, after the one under way */
export async function startDisposals(deps: Deps, onFault: (error: unknown) => void): Promise<Stop> {
  const carrying = everySoOften(() => carryOutDisposals(deps), lookMs, onFault)
  const listener = await listenTo(deps.settings.databaseUrl, ['zh_disposals'], carrying.now, onFault)
  return async () => {
    await listener.stop()
    await carrying.stop()
  }
}
