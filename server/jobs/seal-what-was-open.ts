import { isSealedText, sealToText } from '../sealing/seal.ts'
import type { Deps } from '../work/deps.ts'
import { replyAt } from '../http/idempotency.ts'
import { sealingOf } from '../features/engagements/reads.ts'
import { noteAt } from '../features/findings/reads.ts'
import { documentAt } from '../work/sealed-documents.ts'
import { type Work, inSystemWork } from '../work/work.ts'

/**
 * Seals what earlier versions kept in the clear: printed documents, notes of rewards, answers kept for idempotency keys.
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
  for (const one of rewards.filter((reward) => !isSealedText(reward.note)))
    await work.db
      .updateTable('rewards')
      .set({ note: sealing.sealToText(noteAt(one), one.note) })
      .where('id', '=', one.id)
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
