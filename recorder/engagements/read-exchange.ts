import type { KeyObject } from 'node:crypto'
import type { ExchangeProof } from '@zhongheng/contracts/records/capture.ts'
import type { Seals } from '../feed/seals.ts'
import { type EndEntry, entriesOf, entryKinds, jsonOf } from '../segments/entries.ts'
import { auditPath, leafHash, leafOf, merkleRoot } from '../segments/merkle.ts'
import { Damaged, readSealed } from '../segments/read-segment.ts'
import { segmentKey } from '../segments/sealing.ts'
import { type IndexedExchange, placeOf } from '../segments/segment-index.ts'
import type { EngagementRecord } from './engagement-record.ts'
import type { Direction } from './open-exchange.ts'
import { ReadRefusal } from './refusal.ts'
import { type SegmentFile, withSegment } from './segment-file.ts'

export type Place = { readonly file: SegmentFile; readonly indexed: IndexedExchange }

/** Finds the segment with an exchange's latest entries. @throws ReadRefusal not_found · Damaged */
export async function findExchange(record: EngagementRecord, exchangeId: string): Promise<Place> {
  for (const file of record.files.toReversed()) {
    const inOpen = file.open?.exchanges.get(exchangeId)
    if (inOpen && (inOpen.sequence !== null || record.exchanges.has(exchangeId))) return { file, indexed: inOpen }
    if (file.open) continue
    for (const place of file.mayHold(exchangeId)) {
      const indexed = (await record.indexes.of(file, record.dataKey)).finished[place]
      if (indexed?.exchangeId === exchangeId) return { file, indexed }
    }
  }
  throw new ReadRefusal('not_found', 'no such exchange')
}

/** What was told of a finished exchange. @throws ReadRefusal not_found, while it has not ended · Damaged */
export async function readEndEntry(record: EngagementRecord, { file, indexed }: Place): Promise<EndEntry> {
  const offset = indexed.records.at(-1)
  if (indexed.sequence === null || offset === undefined)
    throw new ReadRefusal('not_found', 'the exchange has not ended')
  const batch = await withSegment(file, (handle) => readSealed(handle, offset, file.head, keyOf(record, file)))
  for (const entry of entriesOf(batch)) {
    if (entry.stream === indexed.stream && entry.kind === entryKinds.end) return jsonOf<EndEntry>(entry)
  }
  throw new Damaged('no end where the index says')
}

/** The bytes of one direction exactly as they came, in pieces of at most about 256 KiB. @throws Damaged on the way */
export async function* readBytes(record: EngagementRecord, place: Place, direction: Direction): AsyncGenerator<Buffer> {
  for (const { file, indexed } of await partsOf(record, place)) {
    const key = keyOf(record, file)
    const handle = await file.bytes()
    try {
      for (const offset of indexed.records) {
        for (const entry of entriesOf(await readSealed(handle, offset, file.head, key))) {
          if (entry.stream === indexed.stream && entry.kind === entryKinds[direction]) yield entry.bytes
        }
      }
    } finally {
      await handle.close()
    }
  }
}

/** The proof of a finished exchange; its segment is sealed first when it is open. @throws ReadRefusal · Damaged */
export async function proveExchange(
  record: EngagementRecord,
  seals: Seals,
  exchangeId: string,
): Promise<ExchangeProof> {
  let place = await findExchange(record, exchangeId)
  if (place.indexed.sequence === null) throw new ReadRefusal('not_found', 'the exchange has not ended')
  if (place.file.open) {
    if (place.file.open === record.current) await record.seal()
    else await record.settled()
    place = await findExchange(record, exchangeId)
  }
  const { row, requestSalt, responseSalt } = await readEndEntry(record, place)
  const segment = seals.of(place.file.id)
  if (!segment) throw new ReadRefusal('unavailable', 'the segment’s seal is not durable yet')
  const { finished } = await record.indexes.of(place.file, record.dataKey)
  const leaves = finished.map((one) => one.leaf ?? '')
  const leafIndex = placeOf(finished, row.sequence)
  const leaf = leafOf(row)
  if (leaves[leafIndex] !== leafHash(leaf) || merkleRoot(leaves) !== segment.root) {
    throw new Damaged('the segment’s content is not what was sealed')
  }
  return { leaf, segment, leafIndex, path: auditPath(leaves, leafIndex), requestSalt, responseSalt }
}

/** Rows (JSON) of a segment by feed sequence, null where the file no longer gives them. */
export async function readRows(
  record: EngagementRecord,
  file: SegmentFile,
  first: number,
  count: number,
): Promise<(string | null)[]> {
  const rows: (string | null)[] = Array.from({ length: count }, () => null)
  const offsets = await orNull(async () => {
    const { finished } = await record.indexes.of(file, record.dataKey)
    const wanted = finished.filter(({ sequence }) => sequence !== null && sequence >= first && sequence < first + count)
    return new Set(wanted.map(({ records }) => records.at(-1) ?? 0))
  })
  if (!offsets) return rows
  await orNull(() =>
    withSegment(file, async (handle) => {
      for (const offset of offsets) {
        const batch = await orNull(() => readSealed(handle, offset, file.head, keyOf(record, file)))
        for (const entry of batch ? entriesOf(batch) : []) {
          if (entry.kind !== entryKinds.end) continue
          const { row } = jsonOf<EndEntry>(entry)
          if (row.sequence >= first && row.sequence < first + count) rows[row.sequence - first] = JSON.stringify(row)
        }
      }
    }),
  )
  return rows
}

/** Only damage becomes null: a passing fault of the system must not be told as a gap in the record. */
async function orNull<T>(task: () => Promise<T>): Promise<T | null> {
  try {
    return await task()
  } catch (fault) {
    if (fault instanceof Damaged) return null
    throw fault
  }
}

/** The segments an exchange lies in, oldest first. */
async function partsOf(record: EngagementRecord, place: Place): Promise<Place[]> {
  const parts = [place]
  let from = place.indexed.from
  while (from !== null) {
    const id = from
    const file = record.files.find((one) => one.id === id)
    if (!file) throw new Damaged(`segment ${id} is missing`)
    const { exchangeId } = place.indexed
    const index = await record.indexes.of(file, record.dataKey)
    const indexed = index.unfinished.find((one) => one.exchangeId === exchangeId)
    if (!indexed) throw new Damaged(`segment ${id} does not hold what was carried on from it`)
    parts.unshift({ file, indexed })
    from = indexed.from
  }
  return parts
}

const keyOf = (record: EngagementRecord, file: SegmentFile): KeyObject => segmentKey(record.dataKey, record.id, file.id)
