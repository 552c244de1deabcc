import { createHash, type Hash } from 'node:crypto'
import { constants, copyFileSync, createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { ExchangeHead, SegmentSeal } from '@zhongheng/contracts/records/capture.ts'
import type { Seals } from '../feed/seals.ts'
import type { Disk } from '../segments/disk.ts'
import { type CarriedEntry, type EndEntry, entriesOf, entryKinds, jsonOf } from '../segments/entries.ts'
import { recordHeadBytes } from '../segments/format.ts'
import { leafHash, leafOf } from '../segments/merkle.ts'
import { OpenSegment } from '../segments/open-segment.ts'
import { Damaged, openRecord, readEnd, readHead, readStored, withFile } from '../segments/read-segment.ts'
import { scanSegment } from '../segments/scan-segment.ts'
import { segmentKey } from '../segments/sealing.ts'
import type { IndexedExchange } from '../segments/segment-index.ts'
import type { EngagementRecord } from './engagement-record.ts'
import { OpenExchange } from './open-exchange.ts'
import { openEnding, type SegmentFile } from './segment-file.ts'

type Untold = { readonly head: ExchangeHead; segmentId: string; lastAt: number }

export const damagedEnding = '.damaged'

/**
 * Takes up what a kill left behind: cuts the torn tail, completes seals, ends exchanges whose end is missing (declared as
 * recovered), and seals the segment. May be run again when it fails half-way.
 * @returns file names of damaged files that were put aside
 * @throws what the disk throws
 */
export async function recoverRecord(record: EngagementRecord, disk: Disk, seals: Seals): Promise<string[]> {
  const damaged: string[] = []
  const untold = new Map<string, Untold>()
  const left = record.files.filter((file) => file.path.endsWith(openEnding))
  for (const file of left) {
    const end = await withFile(file.path, readEnd)
    const scan = await withFile(file.path, (handle) => scanSegment(handle, file.path))
    const walked = await walk(file, record, scan.goodBytes, untold)
    if (!end && (scan.damagedInside || walked.goodBytes < scan.goodBytes)) {
      // Whole records behind a broken one, or one whose seal does not hold: that is no torn tail. What is cut is kept aside.
      const aside = `${file.path}${damagedEnding}`
      copyFileSync(file.path, aside, constants.COPYFILE_FICLONE)
      damaged.push(aside)
    }
    if (end) {
      const { size } = await stat(file.path)
      const seal: SegmentSeal = {
        segmentId: file.id,
        engagementId: record.id,
        exchanges: end.end.exchanges,
        firstSequence: end.end.firstSequence,
        lastSequence: end.end.lastSequence,
        bytes: size,
        sha256: (await hashOf(file.path, size)).digest('hex'),
        root: end.end.root,
        sealedAt: end.end.sealedAt,
      }
      await seals.add(seal)
      file.ended(end.end)
      file.rename()
      record.follows(seal)
      continue
    }
    const out = disk.resume(file.path, walked.goodBytes)
    const { records, hash, exchanges, finished } = walked
    const known = { records, hash, exchanges, finished }
    record.resume(file, OpenSegment.resume(file.head, file.path, record.dataKey, out, known))
    // Only the last file may be unfinished; where a power cut left two, the earlier one is completed first.
    if (file !== left.at(-1)) await record.seal()
  }
  for (const { head, segmentId } of untold.values()) {
    const exchange = new OpenExchange(head)
    exchange.segmentId = segmentId
    record.exchanges.set(head.exchangeId, exchange)
  }
  for (const { head, lastAt } of untold.values()) {
    await record.endUntold(head.exchangeId, new Date(lastAt).toISOString(), 'recorder_lost')
  }
  record.flush()
  await record.seal()
  return damaged
}

type Walked = {
  /** Bytes and records up to the first whose seal does not hold. */
  readonly goodBytes: number
  readonly records: number
  readonly hash: Hash
  readonly exchanges: readonly IndexedExchange[]
  readonly finished: readonly IndexedExchange[]
}

/** Opens every record up to `wholeBytes` and learns what the lost memory knew. */
async function walk(
  file: SegmentFile,
  record: EngagementRecord,
  wholeBytes: number,
  untold: Map<string, Untold>,
): Promise<Walked> {
  const key = segmentKey(record.dataKey, record.id, file.id)
  const byStream = new Map<number, IndexedExchange>()
  const finished: IndexedExchange[] = []
  let records = 0
  const goodBytes = await withFile(file.path, async (handle) => {
    let at = (await readHead(handle)).bytes
    while (at < wholeBytes) {
      const { head, front, payload } = await readStored(handle, at)
      let batch: Buffer
      try {
        batch = openRecord(front, payload, file.head, key)
      } catch (fault) {
        if (fault instanceof Damaged) return at
        throw fault
      }
      for (const entry of entriesOf(batch)) {
        let indexed = byStream.get(entry.stream)
        if (entry.kind === entryKinds.open || entry.kind === entryKinds.carried) {
          const carried = entry.kind === entryKinds.carried ? jsonOf<CarriedEntry>(entry) : null
          const told = carried?.head ?? jsonOf<ExchangeHead>(entry)
          const { exchangeId } = told
          const from = carried?.from ?? null
          indexed = { exchangeId, stream: entry.stream, from, records: [], sequence: null, leaf: null }
          byStream.set(entry.stream, indexed)
          untold.set(exchangeId, { head: told, segmentId: file.id, lastAt: head.time })
        }
        if (!indexed) continue
        if (indexed.records.at(-1) !== at) indexed.records.push(at)
        const still = untold.get(indexed.exchangeId)
        if (still && entry.kind !== entryKinds.carried) still.lastAt = head.time
        if (entry.kind === entryKinds.end) {
          const { row } = jsonOf<EndEntry>(entry)
          indexed.sequence = row.sequence
          indexed.leaf = leafHash(leafOf(row))
          finished.push(indexed)
          untold.delete(indexed.exchangeId)
        }
      }
      at += recordHeadBytes + head.length
      records += 1
    }
    return at
  })
  const hash = await hashOf(file.path, goodBytes)
  return { goodBytes, records, hash, exchanges: [...byStream.values()], finished }
}

async function hashOf(path: string, bytes: number): Promise<Hash> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { end: bytes - 1 })) hash.update(chunk as Buffer)
  return hash
}
