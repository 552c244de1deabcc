import { joinBytes, utf8 } from '../bytes.ts'

/**
 * The one zip file that a list of files can make: stored, in the given order, dated 1980-01-01, no comments, no extra
 * fields but the 64-bit sizes where they are needed, nothing before, between or behind. So the verifier works the
 * container out again from its contents and any other byte is a fault.
 */
export type ContainerFile = {
  readonly name: string
  readonly size: number
  readonly crc32: number
}

const limit32 = 0xffff_ffff
const limit16 = 0xffff
const versions = { plain: 20, zip64: 45, unix: 3 << 8 }
const firstOfJanuary1980 = 0x0021
// A regular file that its owner may write and everybody may read.
const attributes = 0o100644 * 0x1_0000

/** Little-endian fields: `[value, bytes]`. */
function fields(...list: readonly (readonly [value: number, bytes: 2 | 4 | 8])[]): Uint8Array {
  const block = new Uint8Array(list.reduce((sum, [, bytes]) => sum + bytes, 0))
  const view = new DataView(block.buffer)
  let at = 0
  for (const [value, bytes] of list) {
    if (bytes === 2) view.setUint16(at, value, true)
    else if (bytes === 4) view.setUint32(at, value, true)
    else view.setBigUint64(at, BigInt(value), true)
    at += bytes
  }
  return block
}

const isBig = (value: number): boolean => value >= limit32
const low32 = (value: number): number => Math.min(value, limit32)

/** 64-bit values that did not fit their 32-bit fields; nothing where all did. */
function extra64(values: readonly number[]): Uint8Array {
  if (values.length === 0) return new Uint8Array(0)
  return joinBytes(fields([1, 2], [values.length * 8, 2]), ...values.map((value) => fields([value, 8])))
}

/** Method 0, no flags, fixed date, checksum, both sizes, length of name and extra: alike in both headers. */
const shared = (file: ContainerFile, nameBytes: number, extraBytes: number, version: number): Uint8Array =>
  fields(
    [version, 2],
    [0, 2],
    [0, 2],
    [0, 2],
    [firstOfJanuary1980, 2],
    [file.crc32, 4],
    [low32(file.size), 4],
    [low32(file.size), 4],
    [nameBytes, 2],
    [extraBytes, 2],
  )

/** What stands before a file's bytes. */
export function localHeader(file: ContainerFile): Uint8Array {
  const name = utf8(file.name)
  const extra = extra64(isBig(file.size) ? [file.size, file.size] : [])
  const version = isBig(file.size) ? versions.zip64 : versions.plain
  return joinBytes(fields([0x0403_4b50, 4]), shared(file, name.length, extra.length, version), name, extra)
}

export const localHeaderBytes = (file: Pick<ContainerFile, 'name' | 'size'>): number =>
  30 + utf8(file.name).length + (isBig(file.size) ? 20 : 0)

/** A file's line in the central directory. @param offset where its local header begins */
export function centralHeader(file: ContainerFile, offset: number): Uint8Array {
  const name = utf8(file.name)
  const extra = extra64([...(isBig(file.size) ? [file.size, file.size] : []), ...(isBig(offset) ? [offset] : [])])
  const version = extra.length > 0 ? versions.zip64 : versions.plain
  return joinBytes(
    fields([0x0201_4b50, 4], [versions.unix | version, 2]),
    shared(file, name.length, extra.length, version),
    fields([0, 2], [0, 2], [0, 2], [attributes, 4], [low32(offset), 4]),
    name,
    extra,
  )
}

/** What ends the container. @param directory where the central directory begins and how long it is */
export function endRecords(files: number, directory: { offset: number; bytes: number }): Uint8Array {
  const end = fields(
    [0x0605_4b50, 4],
    [0, 2],
    [0, 2],
    [Math.min(files, limit16), 2],
    [Math.min(files, limit16), 2],
    [low32(directory.bytes), 4],
    [low32(directory.offset), 4],
    [0, 2],
  )
  if (files < limit16 && !isBig(directory.bytes) && !isBig(directory.offset)) return end
  const end64 = fields(
    [0x0606_4b50, 4],
    [44, 8],
    [versions.unix | versions.zip64, 2],
    [versions.zip64, 2],
    [0, 4],
    [0, 4],
    [files, 8],
    [files, 8],
    [directory.bytes, 8],
    [directory.offset, 8],
  )
  return joinBytes(end64, fields([0x0706_4b50, 4], [0, 4], [directory.offset + directory.bytes, 8], [1, 4]), end)
}

/** Where each file's header begins, and where the central directory does. */
export function layOut(files: readonly Pick<ContainerFile, 'name' | 'size'>[]): {
  offsets: number[]
  directory: number
} {
  const offsets: number[] = []
  let at = 0
  for (const file of files) {
    offsets.push(at)
    at += localHeaderBytes(file) + file.size
  }
  return { offsets, directory: at }
}
