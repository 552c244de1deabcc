import { createReadStream } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { decodeRecordHead, recordHeadBytes, recordKinds } from './format.ts'
import { Damaged, readHead, readStored } from './read-segment.ts'

/** What a walk over an unfinished file found. */
export type Scan = {
  /** Bytes up to the last whole record. */
  readonly goodBytes: number
  readonly records: number
  /** Feed sequences that ended here, as [first, count]. */
  readonly runs: readonly (readonly [number, number])[]
  /** Whether whole records follow the first bad one: then the file was altered or the disk failed, it is no torn tail. */
  readonly damagedInside: boolean
  /** The highest feed sequence in the file, also behind damage: none may be given out a second time. */
  readonly highest: number
  readonly size: number
}

/** Walks the records of a file without a key. @throws Damaged when not even its head is whole */
export async function scanSegment(file: FileHandle, path: string): Promise<Scan> {
  const { bytes } = await readHead(file)
  const { size } = await file.stat()
  const runs: (readonly [number, number])[] = []
  let at = bytes
  let records = 0
  while (at < size) {
    const found = await readStored(file, at).catch((fault: unknown) => {
      if (fault instanceof Damaged) return null
      throw fault
    })
    // An index without its end record behind it is a seal that kill -9 cut short: it is cut too, and made anew.
    if (found?.head.kind !== recordKinds.batch || found.head.number !== records) break
    if (found.head.count > 0) runs.push([found.head.first, found.head.count])
    at += recordHeadBytes + found.head.length
    records += 1
  }
  const behind = await highestBehind(file, path, at, size)
  const last = runs.at(-1)
  const highest = Math.max(last ? last[0] + last[1] - 1 : 0, behind ?? 0)
  return { goodBytes: at, records, runs, damagedInside: behind !== null, highest, size }
}

/** Looks for whole batch records anywhere behind an offset. @returns the highest feed sequence in them, null when there is none */
async function highestBehind(file: FileHandle, path: string, from: number, size: number): Promise<number | null> {
  if (from + recordHeadBytes >= size) return null
  let highest: number | null = null
  let held = Buffer.alloc(0)
  let base = from + 1
  for await (const chunk of createReadStream(path, { start: base, highWaterMark: 1024 * 1024 })) {
    held = Buffer.concat([held, chunk as Buffer])
    for (let at = held.indexOf('ZH'); at >= 0 && at + recordHeadBytes <= held.length; at = held.indexOf('ZH', at + 1)) {
      if (decodeRecordHead(held, at)?.kind !== recordKinds.batch) continue
      const found = await readStored(file, base + at).catch((fault: unknown) => {
        if (fault instanceof Damaged) return null
        throw fault
      })
      if (found) highest = Math.max(highest ?? 0, found.head.count > 0 ? found.head.first + found.head.count - 1 : 0)
    }
    const keep = Math.min(held.length, recordHeadBytes - 1)
    base += held.length - keep
    held = held.subarray(held.length - keep)
  }
  return highest
}
