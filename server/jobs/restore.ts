import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  isRestoreRequest,
  restoreRequestFile,
  type RestoreRequest,
} from '@zhongheng/contracts/records/restore-request.ts'
import { keyedDigest, seal } from '../sealing/seal.ts'
import type { LedgerPort } from '../ports/ledger.ts'
import type { Deps } from '../work/deps.ts'
import { inSystemWork } from '../work/work.ts'
import { Contradiction, type Divergence } from './divergence.ts'
import { findPlaces, type Lead, nextPlace } from './integrate.ts'

/** What was accepted: recorded as an event, and with its reason in `ledger_restores`. */
export type AcceptedRestore = {
  readonly divergence: Divergence
  /** Places that stay without an event: within [gapFirst, gapEnd), empty where there are none; `lost` entries altogether. */
  readonly gapFirst: number
  readonly gapEnd: number
  readonly lost: number
  readonly reason: string
}

/** What the operator wrote with `heng ledger accept-restore`; null without it or when it cannot be read. */
export async function readRequest(ledger: LedgerPort): Promise<RestoreRequest | null> {
  try {
    const request: unknown = JSON.parse(await readFile(join(ledger.writing.folder, restoreRequestFile), 'utf8'))
    return isRestoreRequest(request) ? request : null
  } catch {
    return null
  }
}

/** An acceptance is for one restore: left lying about it would cover up the next one. */
export const forgetRequest = (ledger: LedgerPort): Promise<void> =>
  rm(join(ledger.writing.folder, restoreRequestFile), { force: true })

/**
 * Goes on after a restore that somebody answers for. What the database lost keeps its places in the log; what the log
 * lost is made again out of the events; what both lost is named by what had been published.
 * @param record makes the event and keeps the reason, in one commit
 * @throws Contradiction where no restore explains what is found
 */
export async function acceptRestore(
  lead: Lead,
  divergence: Divergence,
  reason: string,
  record: (what: AcceptedRestore) => Promise<void>,
): Promise<void> {
  const { log, client } = lead
  const nothing = { divergence, reason, gapFirst: 0, gapEnd: 0, lost: 0 }
  if (divergence.kind === 'database_behind') {
    const { unknown, firstUnknown } = await findPlaces(lead, divergence.first, true)
    return record({ ...nothing, gapFirst: firstUnknown, gapEnd: log.size, lost: unknown })
  }
  if (divergence.kind === 'both_behind') return record({ ...nothing, lost: divergence.lost })
  if (divergence.kind === 'differ') throw new Contradiction(divergence)
  // Written down before the first entry is made again: a crash in between finds the acceptance still there.
  await record(nothing)
  const end = await nextPlace(client)
  while (log.size < end) {
    const { rows } = await client.query<{ place: string; leaf: string }>(
      'select ledger_index as place, leaf from events where ledger_index >= $1 order by ledger_index limit 2048',
      [log.size],
    )
    const whole = rows.every((row, at) => Number(row.place) === log.size + at)
    if (rows.length === 0 || !whole) throw new Contradiction({ ...divergence, kind: 'differ', first: log.size })
    await log.append(rows.map((row) => Buffer.from(row.leaf, 'utf8')))
  }
}

/** Records an accepted restore in the name of the platform. The reason is sealed; the ledger holds its keyed digest. */
export const recordRestore =
  (deps: Deps) =>
  (what: AcceptedRestore): Promise<void> =>
    inSystemWork(deps, async (work) => {
      const { kind, ledger, database, mark } = what.divergence
      const key = deps.keys.house('ledger-restores')
      const reasonDigest = keyedDigest(key, what.reason)
      const id = work.record({
        kind: 'ledger.restored',
        engagementId: null,
        subject: null,
        role: 'system',
        audience: 'house',
        facts: {
          what: kind,
          ledgerSize: ledger,
          databaseSize: database,
          lostFrom: what.divergence.first,
          gapFirst: what.gapFirst,
          gapEnd: what.gapEnd,
          lost: what.lost,
          publishedSize: mark?.size ?? null,
          publishedRoot: mark?.root ?? null,
          reasonDigest,
        },
      })
      await work.db
        .insertInto('ledger_restores')
        .values({
          id,
          at: work.now,
          kind: kind === 'differ' ? 'both_behind' : kind,
          gap_first: what.gapFirst,
          gap_end: what.gapEnd,
          lost: what.lost,
          mark_size: mark?.size ?? null,
          mark_root: mark?.root ?? null,
          reason_digest: reasonDigest,
          sealed_reason: seal(key, { table: 'ledger_restores', column: 'sealed_reason', row: id }, what.reason),
        })
        .execute()
    })
