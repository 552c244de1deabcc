import { isSealedText, sealToText } from '../sealing/seal.ts'
import type { Deps } from '../work/deps.ts'
import { replyAt } from '../http/idempotency.ts'
import { sealReason } from '../features/account/recovery-routes.ts'
import { letterJudged, proofNoteAt } from '../features/engagements/proofs.ts'
import { type EngagementSealing, sealingOf, stopReasonAt } from '../features/engagements/reads.ts'
import { noteAt } from '../features/findings/reads.ts'
import { sealBasis } from '../features/testers/directory.ts'
import { leaseReasonAt } from '../features/testers/leases.ts'
import { documentAt } from '../work/sealed-documents.ts'
import { type Work, inSystemWork } from '../work/work.ts'

/**
 * Seals what earlier versions kept in the clear: printed documents, notes of rewards, reasons of stop orders, leases and
 * letters, grades' notes, answers kept for idempotency keys.
 * Once, before the server listens; can be killed and run again.
 */
export async function sealWhatWasOpen(deps: Deps): Promise<void> {
  const open = await inSystemWork(deps, async ({ db }) => {
    const { closed_at } = await db.selectFrom('sealing_state').select('closed_at').executeTakeFirstOrThrow()
    return closed_at === null
  })
  if (!open) return
  const engagements = await inSystemWork(deps, ({ db }) =>
    db.selectFrom('engagements').select(['id', 'demand_org_id', 'wrapped_key']).execute(),
  )
  for (const row of engagements) await inSystemWork(deps, (work) => closeEngagement(work, row))
  await inSystemWork(deps, async (work) => {
    await closeReplies(work)
    await closeHouseWords(work)
    await work.db.updateTable('sealing_state').set({ closed_at: work.now }).execute()
  })
}

async function closeEngagement(
  work: Work,
  row: { id: string; demand_org_id: string; wrapped_key: Buffer },
): Promise<void> {
  const sealing = sealingOf(work, row)
  if (sealing.destroyed) return
  for (const table of ['letters', 'reports'] as const)
    for (const form of ['pdf', 'docx'] as const) {
      const found = await work.db
        .selectFrom(table)
        .select(['id', form])
        .where('engagement_id', '=', row.id)
        .where(form, 'is not', null)
        .execute()
      for (const one of found) {
        const bytes = (one as { pdf?: Buffer; docx?: Buffer })[form]
        // A printed document begins with % or P; a sealed value with its form, 2.
        if (!bytes || bytes[0] === 2) continue
        await work.db
          .updateTable(table)
          .set({ [form]: sealing.seal(documentAt(table, form, one.id), bytes) })
          .where('id', '=', one.id)
          .execute()
      }
    }
  const rewards = await work.db
    .selectFrom('rewards')
    .select(['id', 'note', 'version'])
    .where('engagement_id', '=', row.id)
    .where('note', '<>', '')
    .execute()
  await closeReasons(work, row.id, sealing)
  for (const one of rewards.filter((reward) => !isSealedText(reward.note)))
    await work.db
      .updateTable('rewards')
      .set({ note: sealing.sealToText(noteAt(one), one.note) })
      .where('id', '=', one.id)
      .execute()
}

/** Words of the platform's own are kept as they are: lower-case, without a blank. */
const isCode = (text: string): boolean => /^[a-z_]+$/.test(text)

async function closeReasons(work: Work, engagementId: string, sealing: EngagementSealing): Promise<void> {
  const { db } = work
  const { stop } = await db
    .selectFrom('engagements')
    .select('stop')
    .where('id', '=', engagementId)
    .executeTakeFirstOrThrow()
  if (stop && stop.reason !== '')
    await db
      .updateTable('engagements')
      .set({
        stop: JSON.stringify({ ...stop, reason: '' }),
        stop_reason: sealing.sealToText(stopReasonAt(engagementId), stop.reason),
      })
      .where('id', '=', engagementId)
      .execute()
  const leases = await db
    .selectFrom('leases')
    .select(['id', 'reason'])
    .where('engagement_id', '=', engagementId)
    .where('reason', 'is not', null)
    .execute()
  for (const { id, reason } of leases)
    if (reason !== null && !isCode(reason) && !isSealedText(reason))
      await db
        .updateTable('leases')
        .set({ reason: sealing.sealToText(leaseReasonAt(id), reason) })
        .where('id', '=', id)
        .execute()
  const proofs = await db
    .selectFrom('ownership_proofs')
    .select(['id', 'check_result'])
    .where('engagement_id', '=', engagementId)
    .where('method', '=', 'letter')
    .where('note', 'is', null)
    .execute()
  for (const { id, check_result } of proofs)
    if (check_result)
      await db
        .updateTable('ownership_proofs')
        .set({
          note: sealing.sealToText(proofNoteAt(id), check_result.zh.replace(/^组织方：/, '')),
          check_result: JSON.stringify(letterJudged),
        })
        .where('id', '=', id)
        .execute()
}

async function closeHouseWords(work: Work): Promise<void> {
  const testers = await work.db
    .selectFrom('testers')
    .select(['person_id', 'grade_basis'])
    .where('grade_basis', 'is not', null)
    .execute()
  for (const { person_id, grade_basis } of testers)
    if (grade_basis !== null && !isSealedText(grade_basis))
      await work.db
        .updateTable('testers')
        .set({ grade_basis: sealBasis(work, person_id, grade_basis) })
        .where('person_id', '=', person_id)
        .execute()
  for (const { id, reason } of await work.db.selectFrom('factor_releases').select(['id', 'reason']).execute())
    if (!isSealedText(reason))
      await work.db
        .updateTable('factor_releases')
        .set({ reason: sealReason(work, id, reason) })
        .where('id', '=', id)
        .execute()
}

async function closeReplies(work: Work): Promise<void> {
  const keys = work.deps.keys.house('replies')
  const rows = await work.db.selectFrom('idempotency').select(['person_id', 'route', 'key', 'reply']).execute()
  for (const row of rows) {
    if (typeof row.reply === 'object' && row.reply !== null && 'sealed' in row.reply) continue
    const sealed = sealToText(keys, replyAt(row), JSON.stringify(row.reply))
    await work.db
      .updateTable('idempotency')
      .set({ reply: JSON.stringify({ sealed }) })
      .where('person_id', '=', row.person_id)
      .where('route', '=', row.route)
      .where('key', '=', row.key)
      .execute()
  }
}
