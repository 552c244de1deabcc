import { type FileHandle, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { type Batch, bundleBytes, countOf, encodeInto, readBatch } from './batch.ts'
import { syncPath } from './files.ts'
import { LedgerError } from './ledger-error.ts'

/**
 * The journal: what makes an append durable with one fsync. A file holds records, one for each append: head (magic,
 * payload length, first index, count, CRC-32 of head and payload) and payload (an entry bundle). Its name carries the
 * index that it begins at, always a multiple of 256, so that everything before stands in full tiles.
 */
const magic = 0x5a48_4c31
const headBytes = 28

/** What one append writes: the whole record, and the entries in it. */
export type JournalRecord = { readonly bytes: Buffer; readonly first: number; readonly batch: Batch }

export function encodeRecord(first: number, leaves: readonly Uint8Array[]): JournalRecord {
  const bytes = Buffer.allocUnsafeSlow(headBytes + bundleBytes(leaves))
  return sealed(bytes, first, encodeInto(bytes.subarray(headBytes), leaves))
}

function sealed(bytes: Buffer, first: number, batch: Batch): JournalRecord {
  bytes.writeUInt32BE(magic, 0)
  bytes.writeBigUInt64BE(BigInt(batch.bytes.length), 4)
  bytes.writeBigUInt64BE(BigInt(first), 12)
  bytes.writeUInt32BE(countOf(batch), 20)
  bytes.writeUInt32BE(checksum(bytes), 24)
  return { bytes, first, batch }
}

/** The record at `offset` and where it ends; undefined for a torn or altered one. */
function decodeRecord(file: Buffer, offset: number): (JournalRecord & { end: number }) | undefined {
  if (offset + headBytes > file.length) return undefined
  const end = offset + headBytes + Number(file.readBigUInt64BE(offset + 4))
  if (file.readUInt32BE(offset) !== magic || end > file.length) return undefined
  const bytes = file.subarray(offset, end)
  if (bytes.readUInt32BE(24) !== checksum(bytes)) return undefined
  const batch = readBatch(bytes.subarray(headBytes))
  if (!batch.whole || countOf(batch) !== bytes.readUInt32BE(20)) return undefined
  return { bytes, first: Number(bytes.readBigUInt64BE(12)), batch, end }
}

const checksum = (record: Buffer): number => crc32(record.subarray(headBytes), crc32(record.subarray(0, 24)))

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

  /**
   * Begins a file at `start` with the entries that no full bundle holds yet; durable when it returns.
   * @param temporary where it is prepared @param mayStill is asked before it takes its place; throwing leaves things as they are
   */
  static async begin(
    folder: string,
    start: number,
    carried: Batch,
    temporary: string,
    mayStill: () => void,
  ): Promise<JournalFile> {
    const path = join(folder, nameOf(start))
    const file = await open(temporary, 'w')
    try {
      const record = Buffer.concat([Buffer.alloc(headBytes), carried.bytes])
      const bytes = countOf(carried) === 0 ? Buffer.alloc(0) : sealed(record, start, carried).bytes
      await file.writeFile(bytes)
      await file.datasync()
      mayStill()
      await rename(temporary, path)
      await syncPath(folder)
      return new JournalFile(path, file, bytes.length)
    } catch (error) {
      await file.close()
      throw error
    }
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
