import type { KeyObject } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { expanded } from './compression.ts'
import {
  boundData,
  decodeFileHead,
  decodeRecordHead,
  decodeTail,
  fileHeadFixed,
  recordCrc,
  type RecordHead,
  recordHeadBytes,
  recordKinds,
  type SegmentEnd,
  type SegmentHead,
  tailBytes,
} from './format.ts'
import { openSealed } from './sealing.ts'
import type { SegmentIndex } from './segment-index.ts'

/** Bytes of the record are not as they were written: cut, altered, moved from another place, or under another key. */
export class Damaged extends Error {
  override readonly name = 'Damaged'
}

/** The largest head we write is far below. */
const longestHead = 4096

/** Reads the head of a segment file. @throws Damaged */
export async function readHead(file: FileHandle): Promise<{ readonly head: SegmentHead; readonly bytes: number }> {
  const bytes = await readAt(file, 0, Math.min(longestHead, (await file.stat()).size))
  const decoded = bytes.length < fileHeadFixed ? null : decodeFileHead(bytes)
  if (!decoded) throw new Damaged('no segment head')
  return decoded
}

/** What stands at the end of a complete file; null when it was not finished. @throws Damaged when it is there and wrong */
export async function readEnd(
  file: FileHandle,
): Promise<{ readonly end: SegmentEnd; readonly indexOffset: number } | null> {
  const { size } = await file.stat()
  if (size < tailBytes) return null
  const indexOffset = decodeTail(await readAt(file, size - tailBytes, tailBytes))
  if (indexOffset === null) return null
  const index = await readRecordHead(file, indexOffset)
  if (index.kind !== recordKinds.index) throw new Damaged('the tail does not point to an index')
  const endOffset = indexOffset + recordHeadBytes + index.length
  const { head, payload } = await readStored(file, endOffset)
  if (head.kind !== recordKinds.end || endOffset + recordHeadBytes + head.length + tailBytes !== size) {
    throw new Damaged('no end record where it belongs')
  }
  return { end: JSON.parse(payload.toString('utf8')) as SegmentEnd, indexOffset }
}

/** Opens the index of a complete file. @throws Damaged */
export async function readIndex(file: FileHandle, from: SegmentHead, key: KeyObject): Promise<SegmentIndex> {
  const found = await readEnd(file)
  if (!found) throw new Damaged('the file is not complete')
  return JSON.parse((await readSealed(file, found.indexOffset, from, key)).toString('utf8')) as SegmentIndex
}

/** Content of the sealed record at an offset. @throws Damaged */
export async function readSealed(file: FileHandle, offset: number, from: SegmentHead, key: KeyObject): Promise<Buffer> {
  const { front, payload } = await readStored(file, offset)
  return openRecord(front, payload, from, key)
}

/** Opens a record that was read, and unpacks it. @param front its head of 48 bytes @throws Damaged */
export function openRecord(front: Buffer, payload: Buffer, from: SegmentHead, key: KeyObject): Buffer {
  return unpacked(front, opened(front, payload, from, key))
}

function opened(front: Buffer, payload: Buffer, from: SegmentHead, key: KeyObject): Buffer {
  try {
    return openSealed(
      key,
      front.subarray(32, 44),
      boundData(from.engagementId, from.segmentId, front.subarray(0, 32)),
      payload,
    )
  } catch (cause) {
    throw new Damaged('the record’s seal does not hold', { cause })
  }
}

function unpacked(front: Buffer, content: Buffer): Buffer {
  try {
    return expanded(front[3] ?? 0, content)
  } catch (cause) {
    throw new Damaged('the record’s content cannot be unpacked', { cause })
  }
}

/** A record as it lies on the disk, its checksum compared. @throws Damaged */
export async function readStored(
  file: FileHandle,
  offset: number,
): Promise<{ readonly head: RecordHead; readonly front: Buffer; readonly payload: Buffer }> {
  const front = await readAt(file, offset, recordHeadBytes)
  const head = decodeRecordHead(front)
  if (!head) throw new Damaged(`no record at ${offset}`)
  if (offset + recordHeadBytes + head.length > (await file.stat()).size) throw new Damaged(`record at ${offset} is cut`)
  const payload = await readAt(file, offset + recordHeadBytes, head.length)
  if (payload.length < head.length || recordCrc(front.subarray(0, 44), [payload]) !== front.readUInt32BE(44)) {
    throw new Damaged(`checksum of the record at ${offset}`)
  }
  return { head, front, payload }
}

async function readRecordHead(file: FileHandle, offset: number): Promise<RecordHead> {
  const head = decodeRecordHead(await readAt(file, offset, recordHeadBytes))
  if (!head) throw new Damaged(`no record at ${offset}`)
  return head
}

/** All bytes of an open file from its beginning, in pieces that are good until the next one is asked for. */
export async function* piecesOf(file: FileHandle): AsyncGenerator<Buffer> {
  const piece = Buffer.allocUnsafe(1 << 20)
  for (let at = 0; ; ) {
    const { bytesRead } = await file.read(piece, 0, piece.length, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield piece.subarray(0, bytesRead)
  }
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  let at = 0
  while (at < length) {
    const { bytesRead } = await file.read(bytes, at, length - at, offset + at)
    if (bytesRead === 0) break
    at += bytesRead
  }
  return bytes.subarray(0, at)
}

/** Opens a segment file for reading. @throws Damaged when it is gone; other faults of the system pass through */
export async function openForReading(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
      throw new Damaged('the segment file is missing', { cause })
    }
    throw cause
  }
}

/** Runs a task with the file open for reading. @throws Damaged when the file is gone */
export async function withFile<T>(path: string, task: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await openForReading(path)
  try {
    return await task(file)
  } finally {
    await file.close()
  }
}
