import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import type { SegmentSeal } from '@zhongheng/contracts/records/capture.ts'
import { type EndEntry, entriesOf, entryKinds, jsonOf } from './entries.ts'
import { recordHeadBytes, recordKinds } from './format.ts'
import { leafHash, leafOf, merkleRoot } from './merkle.ts'
import { Damaged, openRecord, piecesOf, readEnd, readHead, readStored } from './read-segment.ts'
import { segmentKey } from './sealing.ts'

/**
 * Reads a sealed segment again in full, against its seal: length, SHA-256, each record's checksum, number and seal, and
 * the Merkle root over the leaves of the rows it holds.
 * @returns the first thing that is not as it was, in words; null when all is
 */
export async function checkSegment(file: FileHandle, seal: SegmentSeal, dataKey: Uint8Array): Promise<string | null> {
  try {
    const { size } = await file.stat()
    if (size !== seal.bytes) return `length ${size}, sealed at ${seal.bytes}`
    const digest = createHash('sha256')
    for await (const piece of piecesOf(file)) digest.update(piece)
    if (digest.digest('hex') !== seal.sha256) return 'SHA-256 of the file'
    const { head, bytes } = await readHead(file)
    if (head.segmentId !== seal.segmentId || head.engagementId !== seal.engagementId) return 'head of another segment'
    const found = await readEnd(file)
    if (!found) return 'the file is not complete'
    const key = segmentKey(dataKey, head.engagementId, head.segmentId)
    const leaves: string[] = []
    let at = bytes
    for (let number = 0; at <= found.indexOffset; number++) {
      const record = await readStored(file, at)
      if (record.head.number !== number) return `record ${number} is missing`
      const content = openRecord(record.front, record.payload, head, key)
      if (record.head.kind === recordKinds.batch) {
        for (const entry of entriesOf(content)) {
          if (entry.kind === entryKinds.end) leaves.push(leafHash(leafOf(jsonOf<EndEntry>(entry).row)))
        }
      }
      at += recordHeadBytes + record.head.length
    }
    return merkleRoot(leaves) === seal.root ? null : 'Merkle root'
  } catch (fault) {
    if (fault instanceof Damaged || fault instanceof RangeError) return fault.message
    throw fault
  }
}
