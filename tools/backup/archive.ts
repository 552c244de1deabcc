import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as WebReadable } from 'node:stream/web'
import { createZstdCompress, createZstdDecompress } from 'node:zlib'
import { Decrypter, Encrypter } from 'age-encryption'
import { createTarDecoder, createTarPacker, type TarHeader } from 'modern-tar'
import { Stop } from '../stop.ts'

/**
 * The form of a backup: a tar, compressed by zstd, encrypted by age. `age -d FILE | zstd -d | tar -t` reads it without us.
 * The last entry lists size and SHA-256 of all others, so that a backup which ends early is told from a whole one.
 */
export const digestsName = 'digests.json'
export type Digests = { readonly [path: string]: { readonly size: number; readonly sha256: string } }

/** Who can open a backup: holders of an age identity, or of a passphrase. */
export type Lock = { readonly recipients: readonly string[] } | { readonly passphrase: string }
export type Key = { readonly identities: readonly string[] } | { readonly passphrase: string }

/** Adds one file: its bytes must come to exactly `size`; what is missing of a file that shrank meanwhile becomes zeros. */
export type AddFile = (path: string, mode: number, size: number, bytes: AsyncIterable<Uint8Array>) => Promise<void>

/** Writes a backup into an open, empty file and syncs it. `fill` adds the files one after the other. @returns its size in bytes */
export async function writeArchive(
  file: FileHandle,
  lock: Lock,
  fill: (add: AddFile) => Promise<void>,
): Promise<number> {
  const encrypter = new Encrypter()
  if ('passphrase' in lock) encrypter.setPassphrase(lock.passphrase)
  else for (const recipient of lock.recipients) encrypter.addRecipient(recipient)
  const { readable, controller } = createTarPacker()
  const digests: { [path: string]: { size: number; sha256: string } } = {}
  const packed = pack(controller, digests, fill)
  const compressed = createZstdCompress()
  const compressing = pipeline(Readable.fromWeb(readable as WebReadable), compressed)
  const sealed = await encrypter.encrypt(Readable.toWeb(compressed) as ReadableStream<Uint8Array>)
  let written = 0
  const flowing = pipeline(Readable.fromWeb(sealed as WebReadable), async (source: AsyncIterable<Uint8Array>) => {
    for await (const chunk of source) {
      // Goes on at the file's position, and never stops half-way through a chunk.
      await file.writeFile(chunk)
      written += chunk.length
    }
  })
  // Whichever side fails first says why; the other then ends by itself.
  await Promise.all([packed, compressing, flowing])
  await file.sync()
  return written
}

async function pack(
  controller: ReturnType<typeof createTarPacker>['controller'],
  digests: { [path: string]: { size: number; sha256: string } },
  fill: (add: AddFile) => Promise<void>,
): Promise<void> {
  const put = async (path: string, mode: number, size: number, bytes: AsyncIterable<Uint8Array>): Promise<string> => {
    const hash = createHash('sha256')
    const writer = controller.add({ name: path, size, mode, type: 'file' }).getWriter()
    for await (const chunk of exactly(size, bytes)) {
      hash.update(chunk)
      await writer.write(chunk)
    }
    await writer.close()
    return hash.digest('hex')
  }
  try {
    await fill(async (path, mode, size, bytes) => {
      digests[path] = { size, sha256: await put(path, mode, size, bytes) }
    })
    const list = Buffer.from(JSON.stringify(digests))
    await put(digestsName, 0o600, list.length, once(list))
    controller.finalize()
  } catch (error) {
    controller.error(error)
    throw error
  }
}

// biome-ignore lint/suspicious/useAwait: a list of one, in the form of a stream
export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function* exactly(size: number, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let left = size
  for await (const chunk of bytes) {
    if (left === 0) return
    const part = chunk.length > left ? chunk.subarray(0, left) : chunk
    left -= part.length
    if (part.length > 0) yield part
  }
  for (; left > 0; left -= Math.min(left, zeros.length)) yield zeros.subarray(0, Math.min(left, zeros.length))
}
const zeros = Buffer.alloc(64 * 1024)

/** A backup that cannot be what it says it is. `kind` tells a wrong key from damage. */
export class BadArchive extends Error {
  override readonly name = 'BadArchive'
  readonly kind: 'key' | 'damaged'
  constructor(kind: 'key' | 'damaged', message: string) {
    super(message)
    this.kind = kind
  }
}

/**
 * Reads a backup from its beginning to its end and hands each file over. Names that lead out of their folder, anything but plain
 * files, a name given twice, an early end and a digest that differs are refused.
 * @throws BadArchive
 */
export async function readArchive(
  path: string,
  key: Key,
  each: (path: string, mode: number, bytes: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<Digests> {
  const input = Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>
  const opened = await open(key, input)
  const seen: { [path: string]: { size: number; sha256: string } } = {}
  let listed: Digests | null = null
  try {
    const plain = createZstdDecompress()
    // A fault of either ends the other, and reaches whoever reads `plain`.
    pipeline(Readable.fromWeb(opened as WebReadable), plain).catch(() => undefined)
    const entries = (Readable.toWeb(plain) as ReadableStream<Uint8Array>).pipeThrough(
      createTarDecoder({ strict: true }),
    )
    for await (const { header, body } of entries) {
      if (listed !== null) throw new BadArchive('damaged', 'something comes after the list of digests')
      const name = checkedName(header, seen)
      const bytes = body as unknown as AsyncIterable<Uint8Array>
      if (name === digestsName) {
        listed = JSON.parse(Buffer.concat(await all(bytes)).toString()) as Digests
        continue
      }
      const hash = createHash('sha256')
      let size = 0
      const counted = Transform.from(async function* (): AsyncGenerator<Uint8Array> {
        for await (const chunk of bytes) {
          hash.update(chunk)
          size += chunk.length
          yield chunk
        }
      })
      await each(name, header.mode ?? 0o600, counted as AsyncIterable<Uint8Array>)
      seen[name] = { size, sha256: hash.digest('hex') }
    }
  } catch (error) {
    if (error instanceof BadArchive || error instanceof Stop || isOfTheDisk(error)) throw error
    throw new BadArchive('damaged', error instanceof Error ? error.message : String(error))
  }
  if (listed === null) throw new BadArchive('damaged', 'it ends before the list of digests')
  for (const name of new Set([...Object.keys(seen), ...Object.keys(listed)])) {
    if (seen[name]?.sha256 !== listed[name]?.sha256 || seen[name]?.size !== listed[name]?.size) {
      throw new BadArchive('damaged', `${name} is not as listed`)
    }
  }
  return listed
}

async function open(key: Key, input: ReadableStream<Uint8Array>): Promise<ReadableStream<Uint8Array>> {
  try {
    const decrypter = new Decrypter()
    if ('passphrase' in key) decrypter.addPassphrase(key.passphrase)
    else for (const identity of key.identities) decrypter.addIdentity(identity)
    return await decrypter.decrypt(input)
  } catch (error) {
    if (isOfTheDisk(error)) throw error
    throw new BadArchive('key', error instanceof Error ? error.message : String(error))
  }
}

async function all(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = []
  for await (const chunk of bytes) parts.push(chunk)
  return parts
}

function checkedName(header: TarHeader, seen: Digests): string {
  const { name, type } = header
  if (type !== 'file') throw new BadArchive('damaged', `${name} is no plain file`)
  if (!/^[^/\0\\]+(?:\/[^/\0\\]+)*$/.test(name) || name.split('/').some((part) => part === '.' || part === '..')) {
    throw new BadArchive('damaged', `${JSON.stringify(name)} is no name of a backup`)
  }
  if (Object.hasOwn(seen, name)) throw new BadArchive('damaged', `${name} comes twice`)
  return name
}

/** A full or unwritable disk is not the backup's fault. */
const isOfTheDisk = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && typeof error.syscall === 'string'
