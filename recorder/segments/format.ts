import { crc32 } from 'node:zlib'

/**
 * Layout of a segment file, version 1. Integers are big-endian. `FORMAT.md` tells it to people who write a reader.
 *
 * ```text
 * file    := head record* [ index record, end record, tail ]      the part in brackets once sealed
 * head    := magic 8 "ZHSEG\r\n\x1a" · version u16 · suite u16 · length u32 · JSON SegmentHead · crc u32
 * record  := mark u16 5A48 · kind u8 · codec u8 · length u32 · number u48 · time u48 · first u48 · count u32
 *            · nonce 12 · crc u32 · payload
 * tail    := offset of the index record u64 · magic 8 "ZHSEGEND"
 * ```
 *
 * `length` counts the payload as stored; `number` counts the file's records from 0; `time` is milliseconds since 1970;
 * `first` and `count` tell which feed sequences end in the record; `crc` (CRC-32) covers the record's head before it and the
 * payload. Suite 1: payloads of batch and index records are AES-256-GCM ciphertext and tag; associated data is
 * engagement id, NUL, segment id, NUL and the record's head up to the nonce. Codec 0: the content itself was sealed; codec 1:
 * one frame of zstd was (`compression.ts`).
 */
export const fileMagic = Buffer.from('ZHSEG\r\n\x1a', 'latin1')
export const tailMagic = Buffer.from('ZHSEGEND', 'latin1')
export const formatVersion = 1
export const suiteAes256Gcm = 1
export const fileHeadFixed = 16
export const recordHeadBytes = 48
export const tailBytes = 16
const mark = 0x5a48

export const recordKinds = {
  /** Entries of one turn, sealed. */
  batch: 1,
  /** Where each exchange's records lie, sealed; last before the end record. */
  index: 2,
  /** JSON `SegmentEnd`, in the clear. */
  end: 3,
} as const
export type RecordKind = (typeof recordKinds)[keyof typeof recordKinds]

/** No record's payload is larger (bytes); an index of very many exchanges may reach it, a batch never does. */
export const maxRecordPayload = 256 * 1024 * 1024

/** In the clear at the start of each file. */
export type SegmentHead = {
  readonly segmentId: string
  readonly engagementId: string
  /** Counts the engagement's segments from 1, so that a missing file shows. */
  readonly number: number
  readonly openedAt: string
  /** Tells which data key opens the file, without telling the key. */
  readonly keyCheck: string
  /** The segment before it and the SHA-256 of that whole file: a chain that cannot be shortened in the middle. */
  readonly previous: { readonly segmentId: string; readonly sha256: string } | null
}

/** In the clear at the end of a sealed file: what must be known of it without the key. */
export type SegmentEnd = {
  readonly exchanges: number
  /** 0 when no exchange ended in the segment. */
  readonly firstSequence: number
  readonly lastSequence: number
  readonly root: string
  readonly sealedAt: string
  /** Feed sequences that ended here, as [first, count]. */
  readonly runs: readonly (readonly [number, number])[]
  /** Base64 of 6 bytes per exchange, in leaf order: the beginning of SHA-256 of its id. Finds it without opening the index. */
  readonly prints: string
}

export type RecordHead = {
  readonly kind: number
  readonly codec: number
  readonly length: number
  readonly number: number
  readonly time: number
  readonly first: number
  readonly count: number
}

/** The file's first bytes. */
export function encodeFileHead(head: SegmentHead): Buffer {
  const json = Buffer.from(JSON.stringify(head))
  const bytes = Buffer.alloc(fileHeadFixed + json.length + 4)
  fileMagic.copy(bytes)
  bytes.writeUInt16BE(formatVersion, 8)
  bytes.writeUInt16BE(suiteAes256Gcm, 10)
  bytes.writeUInt32BE(json.length, 12)
  json.copy(bytes, fileHeadFixed)
  bytes.writeUInt32BE(crc32(bytes.subarray(0, -4)), bytes.length - 4)
  return bytes
}

/** Parses the first bytes of a file. @returns null when they are not a whole head of a version we know */
export function decodeFileHead(bytes: Buffer): { readonly head: SegmentHead; readonly bytes: number } | null {
  if (bytes.length < fileHeadFixed || !bytes.subarray(0, 8).equals(fileMagic)) return null
  if (bytes.readUInt16BE(8) !== formatVersion || bytes.readUInt16BE(10) !== suiteAes256Gcm) return null
  const end = fileHeadFixed + bytes.readUInt32BE(12)
  if (bytes.length < end + 4 || crc32(bytes.subarray(0, end)) !== bytes.readUInt32BE(end)) return null
  return { head: JSON.parse(bytes.toString('utf8', fileHeadFixed, end)) as SegmentHead, bytes: end + 4 }
}

/** The 32 bytes of a record's head that are bound into its seal. */
export function encodeRecordHead(head: RecordHead): Buffer {
  const bytes = Buffer.allocUnsafe(32)
  bytes.writeUInt16BE(mark, 0)
  bytes[2] = head.kind
  bytes[3] = head.codec
  bytes.writeUInt32BE(head.length, 4)
  bytes.writeUIntBE(head.number, 8, 6)
  bytes.writeUIntBE(head.time, 14, 6)
  bytes.writeUIntBE(head.first, 20, 6)
  bytes.writeUInt32BE(head.count, 26)
  bytes.writeUInt16BE(0, 30)
  return bytes
}

/** @returns null when the bytes are no record's head */
export function decodeRecordHead(bytes: Buffer, at = 0): RecordHead | null {
  if (bytes.length - at < recordHeadBytes || bytes.readUInt16BE(at) !== mark) return null
  const length = bytes.readUInt32BE(at + 4)
  const kind = bytes[at + 2] ?? 0
  if (length > maxRecordPayload || kind < recordKinds.batch || kind > recordKinds.end) return null
  return {
    kind,
    codec: bytes[at + 3] ?? 0,
    length,
    number: bytes.readUIntBE(at + 8, 6),
    time: bytes.readUIntBE(at + 14, 6),
    first: bytes.readUIntBE(at + 20, 6),
    count: bytes.readUInt32BE(at + 26),
  }
}

/** CRC of a record: over head and nonce (44 bytes) and the payload's parts. */
export function recordCrc(head: Uint8Array, parts: readonly Uint8Array[]): number {
  let crc = crc32(head)
  for (const part of parts) crc = crc32(part, crc)
  return crc
}

/** What a record's seal is bound to besides its content: its engagement, its segment, its place and its kind. */
export const boundData = (engagementId: string, segmentId: string, head: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${engagementId}\0${segmentId}\0`), head])

export function encodeTail(indexOffset: number): Buffer {
  const bytes = Buffer.alloc(tailBytes)
  bytes.writeBigUInt64BE(BigInt(indexOffset), 0)
  tailMagic.copy(bytes, 8)
  return bytes
}

/** @returns the offset of the index record, or null when the bytes are no tail */
export function decodeTail(bytes: Buffer): number | null {
  if (bytes.length !== tailBytes || !bytes.subarray(8).equals(tailMagic)) return null
  return Number(bytes.readBigUInt64BE(0))
}
