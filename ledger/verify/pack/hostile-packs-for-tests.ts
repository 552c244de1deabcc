import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import yazl from 'yazl'
import { contentsOf, forged } from '../../pack/pack-for-tests.ts'
import { canonicalJson } from '@zhongheng/contracts/records/canonical-json.ts'
import { centralHeader, endRecords, layOut, localHeader } from './container.ts'
import { type Manifest, manifestName } from './format.ts'

/** What somebody might hand to a verifier instead of a pack: each is refused with exit code 2. */
export type Hostile = readonly [what: string, make: (pack: Buffer) => Promise<Buffer> | Buffer]

/** Packs what it is given as another program would. */
async function repacked(
  pack: Buffer,
  add: (zip: yazl.ZipFile, name: string, bytes: Buffer) => void,
  more: (zip: yazl.ZipFile) => void = () => undefined,
): Promise<Buffer> {
  const zip = new yazl.ZipFile()
  for (const [name, bytes] of await contentsOf(pack)) add(zip, name, bytes)
  more(zip)
  zip.end()
  const pieces: Buffer[] = []
  for await (const piece of zip.outputStream) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces)
}
const stored = (zip: yazl.ZipFile, name: string, bytes: Buffer): void => zip.addBuffer(bytes, name, { compress: false })

/** One file in our own container, whatever its name and content. */
function container(files: readonly { name: string; bytes: Buffer }[]): Buffer {
  const all = files.map((file) => ({ ...file, size: file.bytes.length, crc32: crc32(file.bytes) }))
  const { offsets, directory } = layOut(all)
  const central = Buffer.concat(all.map((file, at) => centralHeader(file, offsets[at] ?? 0)))
  return Buffer.concat([
    ...all.flatMap((file) => [localHeader(file), file.bytes]),
    central,
    endRecords(all.length, { offset: directory, bytes: central.length }),
  ])
}
const manifestOf = (bytes: Buffer | string): Buffer => container([{ name: manifestName, bytes: Buffer.from(bytes) }])

const patched = (pack: Buffer, at: number, bytes: readonly number[]): Buffer => {
  const copy = Buffer.from(pack)
  for (const [index, byte] of bytes.entries()) copy[at < 0 ? copy.length + at + index : at + index] = byte
  return copy
}
/** The first file's line in the central directory begins here. */
const directoryOf = (pack: Buffer): number => pack.indexOf(Buffer.from('PK\u0001\u0002'))

const withFile =
  (name: string, bytes: string | Buffer | ((before: string) => string)) =>
  (pack: Buffer): Promise<Buffer> =>
    forged(pack, (files) => {
      files.set(name, Buffer.from(typeof bytes === 'function' ? bytes(String(files.get(name))) : bytes))
    })
const without =
  (name: string) =>
  (pack: Buffer): Promise<Buffer> =>
    forged(pack, (files) => files.delete(name))
const withManifest =
  (change: (manifest: Manifest) => object) =>
  (pack: Buffer): Promise<Buffer> =>
    forged(pack, () => undefined, change)
const listed =
  (name: string, size = 0) =>
  (manifest: Manifest) => ({
    files: [
      ...manifest.files,
      { name, size, sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' },
    ],
  })

export const hostilePacks: readonly Hostile[] = [
  ['an empty file', () => Buffer.alloc(0)],
  ['one byte', () => Buffer.from('P')],
  ['a picture', () => Buffer.from('\u0089PNG\r\n\u001a\n'.repeat(500), 'latin1')],
  ['a page of the web', () => Buffer.from('<!doctype html><title>evidence</title>')],
  ['ten megabytes of zeros', () => Buffer.alloc(10 << 20)],
  ['an empty zip', () => Buffer.from(endRecords(0, { offset: 0, bytes: 0 }))],
  ['the beginning of a pack', (pack) => pack.subarray(0, pack.length >> 1)],
  ['a pack without its last byte', (pack) => pack.subarray(0, -1)],
  ['a pack with a byte behind', (pack) => Buffer.concat([pack, Buffer.of(0)])],
  ['a pack with a program in front', (pack) => Buffer.concat([Buffer.from('#!/bin/sh\n'), pack])],
  ['two packs in one file', (pack) => Buffer.concat([pack, pack])],
  ['a zip comment', (pack) => Buffer.concat([patched(pack, -2, [5, 0]), Buffer.from('hello')])],
  ['the same files from another program', (pack) => repacked(pack, stored)],
  [
    'the same files, compressed',
    (pack) => repacked(pack, (zip, name, bytes) => zip.addBuffer(bytes, name, { compress: true })),
  ],
  [
    'a zip bomb: a thousand times its size',
    (pack) =>
      repacked(pack, stored, (zip) => {
        zip.addReadStream(zeros(32 << 20), 'documents/bomb.pdf', { compress: true, size: 32 << 20 })
      }),
  ],
  [
    'a zip bomb for a manifest',
    async () => {
      const zip = new yazl.ZipFile()
      zip.addReadStream(zeros(32 << 20), manifestName, { compress: true })
      zip.end()
      const pieces: Buffer[] = []
      for await (const piece of zip.outputStream) pieces.push(Buffer.from(piece))
      return Buffer.concat(pieces)
    },
  ],
  ['a name twice', (pack) => repacked(pack, stored, (zip) => zip.addBuffer(Buffer.from('x'), 'checkpoint'))],
  [
    'a symbolic link, by another program',
    (pack) =>
      repacked(pack, stored, (zip) => zip.addBuffer(Buffer.from('/etc/passwd'), 'documents/link', { mode: 0o120777 })),
  ],
  ['a symbolic link, by its attributes alone', (pack) => patched(pack, directoryOf(pack) + 40, [0xff, 0xa1])],
  ['an encrypted file, by its flag', (pack) => patched(pack, directoryOf(pack) + 8, [1])],
  ['another method, by its field', (pack) => patched(pack, 8, [8])],
  ['another date', (pack) => patched(pack, 12, [0x22])],
  ['another size in the directory than in the header', (pack) => patched(pack, directoryOf(pack) + 24, [1])],
  ['another name in the directory than in the header', (pack) => patched(pack, directoryOf(pack) + 46, [0x4e])],
  ['a directory that begins elsewhere', (pack) => patched(pack, -6, [1])],
  [
    'a manifest said to have four gigabytes',
    (pack) => patched(patched(pack, 18, [0xf0, 0xff, 0xff, 0xff]), 22, [0xf0, 0xff, 0xff, 0xff]),
  ],
  ['a manifest that is a list', () => manifestOf('[]')],
  ['a manifest that is a number', () => manifestOf('1e400')],
  ['a manifest that is no UTF-8', () => manifestOf(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))],
  ['a manifest nested a million deep', () => manifestOf('['.repeat(1 << 20) + ']'.repeat(1 << 20))],
  [
    'a manifest of a million members',
    () => manifestOf(`{${Array.from({ length: 1e6 }, (_, at) => `"${at}":0`).join(',')}}`),
  ],
  ['a manifest over the limit', () => manifestOf(' '.repeat(17 << 20))],
  [
    'a manifest with blanks',
    async (pack) => manifestOf(JSON.stringify(JSON.parse(await textOf(pack, manifestName)), null, 1)),
  ],
  [
    'a member named twice',
    async (pack) => manifestOf((await textOf(pack, manifestName)).replace('{"about"', '{"about":1,"about"')),
  ],
  ['a member called __proto__', withManifest(() => ({ ['__proto__x']: 1 }))],
  ['another version', withManifest(() => ({ format: 'zhongheng-evidence-pack/9' }))],
  ['a subject that there is not', withManifest((manifest) => ({ about: { ...manifest.about, kind: 'everything' } }))],
  ['a time that there is not', withManifest(() => ({ madeAt: '2026-13-41T00:00:00.000Z' }))],
  ['a tree of 2^60 entries', withManifest((manifest) => ({ log: { ...manifest.log, size: 2 ** 60 } }))],
  ['a tree of minus one entries', withManifest((manifest) => ({ log: { ...manifest.log, size: -1 } }))],
  ['a file that walks', withManifest(listed('documents/../../etc/passwd'))],
  ['a file with an absolute path', withManifest(listed('/etc/passwd'))],
  ['a file of another system', withManifest(listed('documents\\evil.exe'))],
  ['a file with a null in its name', withManifest(listed('documents/a\u0000.pdf'))],
  ['a file in a folder of its own', withManifest(listed('x/y'))],
  [
    'a name that differs only in case',
    withManifest((manifest) => ({
      files: [
        ...manifest.files.slice(0, 1),
        { ...manifest.files[1], name: 'documents/TEST-report.pdf' },
        ...manifest.files.slice(1),
      ],
    })),
  ],
  ['files out of order', withManifest((manifest) => ({ files: [...manifest.files].reverse() }))],
  [
    'a terabyte in the list',
    withManifest((manifest) => ({
      files: manifest.files.map((file, at) => (at === 1 ? { ...file, size: 2 ** 40 } : file)),
    })),
  ],
  [
    'sizes that sum to more than a number holds',
    withManifest((manifest) => ({ files: manifest.files.map((file) => ({ ...file, size: 2 ** 53 - 1 })) })),
  ],
  [
    'a size that is text',
    withManifest((manifest) => ({ files: manifest.files.map((file) => ({ ...file, size: '1' })) })),
  ],
  ['a checkpoint with a broken line', withFile('checkpoint', (text) => `${text}— broken\n`)],
  ['a checkpoint without an empty line', withFile('checkpoint', (text) => text.replace('\n\n', '\n'))],
  [
    'a checkpoint of an absurd size',
    withFile('checkpoint', (text) => text.replace('\n305\n', '\n99999999999999999999\n')),
  ],
  [
    'a checkpoint whose root is no base 64',
    withFile('checkpoint', (text) => text.replace(/\n305\n..../, '\n305\n!!!!')),
  ],
  ['a checkpoint with control characters', withFile('checkpoint', (text) => `\u0007${text}`)],
  ['a checkpoint of a megabyte', withFile('checkpoint', 'x'.repeat(1 << 20))],
  ['no checkpoint', without('checkpoint')],
  ['no entries', without('entries.jsonl')],
  ['no list of what is withheld', without('withheld.json')],
  ['no key', without('keys/log.pem')],
  [
    'a key that is a certificate',
    withFile('keys/log.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
  ],
  ['entries that are no JSON', withFile('entries.jsonl', 'hello\n')],
  ['a line without end', withFile('entries.jsonl', Buffer.alloc(4 << 20, 0x20))],
  ['an entry nested without end', withFile('entries.jsonl', `${'['.repeat(60_000)}\n`)],
  ['an index that is a fraction', withFile('entries.jsonl', (text) => text.replace('"index":300', '"index":300.5'))],
  ['an index of 2^60', withFile('entries.jsonl', (text) => text.replace('"index":304', '"index":1152921504606846976'))],
  ['an entry of another version', withFile('entries.jsonl', (text) => text.replace('"v":1', '"v":2'))],
  ['a last line cut short', withFile('entries.jsonl', (text) => text.slice(0, -1))],
  ['a proof that is no JSON', withFile('exchanges/xch_0/proof.json', 'hello')],
  ['a proof of a megabyte', withFile('exchanges/xch_0/proof.json', `"${'x'.repeat(1 << 20)}"`)],
  [
    'a proof with a number for a hash',
    withFile('exchanges/xch_0/proof.json', (text) => text.replace(/"leafIndex":0/, '"leafIndex":"0"')),
  ],
  ['an exchange without its proof', without('exchanges/xch_0/proof.json')],
  ['a withheld list with a member too many', withFile('withheld.json', canonicalJson({ items: [], more: 1 }))],
]

async function textOf(pack: Buffer, name: string): Promise<string> {
  return String((await contentsOf(pack)).get(name))
}

function zeros(bytes: number): Readable {
  let left = bytes
  const block = Buffer.alloc(1 << 20)
  return new (class extends Readable {
    override _read(): void {
      const size = Math.min(left, block.length)
      left -= size
      this.push(size === 0 ? null : block.subarray(0, size))
    }
  })()
}
