import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { recordHeadBytes, recordKinds, type SegmentEnd, type SegmentHead, tailBytes } from '../segments/format.ts'
import { Damaged, readEnd, readHead, readStored, withFile } from '../segments/read-segment.ts'

/** What a copy of a sealed segment says of itself, read without its key. */
export type Copy = {
  readonly head: SegmentHead
  readonly end: SegmentEnd
  readonly bytes: number
  /** Hex, of the whole file. */
  readonly sha256: string
}

/**
 * Reads a copy in full: the checksum of every record, their numbers without a gap, and that as many exchanges end in them
 * as the end record says. What the records hold stays sealed.
 * @returns the first thing that is wrong, in words, where anything is
 */
export async function readCopy(path: string): Promise<Copy | { readonly fault: string }> {
  try {
    return await withFile(path, async (file) => {
      const { size } = await file.stat()
      const { head, bytes } = await readHead(file)
      const found = await readEnd(file)
      if (found === null) return { fault: 'the file has no end' }
      let [at, number, ended] = [bytes, 0, 0]
      while (at < size - tailBytes) {
        const record = await readStored(file, at)
        if (record.head.number !== number) return { fault: `record ${number} is missing` }
        if (record.head.kind === recordKinds.batch) ended += record.head.count
        number++
        at += recordHeadBytes + record.head.length
      }
      if (at !== size - tailBytes) return { fault: 'bytes beyond the last record' }
      const counted = found.end.runs.reduce((sum, [, count]) => sum + count, 0)
      if (ended !== found.end.exchanges || counted !== found.end.exchanges)
        return { fault: `${ended} exchanges end in its records, its end says ${found.end.exchanges}` }
      const digest = createHash('sha256')
      for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) digest.update(chunk as Buffer)
      return { head, end: found.end, bytes: size, sha256: digest.digest('hex') }
    })
  } catch (fault) {
    // JSON of a head that checks and is none, or numbers beyond the file.
    if (fault instanceof Damaged || fault instanceof RangeError || fault instanceof SyntaxError)
      return { fault: fault.message }
    throw fault
  }
}
