import { attachmentLimits, hostileLimits } from '@zhongheng/domain/attachments/limits.ts'
import yauzl from 'yauzl'
import { Refused } from './examined.ts'

/** Archives within archives that are looked into; what lies deeper is refused. */
const deepest = 3
/** Unpacked bytes of inner archives that are held while they are listed. */
const mostInner = attachmentLimits.bytes

/** What is left to spend for one file, whatever it holds within itself. */
type Budget = { entries: number; unpacked: number }

/**
 * Lists an archive and those within it. Nothing is written anywhere; only inner archives are unpacked, in memory, to be listed too.
 * @returns how many entries there are
 * @throws Refused for names that lead out of a folder, links, more than is sane, an archive that contradicts itself
 */
export async function listArchive(bytes: Buffer): Promise<number> {
  const budget = { entries: hostileLimits.entries, unpacked: hostileLimits.unpackedBytes }
  await list(bytes, 1, budget)
  return hostileLimits.entries - budget.entries
}

async function list(bytes: Buffer, depth: number, budget: Budget): Promise<void> {
  const zip = await open(bytes)
  // Said at the end of the file: no need to walk through a million to know.
  if (zip.entryCount > budget.entries) throw new Refused('too_many_entries')
  const seen = new Set<string>()
  let unpacked = 0
  for await (const entry of entriesOf(zip)) {
    if (--budget.entries < 0) throw new Refused('too_many_entries')
    checkEntry(entry, seen)
    unpacked += entry.uncompressedSize
    budget.unpacked -= entry.uncompressedSize
    const packed = Math.max(entry.compressedSize, 64)
    if (budget.unpacked < 0 || entry.uncompressedSize / packed > hostileLimits.ratio)
      throw new Refused('unpacks_to_too_much')
    if (!nameOf(entry).endsWith('/') && !entry.isEncrypted() && entry.uncompressedSize > 0)
      await lookInside(zip, entry, depth, budget)
  }
  if (unpacked / Math.max(bytes.length, 1024) > hostileLimits.ratio) throw new Refused('unpacks_to_too_much')
}

async function lookInside(zip: yauzl.ZipFile, entry: yauzl.Entry, depth: number, budget: Budget): Promise<void> {
  const parts: Buffer[] = []
  let size = 0
  for await (const chunk of contentOf(zip, entry)) {
    parts.push(chunk)
    size += chunk.length
    // Its first bytes say whether it is an archive; the others are of no interest.
    if (size >= 4 && !isArchive(Buffer.concat(parts.slice(0, 4)))) return
    if (size > mostInner) throw new Refused('unpacks_to_too_much')
  }
  const inner = Buffer.concat(parts)
  if (!isArchive(inner)) return
  if (depth >= deepest) throw new Refused('too_deep')
  await list(inner, depth + 1, budget)
}

const isArchive = (bytes: Buffer): boolean => bytes.length >= 4 && bytes.readUInt32BE(0) === 0x504b0304

/** Names are taken as bytes: which characters they are does not matter for where they lead. */
function checkEntry(entry: yauzl.Entry, seen: Set<string>): void {
  const name = nameOf(entry)
  if (/[\0\\]|^[a-z]:|^\//i.test(name) || name.split('/').includes('..')) throw new Refused('leads_out')
  // Unix mode in the upper half: a link leads wherever its contents say.
  const mode = (entry.externalFileAttributes >>> 16) & 0o170000
  if (mode !== 0 && mode !== 0o100000 && mode !== 0o040000) throw new Refused('links')
  if (seen.has(name)) throw new Refused('broken_archive')
  seen.add(name)
}

const nameOf = (entry: yauzl.Entry): string => entry.fileNameRaw.toString('latin1')

async function open(bytes: Buffer): Promise<yauzl.ZipFile> {
  try {
    return await yauzl.fromBufferPromise(bytes, { lazyEntries: true, decodeStrings: false })
  } catch {
    throw new Refused('broken_archive')
  }
}

async function* entriesOf(zip: yauzl.ZipFile): AsyncGenerator<yauzl.Entry> {
  try {
    yield* zip.eachEntry()
  } catch (error) {
    throw error instanceof Refused ? error : new Refused('broken_archive')
  }
}

async function* contentOf(zip: yauzl.ZipFile, entry: yauzl.Entry): AsyncGenerator<Buffer> {
  try {
    yield* (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>
  } catch (error) {
    throw error instanceof Refused ? error : new Refused('broken_archive')
  }
}
