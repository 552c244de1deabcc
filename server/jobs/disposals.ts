import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { sql } from 'kysely'
import { listenTo } from '../database/listen.ts'
import { inBlocks } from '../database/traffic-blocks.ts'
import { holdsOver } from '../features/retention/reads.ts'
import { attachmentsFolder } from '../features/attachments/reads.ts'
import type { Deps } from '../work/deps.ts'
import { nodesOf, recordersEver } from '../work/nodes.ts'
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
  await eraseTraffic(work, engagementId)
  if (what === 'file') {
    deps.keys.destroy(engagementId, 'file')
    await emptyFile(work, engagementId)
    await db
      .updateTable('engagements')
      .set({ wrapped_key: Buffer.alloc(0), sealed_ca_key: null })
      .where('id', '=', engagementId)
      .execute()
  }
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

/**
 * Destroys the key of the recorded traffic with every copy of it, the recorder's files, and what the index tells of their
 * content. May be repeated.
 */
async function eraseTraffic({ db, deps, now }: Work, engagementId: string): Promise<void> {
  const engagement = await db
    .selectFrom('engagements')
    .select('nodes')
    .where('id', '=', engagementId)
    .executeTakeFirstOrThrow()
  // Every node that has something of it, before its key goes; one that is away keeps the order open.
  for (const recorder of recordersEver(deps, engagement)) await recorder.dispose(engagementId)
  deps.keys.destroy(engagementId, 'traffic')
  const { traffic_blocks: blocks } = await db
    .selectFrom('engagements')
    .select('traffic_blocks')
    .where('id', '=', engagementId)
    .executeTakeFirstOrThrow()
  await db
    .updateTable('exchanges')
    .set({
      // What testers asked for, where, and what the target is tell of the target; digests, times, sizes and states stay.
      host: '',
      path: '',
      address: null,
      content_type: null,
      tunnel: 'null',
      target_fault: null,
      // Which rule refused it stays; its words name the host.
      refusal: sql<string>`case when jsonb_typeof(refusal) = 'object' then jsonb_build_object(
        'code', refusal -> 'code', 'rule', refusal -> 'rule', 'detail', '') else refusal end`,
    })
    .where('engagement_id', '=', engagementId)
    .where(inBlocks('exchanges.sequence', blocks))
    .execute()
  // Keyed words and the digests of marks are numbers nobody can read, but which exchanges share them still tells something.
  await db
    .deleteFrom('exchange_words')
    .where('engagement_id', '=', engagementId)
    .where(inBlocks('exchange_words.sequence', blocks))
    .execute()
  await db.updateTable('alert_hits').set({ digest: '' }).where('engagement_id', '=', engagementId).execute()
  await db.updateTable('engagements').set({ traffic_disposed_at: now }).where('id', '=', engagementId).execute()
}

/** What goes from the rows besides: documents, the words that findings are found by, attached files. May be repeated. */
async function emptyFile({ db, deps, now }: Work, engagementId: string): Promise<void> {
  const nothing = Buffer.alloc(0)
  await db.updateTable('engagements').set({ file_disposed_at: now }).where('id', '=', engagementId).execute()
  await db
    .updateTable('letters')
    .set({ pdf: nothing, docx: nothing })
    .where('engagement_id', '=', engagementId)
    .execute()
  await db.updateTable('reports').set({ pdf: null, docx: null }).where('engagement_id', '=', engagementId).execute()
  await db.deleteFrom('finding_tokens').where('engagement_id', '=', engagementId).execute()
  // Where on which host somebody did what: the alerts themselves are of the file.
  await db.deleteFrom('alert_hits').where('engagement_id', '=', engagementId).execute()
  await rm(attachmentsFolder(deps.settings.dataFolder, engagementId), { recursive: true, force: true })
}

/**
 * Carries out again what a backup of before brought back: rows that say nothing of a disposal, or segment files of it. The
 * mark beside the destroyed share outlives every restore, because `key-shares` is kept in its newest state only.
 * @returns how many engagements these were
 */
export async function repeatDisposals(deps: Deps): Promise<number> {
  const traffic = new Set(deps.keys.destroyed('traffic'))
  const file = new Set(deps.keys.destroyed('file'))
  if (traffic.size === 0) return 0
  // A node that is away is asked again with the next round.
  const asked = await Promise.allSettled(nodesOf(deps).map(({ recorder }) => recorder.status()))
  const back = new Set(asked.flatMap((one) => (one.status === 'fulfilled' ? one.value.engagementsWithoutKey : [])))
  const ids = await inSystemWork(deps, async ({ db }) => {
    const rows = await db
      .selectFrom('engagements')
      .select(['id', 'traffic_disposed_at', 'file_disposed_at'])
      .where('id', 'in', [...traffic])
      .execute()
    return rows
      .filter((row) => back.has(row.id) || !row.traffic_disposed_at || (file.has(row.id) && !row.file_disposed_at))
      .map(({ id }) => id)
  })
  for (const id of ids)
    await inSystemWork(deps, async (work) => {
      // A disposal under way in another server ends first.
      await work.db.selectFrom('engagements').select('id').where('id', '=', id).forUpdate().execute()
      const open = await work.db
        .selectFrom('disposals')
        .select('id')
        .where('engagement_id', '=', id)
        .where('done_at', 'is', null)
        .executeTakeFirst()
      // Killed between the key and its rows: the order itself is carried out to its end.
      if (open) return
      await eraseTraffic(work, id)
      if (file.has(id)) await emptyFile(work, id)
      work.record({
        kind: 'disposal.repeated',
        engagementId: id,
        subject: id,
        role: 'system',
        audience: 'parties',
        facts: { what: file.has(id) ? 'file' : 'traffic' },
      })
    })
  return ids.length
}

/** Carries disposals out as they are ordered. @returns stops it, after the one under way */
export async function startDisposals(deps: Deps, onFault: (error: unknown) => void): Promise<Stop> {
  const carrying = everySoOften(
    async () => {
      await carryOutDisposals(deps)
      await repeatDisposals(deps)
    },
    lookMs,
    onFault,
  )
  const listener = await listenTo(deps.settings.databaseUrl, ['zh_disposals'], carrying.now, onFault)
  return async () => {
    await listener.stop()
    await carrying.stop()
  }
}
