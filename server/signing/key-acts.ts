import type { Json } from '@zhongheng/contracts/records/canonical-json.ts'
import type { LedgerLeaf } from '@zhongheng/contracts/records/ledger-leaf.ts'
import { introductionOf } from '@zhongheng/ledger/log/key-acts.ts'
import {
  isKeyHistory,
  type KeyAct,
  type KeyActKind,
  keyActKinds,
  type KeyHistory,
  keyHistoryOf,
  type KnownKey,
} from '@zhongheng/ledger/verify/key-history.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { sql } from 'kysely'
import type { OpenDatabase } from '../database/open.ts'
import type { BareWork, Db } from '../work/work.ts'
import { type CheckpointSigner, KeyError } from './checkpoint-signer.ts'
import { keyFingerprint } from './key-files.ts'
import type { KeyEntries, LedgerKeys } from './ledger-keys.ts'

/** Spelled as in the index `events_of_keys`: parameters would keep the planner from using it. */
const isAboutKeys = sql<boolean>`kind in (${sql.join(keyActKinds.map((kind) => sql.lit(kind)))})`

const readEntries = <T>(database: OpenDatabase, task: (db: Db) => Promise<T>): Promise<T> =>
  database.kysely.transaction().execute(async (db) => {
    await sql`select set_config('role', 'zh_system', true)`.execute(db)
    return task(db)
  })

/** Reads the entries about keys that have their place in the ledger. */
export const keyEntriesIn = (database: OpenDatabase): KeyEntries => ({
  acts: (from, to) =>
    readEntries(database, async (db) => {
      const rows = await db
        .selectFrom('events')
        .select(['ledger_index', 'leaf'])
        .where(isAboutKeys)
        .where('ledger_index', '>=', String(from))
        .where('ledger_index', '<', String(to))
        .orderBy('ledger_index')
        .execute()
      return rows.map((row) => ({ index: Number(row.ledger_index), leaf: JSON.parse(row.leaf) as LedgerLeaf }))
    }),
  announcementOf: (fingerprint) =>
    readEntries(database, async (db) => {
      const row = await db
        .selectFrom('events')
        .select('ledger_index')
        .where('subject', '=', fingerprint)
        .where('kind', '=', 'key.announced')
        .orderBy('seq')
        .executeTakeFirst()
      return row === undefined || row.ledger_index === null ? null : Number(row.ledger_index)
    }),
})

/** What is to be entered about keys, in this order and in one commit. */
export type PlannedAct =
  | { readonly act: 'introduce'; readonly key: CheckpointSigner; readonly by: CheckpointSigner | null }
  | { readonly act: 'begin' | 'end'; readonly key: string }
  | { readonly act: 'revoke'; readonly key: string; readonly upTo: number; readonly reason: 'stolen' | 'lost' }

/**
 * Records acts about the ledger's keys as events. Each must follow from those before it, also from those that were
 * committed a moment ago and have no place in the ledger yet. @returns the events' ids
 * @throws KeyError malformed when one does not follow
 */
export async function recordKeyActs(
  work: Pick<BareWork, 'db' | 'record'>,
  origin: string,
  planned: readonly PlannedAct[],
): Promise<string[]> {
  await oneAtATime(work.db)
  const before = await actsSoFar(work.db)
  const acts: KeyAct[] = [...before]
  const ids: string[] = []
  for (const one of planned) {
    const { kind, key, facts } = await written(origin, one)
    ids.push(work.record({ kind, engagementId: null, subject: key, role: 'system', audience: 'house', facts }))
    const leaf: LedgerLeaf = {
      v: 1,
      id: '',
      at: '',
      kind,
      engagementId: null,
      subject: key,
      actor: '',
      role: '',
      facts,
    }
    acts.push({ index: Math.max(lowest, acts.at(-1)?.index ?? 0) + 1, leaf })
  }
  mustHold(origin, acts)
  return ids
}

/** What the entries about keys say, those without a place in the ledger included. @throws KeyError malformed */
export async function keysSoFar(work: Pick<BareWork, 'db' | 'record'>, origin: string): Promise<KeyHistory> {
  return mustHold(origin, await actsSoFar(work.db))
}

/** Records the first key of the ledger, and the one for manifests, unless the history has begun. @throws KeyError where that key cannot sign */
export async function beginKeyHistory(
  work: Pick<BareWork, 'db' | 'record'>,
  keys: Pick<LedgerKeys, 'origin' | 'signersAt' | 'installation'>,
): Promise<void> {
  await oneAtATime(work.db)
  if ((await keysSoFar(work, keys.origin)).keys.length > 0) return
  const [first] = await keys.signersAt(0)
  if (first === undefined) return
  await recordKeyActs(work, keys.origin, [
    { act: 'introduce', key: first, by: null },
    { act: 'begin', key: keyFingerprint(first.publicKey) },
  ])
  const fingerprint = keyFingerprint((await keys.installation()).signer.publicKey)
  work.record({
    kind: 'key.announced',
    engagementId: null,
    subject: fingerprint,
    role: 'system',
    audience: 'house',
    facts: { fingerprint },
  })
}

export const isSigning = (key: KnownKey): boolean =>
  key.begunAt !== null && key.endedAt === null && key.revoked === null

/** Of two operators, or of two servers that start at once, the second sees what the first has done. */
const oneAtATime = (db: Db) => sql`select pg_advisory_xact_lock(727004)`.execute(db)

/** Places that are still to be given are beyond every size that a revocation could name. */
const lowest = 2 ** 52

async function actsSoFar(db: Db): Promise<KeyAct[]> {
  const rows = await db
    .selectFrom('events')
    .select(['ledger_index', 'leaf'])
    .where(isAboutKeys)
    .orderBy('ledger_index', (order) => order.asc().nullsLast())
    .orderBy('seq')
    .execute()
  return rows.map((row, at) => ({
    index: row.ledger_index === null ? lowest + at : Number(row.ledger_index),
    leaf: JSON.parse(row.leaf) as LedgerLeaf,
  }))
}

function mustHold(origin: string, acts: readonly KeyAct[]): KeyHistory {
  const found = keyHistoryOf(nodeCrypto, origin, Number.MAX_SAFE_INTEGER, acts)
  if (isKeyHistory(found)) return found
  throw new KeyError('malformed', `不可如此：${found.what.zh}`, `this cannot be: ${found.what.en}`)
}

async function written(
  origin: string,
  one: PlannedAct,
): Promise<{ kind: KeyActKind; key: string; facts: { readonly [name: string]: Json } }> {
  switch (one.act) {
    case 'introduce': {
      const facts = await introductionOf(origin, one.key, one.by)
      return { kind: 'ledger.key_introduced', key: keyFingerprint(one.key.publicKey), facts }
    }
    case 'begin':
      return { kind: 'ledger.key_begun', key: one.key, facts: { key: one.key } }
    case 'end':
      return { kind: 'ledger.key_ended', key: one.key, facts: { key: one.key } }
    case 'revoke': {
      const { key, upTo, reason } = one
      return { kind: 'ledger.key_revoked', key, facts: { key, upTo, reason } }
    }
  }
}
