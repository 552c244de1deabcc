import { type FileHandle, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { decodeBundle, encodeBundle } from '../verify/layout.ts'
import { syncPath } from './files.ts'
import { LedgerError } from './ledger-error.ts'

/**
 * The journal: what makes an append durable with one fsync. A file holds records, one for each append: head (magic,
 * payload length, first index, count, CRC-32 of head and payload) and payload (an entry bundle). Its name carries the
 * index that it begins at, always a multiple of 256, so that everything before stands in full tiles.
 */
const magic = 0x5a48_4c31
const headBytes = 28

export type JournalRecord = { readonly first: number; readonly leaves: readonly Uint8Array[] }

export function encodeRecord(first: number, leaves: readonly Uint8Array[]): Uint8Array {
  const payload = encodeBundle(leaves)
  const record = new Uint8Array(headBytes + payload.length)
  const view = new DataView(record.buffer)
  view.setUint32(0, magic)
  view.setBigUint64(4, BigInt(payload.length))
  view.setBigUint64(12, BigInt(first))
  view.setUint32(20, leaves.length)
  record.set(payload, headBytes)
  view.setUint32(24, checksum(record))
  return record
}

/** The record at `offset` and where it ends; undefined for a torn or altered one. */
function decodeRecord(file: Uint8Array, offset: number): (JournalRecord & { end: number }) | undefined {
  if (offset + headBytes > file.length) return undefined
  const view = new DataView(file.buffer, file.byteOffset + offset)
  const end = offset + headBytes + Number(view.getBigUint64(4))
  if (view.getUint32(0) !== magic || end > file.length) return undefined
  const record = file.subarray(offset, end)
  if (view.getUint32(24) !== checksum(record)) return undefined
  const { leaves, whole } = decodeBundle(record.subarray(headBytes))
  if (!whole || leaves.length !== view.getUint32(20)) return undefined
  return { first: Number(view.getBigUint64(12)), leaves, end }
}

const checksum = (record: Uint8Array): number => crc32(record.subarray(headBytes), crc32(record.subarray(0, 24)))

/** The leaves that a record carries, as views into it: they cannot be changed by whoever appended them. */
export const leavesOf = (record: Uint8Array): Uint8Array[] => decodeBundle(record.subarray(headBytes)).leaves

const nameOf = (start: number): string => `journal-${String(start).padStart(16, '0')}`

/** The journal files of a folder, oldest first. */
export async function journalFiles(folder: string): Promise<{ path: string; start: number }[]> {
  const names = (await readdir(folder)).filter((name) => /^journal-\d{16}$/.test(name)).sort()
  return names.map((name) => ({ path: join(folder, name), start: Number(name.slice(8)) }))
}

/**
 * Reads a journal file's records. A torn end is what an append that was never acknowledged leaves behind and is left
 * out; a broken record with a good one behind it is damage, because every record was durable before the next began.
 * @throws LedgerError damaged
 */
export async function readJournal(path: string): Promise<JournalRecord[]> {
  const file = await readFile(path)
  const records: JournalRecord[] = []
  let offset = 0
  for (let record = decodeRecord(file, 0); record !== undefined; record = decodeRecord(file, offset)) {
    records.push(record)
    offset = record.end
  }
  const mark = Buffer.alloc(4)
  mark.writeUInt32BE(magic)
  for (let at = file.indexOf(mark, offset + 1); at >= 0; at = file.indexOf(mark, at + 1)) {
    if (decodeRecord(file, at) === undefined) continue
    throw new LedgerError(
      'damaged',
      `日志文件 ${path} 在第 ${offset} 字节处损坏，其后仍有完整记录`,
      `journal ${path} is damaged at byte ${offset}, with whole records behind it`,
    )
  }
  return records
}

/** One journal file, open for appending. */
export class JournalFile {
  readonly path: string
  readonly #file: FileHandle
  #bytes: number

  private constructor(path: string, file: FileHandle, bytes: number) {
    this.path = path
    this.#file = file
    this.#bytes = bytes
  }

  /** Begins a file at `start` with the leaves that no full bundle holds yet; durable when it returns. */
  static async begin(folder: string, start: number, carried: readonly Uint8Array[]): Promise<JournalFile> {
    const path = join(folder, nameOf(start))
    const file = await open(`${path}.tmp`, 'w')
    const record = carried.length === 0 ? new Uint8Array(0) : encodeRecord(start, carried)
    await file.writeFile(record)
    await file.datasync()
    await rename(`${path}.tmp`, path)
    await syncPath(folder)
    return new JournalFile(path, file, record.length)
  }

  get bytes(): number {
    return this.#bytes
  }

  /**
   * Writes a record and waits until it is on the disk. @throws LedgerError unavailable, when the disk refused and
   * nothing was kept; any other error means that the state of the disk is unknown
   */
  async append(record: Uint8Array): Promise<void> {
    try {
      const { bytesWritten } = await this.#file.write(record, 0, record.length, this.#bytes)
      if (bytesWritten !== record.length) throw new Error(`${bytesWritten} of ${record.length} bytes written`)
    } catch (cause) {
      await this.#file.truncate(this.#bytes)
      throw new LedgerError('unavailable', '账本磁盘拒绝写入', 'the disk refused a write to the ledger', cause)
    }
    await this.#file.datasync()
    this.#bytes += record.length
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  async remove(): Promise<void> {
    await this.close()
    await rm(this.path)
  }
}
