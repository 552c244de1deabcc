import type { ConsistencyFile, ReceiptFile, ReceiptLine } from '@zhongheng/contracts/http/receipts.ts'
import type { LedgerLeaf } from '@zhongheng/contracts/records/ledger-leaf.ts'
import { describeEvent } from '@zhongheng/domain/audit/describe-event.ts'
import { kindsWithoutReceipt } from '@zhongheng/domain/audit/receipts.ts'
import { badField, Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { openKeysFile } from '@zhongheng/ledger/verify/keys-file.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { notFound } from '../../http/problems.ts'
import type { Reference } from '../../http/registry.ts'
import type { LedgerPort } from '../../ports/ledger.ts'
import type { Work } from '../../work/work.ts'

type EventRow = Selectable<Database['events']>

/** An event that this reader's row policies show: their own house's, or one of which they are a party. */
export const eventRef: Reference<EventRow> = {
  about: 'receipt',
  async load(work, id) {
    const row = await work.db.selectFrom('events').selectAll().where('id', '=', id).executeTakeFirst()
    if (!row) throw notFound()
    return row
  },
}

/** What this person did and may prove, newest first. */
export async function myReceipts(
  work: Work,
  page: { after?: string | undefined; limit: number },
): Promise<{ receipts: ReceiptLine[]; next: string | null }> {
  let query = work.db
    .selectFrom('events')
    .leftJoin('engagements', 'engagements.id', 'events.engagement_id')
    .select([
      'events.seq',
      'events.id',
      'events.at',
      'events.kind',
      'events.subject',
      'events.leaf',
      'events.ledger_index',
      'events.engagement_id',
      'engagements.title',
    ])
    .where('events.actor', '=', work.actor.personId)
    .where('events.kind', 'not in', [...kindsWithoutReceipt])
    .orderBy('events.seq', 'desc')
    .limit(page.limit + 1)
  if (page.after && /^\d{1,18}$/.test(page.after)) query = query.where('events.seq', '<', page.after)
  const rows = await query.execute()
  const shown = rows.slice(0, page.limit)
  return {
    receipts: shown.map((row) => ({
      eventId: row.id,
      at: row.at.toISOString(),
      kind: row.kind,
      text: describeEvent(row.kind, (JSON.parse(row.leaf) as LedgerLeaf).facts),
      engagementId: row.engagement_id,
      engagementTitle: row.title,
      subject: row.subject,
      ledgerIndex: row.ledger_index === null ? null : Number(row.ledger_index),
    })),
    next: rows.length > page.limit ? (shown.at(-1)?.seq ?? null) : null,
  }
}

/** @throws Problem wrong_state RECEIPT-1 while the entry is not durably in the ledger */
export async function receiptOf(work: Work, event: EventRow): Promise<ReceiptFile> {
  const { ledger } = work.deps
  const index = event.ledger_index === null ? null : Number(event.ledger_index)
  if (index !== null) await ledger.cover(index)
  if (index !== null) await ledger.cover(index)
  const size = ledger.size()
  const checkpoint = ledger.checkpoint()
  const key = ledger.verifierKey
  if (index === null || index >= size)
    throw new Problem(
      'wrong_state',
      say('条目正在写入账本，请一秒后再取回执', 'the entry is on its way into the ledger; ask again in a second'),
      { rule: 'RECEIPT-1', retryAfter: 1 },
    )
  return {
    format: 'zhongheng-receipt/1',
    entry: { index, leaf: event.leaf },
    proof: await ledger.inclusionProof(index, size),
    checkpoint,
    key,
    ...(await changedKeys(ledger, size)),
    names: await namesIn(work, event),
    madeAt: work.now.toISOString(),
  }
}

/**
 * The key history, once there is more than one key to know: somebody who noted the first fingerprint checks by it. None
 * where it does not reach this head, because a key cannot sign just now.
 */
async function changedKeys(ledger: LedgerPort, size: number): Promise<{ keys?: string }> {
  const { keys } = await ledger.keys.historyAt(size)
  if (keys.filter((key) => key.begunAt !== null).length < 2) return {}
  const bytes = await ledger.keysFile()
  const history = bytes === undefined ? undefined : openKeysFile(nodeCrypto, bytes)
  if (bytes === undefined || history === undefined || !('keys' in history) || history.size < size) return {}
  return { keys: Buffer.from(bytes).toString('utf8') }
}

async function namesIn(work: Work, event: EventRow): Promise<ReceiptFile['names']> {
  const actor = await work.db.selectFrom('persons').select('name').where('id', '=', event.actor).executeTakeFirst()
  const engagement = event.engagement_id
    ? await work.db.selectFrom('engagements').select('number').where('id', '=', event.engagement_id).executeTakeFirst()
    : undefined
  const finding = event.subject?.startsWith('fnd_')
    ? await work.db.selectFrom('findings').select('number').where('id', '=', event.subject).executeTakeFirst()
    : undefined
  return {
    act: describeEvent(event.kind, (JSON.parse(event.leaf) as LedgerLeaf).facts),
    actor: actor?.name ?? event.actor,
    engagement: engagement?.number ?? null,
    subject: finding?.number ?? event.subject,
  }
}

/** The newest head and the proof that it goes on from the tree of `from` entries. @throws Problem malformed beyond the ledger's end */
export async function consistencyFrom(work: Work, from: number): Promise<ConsistencyFile> {
  const { ledger } = work.deps
  const size = ledger.size()
  const checkpoint = ledger.checkpoint()
  if (from > size)
    throw badField(
      'query.from',
      say(`不大于 ${size}`, `at most ${size}`),
      say('请填写账本已有的条目数', 'give a number of entries that the ledger has'),
    )
  return {
    format: 'zhongheng-consistency/1',
    from,
    proof: await ledger.consistencyProof(from, size),
    checkpoint,
    ...(await changedKeys(ledger, size)),
  }
}
