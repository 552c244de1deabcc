import { sameBytes, toHex } from '../bytes.ts'
import type { VerifyCrypto } from '../crypto.ts'
import { centralHeader, type ContainerFile, endRecords, layOut, localHeader, localHeaderBytes } from './container.ts'
import { asWrong, malformedPack, PackError } from './fault.ts'
import { byName, isPackName, type Manifest, manifestName, packLimits, signatureName } from './format.ts'
import type { PackReader } from './pack-reader.ts'
import { readManifest } from './shapes.ts'

const pieceBytes = 256 << 10
const signatureBytes = 64

type Placed = {
  readonly name: string
  readonly size: number
  readonly sha256: string | undefined
  readonly offset: number
}

/**
 * A pack whose manifest was read and whose container has exactly the length that the manifest gives it. Every byte of
 * it is compared on the way: headers with what the contents make of them, contents with the manifest's digests.
 */
export type OpenedContainer = {
  readonly manifest: Manifest
  readonly manifestBytes: Uint8Array
  readonly signature: Uint8Array
  /** A small file of the manifest, checked against its digest; undefined when the manifest does not list it. */
  readSmall(name: string, limit: number): Promise<Uint8Array | undefined>
  /** Goes through every file in order; `visit` may take the pieces of each. @throws PackError at the first bad byte */
  walk(visit: (name: string) => ((piece: Uint8Array) => void) | undefined, done: (name: string) => void): Promise<void>
}

/** @throws PackError when this is no pack, is cut, or has a byte too many */
export async function openContainer(crypto: VerifyCrypto, reader: PackReader): Promise<OpenedContainer> {
  const manifestBytes = await readFirst(crypto, reader)
  const manifest = readManifest(manifestBytes)
  const body = localHeaderBytes({ name: manifestName, size: manifestBytes.length })
  if (manifest === undefined) {
    throw malformedPack(manifestName, '不是规范的证据包清单', 'not the canonical manifest of an evidence pack', {
      offset: body,
    })
  }
  mustListGoodFiles(manifest)
  const listed = [
    { name: manifestName, size: manifestBytes.length, sha256: undefined },
    { name: signatureName, size: signatureBytes, sha256: undefined },
    ...manifest.files,
  ]
  const { offsets, directory } = layOut(listed)
  const files: Placed[] = listed.map((file, at) => ({ ...file, offset: offsets[at] ?? 0 }))
  mustHaveLength(reader, files, directory)
  const read = (file: Placed): Promise<Uint8Array> => reader.read(file.offset + localHeaderBytes(file), file.size)
  const [, signatureFile] = files
  if (signatureFile === undefined) throw new Error('the layout lacks the signature')
  return {
    manifest,
    manifestBytes,
    signature: await read(signatureFile),
    readSmall: async (name, limit) => {
      const file = files.find((one) => one.name === name)
      if (file?.sha256 === undefined) return undefined
      if (file.size > limit) throw tooLarge(name, limit)
      const bytes = await read(file)
      if (toHex(crypto.sha256(bytes)) !== file.sha256) throw altered(file)
      return bytes
    },
    walk: (visit, done) => walk(crypto, reader, files, directory, visit, done),
  }
}

async function readFirst(crypto: VerifyCrypto, reader: PackReader): Promise<Uint8Array> {
  const headBytes = localHeaderBytes({ name: manifestName, size: 0 })
  const head = reader.size < headBytes ? undefined : await reader.read(0, headBytes)
  const view = head === undefined ? undefined : new DataView(head.buffer, head.byteOffset, head.byteLength)
  const [crc32, size] = [view?.getUint32(14, true) ?? 0, view?.getUint32(18, true) ?? 0]
  if (head === undefined)
    throw malformedPack('zip', '文件过短，不是证据包', 'too short to be an evidence pack', { offset: 0 })
  const expected = localHeader({ name: manifestName, size, crc32 })
  mustEqual(head, expected.subarray(0, headBytes), 0, 'zip')
  if (size > packLimits.manifestBytes) throw tooLarge(manifestName, packLimits.manifestBytes)
  if (headBytes + size > reader.size) {
    throw malformedPack(manifestName, '文件在清单中途结束', 'the file ends within the manifest', {
      offset: reader.size,
    })
  }
  const bytes = await reader.read(headBytes, size)
  if (crypto.crc32(bytes, 0) !== crc32) {
    throw new PackError(
      manifestName,
      '清单内容与其压缩包头中的校验和不符',
      'its content does not fit the checksum in its zip header',
      {
        offset: headBytes,
      },
    )
  }
  return bytes
}

function mustListGoodFiles({ files }: Manifest): void {
  if (files.length > packLimits.files) throw malformedPack(manifestName, '文件过多', 'it lists too many files')
  const folded = new Set<string>()
  let before: { name: string } | undefined
  for (const file of files) {
    if (!isPackName(file.name))
      throw malformedPack(manifestName, `不允许的文件名：${file.name}`, `a name that no pack may hold: ${file.name}`)
    if (folded.has(file.name.toLowerCase()))
      throw malformedPack(manifestName, `文件名重复：${file.name}`, `the name ${file.name} stands in it twice`)
    if (before !== undefined && byName(before, file) >= 0)
      throw malformedPack(manifestName, '文件未按名称排序', 'its files are not in order')
    folded.add(file.name.toLowerCase())
    before = file
  }
}

function mustHaveLength(reader: PackReader, files: readonly Placed[], directory: number): void {
  let bytes = 0
  for (const file of files) bytes += centralHeader({ ...file, crc32: 0 }, file.offset).length
  const whole = directory + bytes + endRecords(files.length, { offset: directory, bytes }).length
  if (whole > packLimits.bytes) throw tooLarge('zip', packLimits.bytes)
  if (whole === reader.size) return
  if (whole < reader.size) {
    throw malformedPack(
      'zip',
      `末尾多出 ${reader.size - whole} 字节`,
      `${reader.size - whole} bytes too many at the end`,
      { offset: whole },
    )
  }
  // Name the file within which a cut pack ends.
  const cut = files.findLast((file) => file.offset < reader.size)
  const name = reader.size >= directory ? 'zip' : (cut?.name ?? 'zip')
  throw malformedPack(
    name,
    `文件被截断，缺 ${whole - reader.size} 字节`,
    `the pack is cut: ${whole - reader.size} bytes are missing`,
    {
      offset: reader.size,
    },
  )
}

async function walk(
  crypto: VerifyCrypto,
  reader: PackReader,
  files: readonly Placed[],
  directory: number,
  visit: (name: string) => ((piece: Uint8Array) => void) | undefined,
  done: (name: string) => void,
): Promise<void> {
  const sums: ContainerFile[] = []
  for (const file of files) {
    const headBytes = localHeaderBytes(file)
    const head = await reader.read(file.offset, headBytes)
    const written = new DataView(head.buffer, head.byteOffset).getUint32(14, true)
    mustEqual(head, localHeader({ ...file, crc32: written }), file.offset, file.name)
    const crc32 = await walkContent(crypto, reader, file, visit(file.name))
    if (crc32 !== written) {
      throw new PackError(file.name, '压缩包头中的校验和被改动', 'the checksum in its zip header was changed', {
        offset: file.offset + 14,
      })
    }
    sums.push({ name: file.name, size: file.size, crc32 })
    done(file.name)
  }
  let at = directory
  for (const [number, sum] of sums.entries()) {
    const expected = centralHeader(sum, files[number]?.offset ?? 0)
    mustEqual(await reader.read(at, expected.length), expected, at, 'zip')
    at += expected.length
  }
  const end = endRecords(files.length, { offset: directory, bytes: at - directory })
  mustEqual(await reader.read(at, end.length), end, at, 'zip')
}

/** @returns the content's CRC-32 */
async function walkContent(
  crypto: VerifyCrypto,
  reader: PackReader,
  file: Placed,
  take: ((piece: Uint8Array) => void) | undefined,
): Promise<number> {
  const begin = file.offset + localHeaderBytes(file)
  const hash = crypto.startSha256()
  let crc32 = 0
  // A file that cannot be read is altered if its digest is not the manifest's, and malformed by its maker otherwise.
  let unread: PackError | undefined
  for (let at = 0; at < file.size; at += pieceBytes) {
    const piece = await reader.read(begin + at, Math.min(pieceBytes, file.size - at))
    hash.update(piece)
    crc32 = crypto.crc32(piece, crc32)
    try {
      if (unread === undefined) take?.(piece)
    } catch (error) {
      if (!(error instanceof PackError) || !error.malformed) throw error
      unread = error
    }
  }
  const isAltered = file.sha256 !== undefined && toHex(hash.digest()) !== file.sha256
  if (unread !== undefined) throw isAltered ? asWrong(unread) : unread
  if (isAltered) throw altered(file)
  return crc32
}

function mustEqual(found: Uint8Array, expected: Uint8Array, offset: number, file: string): void {
  if (sameBytes(found, expected)) return
  let at = 0
  while (found[at] === expected[at]) at++
  const isStart = offset === 0 && at < 4
  throw malformedPack(
    file,
    isStart ? '不是证据包：不以清单的压缩包头开始' : `压缩包结构在第 ${offset + at} 字节处被改动`,
    isStart
      ? 'not an evidence pack: it does not begin with the zip header of a manifest'
      : `the zip structure is altered at byte ${offset + at}`,
    { offset: offset + at },
  )
}

const altered = (file: Placed): PackError =>
  new PackError(file.name, '内容与清单中的摘要不符', 'its content does not have the digest that the manifest gives', {
    offset: file.offset + localHeaderBytes(file),
  })

const tooLarge = (name: string, limit: number): PackError =>
  malformedPack(name, `超过 ${limit} 字节的上限`, `over the limit of ${limit} bytes`)
