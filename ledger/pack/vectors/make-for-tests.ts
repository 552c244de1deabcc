import { createHash, createPrivateKey } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Manifest } from '../../verify/pack/format.ts'
import { ed25519Signer, type Signer } from '../../log/signer.ts'
import { fingerprint } from '../../verify/keys.ts'
import { nodeCrypto } from '../../verify/node-crypto.ts'
import { forged, inputOf, logOf, packed, recordedProofs, report, sent, storyOf } from '../pack-for-tests.ts'

/** What a verifier must answer: 0 it holds, 1 it was judged and is wrong, 2 it cannot be judged. */
export type Vector = {
  readonly file: string
  readonly sha256: string
  readonly exit: 0 | 1 | 2
  /** The file in the pack, or `zip` for the container, at which a verifier should point. */
  readonly fault: string | null
  /** Index of the entry concerned. */
  readonly entry: number | null
  readonly why: string
}

export type Vectors = {
  readonly format: 'zhongheng-evidence-pack/1'
  /** Fingerprint of the key that signed log and manifests. Whoever reads this knows the private half as well. */
  readonly fingerprint: string
  readonly vectors: readonly Vector[]
}

/** A key that everybody can make: its seed is the SHA-256 of a text. */
export function keyOf(text: string): Signer {
  const seed = createHash('sha256').update(text).digest()
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  return ed25519Signer(key.export({ type: 'pkcs8', format: 'pem' }).toString())
}

const signer = keyOf('zhongheng test vectors: log')
const stranger = keyOf('zhongheng test vectors: stranger')
const auditor = keyOf('zhongheng test vectors: auditor')

type Make = (pack: Buffer) => Promise<Buffer> | Buffer
type Case = readonly [
  file: string,
  exit: Vector['exit'],
  fault: string | null,
  entry: number | null,
  why: string,
  make: Make,
]

const flipped =
  (text: string): Make =>
  (pack) => {
    const bytes = Buffer.from(pack)
    const at = bytes.indexOf(text)
    if (at < 0) throw new Error(`${text} is not in the pack`)
    bytes[at + text.length - 1] = (bytes[at + text.length - 1] ?? 0) ^ 1
    return bytes
  }
/** Changed, listed with its new digest and signed again: only what it says is wrong. */
const resigned =
  (name: string, from: string, to: string): Make =>
  (pack) =>
    forged(
      pack,
      (files) => {
        const before = String(files.get(name))
        if (!before.includes(from)) throw new Error(`${name} has no ${from}`)
        files.set(name, Buffer.from(before.replace(from, to)))
      },
      undefined,
      signer,
    )
const withFiles =
  (change: (files: Map<string, Buffer>) => void): Make =>
  (pack) =>
    forged(pack, change, undefined, signer)
const withManifest =
  (change: (manifest: Manifest) => object): Make =>
  (pack) =>
    forged(pack, () => undefined, change, signer)
const lines = (change: (lines: string[]) => string[]): Make =>
  withFiles((files) => {
    const before = String(files.get('entries.jsonl')).trimEnd().split('\n')
    files.set('entries.jsonl', Buffer.from(`${change(before).join('\n')}\n`))
  })
const patched =
  (at: number, bytes: readonly number[]): Make =>
  (pack) => {
    const copy = Buffer.from(pack)
    for (const [number, byte] of bytes.entries()) copy[at < 0 ? copy.length + at + number : at + number] = byte
    return copy
  }
const directory = (pack: Buffer): number => pack.indexOf(Buffer.from('PK\u0001\u0002'))

const cases: readonly Case[] = [
  [
    'whole.zip',
    0,
    null,
    null,
    'a finding that cites two exchanges; of one the response is withheld and said so',
    (pack) => pack,
  ],
  [
    'again.zip',
    0,
    null,
    null,
    'the same contents, laid out and signed again: the same bytes',
    withFiles(() => undefined),
  ],
  ['flip-entry.zip', 1, 'entries.jsonl', 42, 'one bit of an entry: its digest is not the manifest’s', flipped('fnd_1')],
  ['flip-request.zip', 1, 'exchanges/xch_2/request.bin', null, 'one bit of recorded bytes', flipped('GET /orders/2')],
  ['flip-document.zip', 1, 'documents/test-report.pdf', null, 'one bit of a document', flipped('%PDF-1.7')],
  [
    'flip-manifest.zip',
    1,
    'manifest.json',
    null,
    'one bit of the time of making: the signature does not hold',
    flipped('madeAt":"2026'),
  ],
  [
    'manifest-by-stranger.zip',
    1,
    'manifest.sig',
    null,
    'the manifest was signed by another key than the pack names',
    (pack) => forged(pack, () => undefined, undefined, stranger),
  ],
  [
    'actor-changed.zip',
    1,
    'entries.jsonl',
    42,
    'another actor in an entry, listed and signed anew: its proof leads elsewhere',
    resigned(
      'entries.jsonl',
      '"actor":"per_lin","at":"2026-11-21T05:00:00.000Z","engagementId":"eng_01jd0000000000000000000001","facts":{"cites"',
      '"actor":"per_liu","at":"2026-11-21T05:00:00.000Z","engagementId":"eng_01jd0000000000000000000001","facts":{"cites"',
    ),
  ],
  [
    'index-changed.zip',
    1,
    'entries.jsonl',
    45,
    'an entry with another’s index',
    resigned('entries.jsonl', '{"index":44,', '{"index":45,'),
  ],
  [
    'checkpoint-size.zip',
    1,
    'checkpoint',
    null,
    'the checkpoint says one entry more than was signed',
    resigned('checkpoint', '\n45\n', '\n46\n'),
  ],
  [
    'request-changed.zip',
    1,
    'exchanges/xch_0/request.bin',
    null,
    'a request of the same length, listed anew: not what the leaf’s digest was taken of',
    resigned('exchanges/xch_0/request.bin', 'GET', 'PUT'),
  ],
  [
    'status-changed.zip',
    1,
    'exchanges/xch_0/proof.json',
    null,
    'another status in the record: its path does not lead to the sealed root',
    resigned('exchanges/xch_0/proof.json', '"status":500', '"status":200'),
  ],
  [
    'document-unbound.zip',
    1,
    'documents/letter.pdf',
    null,
    'a document that no entry of the pack binds',
    withFiles((files) => files.set('documents/letter.pdf', Buffer.from('%PDF-1.7 letter'))),
  ],
  [
    'cited-missing.zip',
    1,
    'entries.jsonl',
    42,
    'a cited exchange is neither there nor declared as withheld',
    withFiles((files) => {
      for (const name of files.keys()) if (name.startsWith('exchanges/xch_0/')) files.delete(name)
    }),
  ],
  [
    'withheld-unsaid.zip',
    1,
    'exchanges/xch_2/proof.json',
    null,
    'a side is missing and nothing says that it was withheld',
    withFiles((files) => files.set('withheld.json', Buffer.from('{"items":[]}'))),
  ],
  ['empty.zip', 2, 'zip', null, 'no bytes at all', () => Buffer.alloc(0)],
  ['half.zip', 2, 'entries.jsonl', null, 'the first half', (pack) => pack.subarray(0, pack.length >> 1)],
  ['byte-behind.zip', 2, 'zip', null, 'a byte behind the end', (pack) => Buffer.concat([pack, Buffer.of(0)])],
  [
    'program-in-front.zip',
    2,
    'zip',
    null,
    'something in front, which zip programs pass over',
    (pack) => Buffer.concat([Buffer.from('#!/bin/sh\n'), pack]),
  ],
  [
    'comment.zip',
    2,
    'zip',
    null,
    'a zip comment',
    (pack) => Buffer.concat([pack.subarray(0, -2), Buffer.from([5, 0]), Buffer.from('hello')]),
  ],
  ['other-date.zip', 2, 'zip', null, 'a file with another date than 1980-01-01', patched(12, [0x22])],
  [
    'symlink.zip',
    2,
    'zip',
    null,
    'the attributes of a symbolic link',
    (pack) => patched(directory(pack) + 40, [0xff, 0xa1])(pack),
  ],
  [
    'other-name.zip',
    2,
    'zip',
    null,
    'a name in the directory that is not the one in the header',
    (pack) => patched(directory(pack) + 46, [0x4e])(pack),
  ],
  [
    'no-checkpoint.zip',
    2,
    'checkpoint',
    null,
    'a part that every pack has is missing',
    withFiles((files) => files.delete('checkpoint')),
  ],
  ['unordered.zip', 1, 'entries.jsonl', 43, 'entries that do not ascend', lines((all) => all.toReversed())],
  ['blank-line.zip', 2, 'entries.jsonl', null, 'a line that is no entry', lines((all) => [...all, ''])],
  [
    'not-canonical.zip',
    2,
    'entries.jsonl',
    null,
    'a blank that canonical JSON does not have',
    resigned('entries.jsonl', '{"index":', '{ "index":'),
  ],
  [
    'other-format.zip',
    2,
    'manifest.json',
    null,
    'a format that is not version 1',
    withManifest(() => ({ format: 'zhongheng-evidence-pack/2' })),
  ],
  [
    'absurd-size.zip',
    2,
    'manifest.json',
    null,
    'a file of 2^53 bytes in the manifest',
    withManifest(({ files }) => ({ files: files.map((file, at) => (at === 0 ? { ...file, size: 2 ** 53 } : file)) })),
  ],
]

/** All vectors with their bytes; the same at every call. */
export async function makeVectors(): Promise<{ list: Vectors; files: ReadonlyMap<string, Buffer> }> {
  const folder = await mkdtemp(join(tmpdir(), 'zh-vectors-'))
  try {
    const log = await logOf(join(folder, 'log'), storyOf(recordedProofs()), 40, signer)
    const side = (bytes: Uint8Array) => () => [bytes]
    const usual = await inputOf(log, {
      logKey: signer.publicKey,
      signer,
      keys: [{ role: 'auditor', name: 'Auditor Zhao', publicKey: auditor.publicKey }],
      documents: [{ name: 'test-report.pdf', bytes: side(report) }],
    })
    const [first, third] = usual.exchanges
    if (first === undefined || third === undefined) throw new Error('two exchanges are cited')
    const pack = (await packed({ ...usual, exchanges: [first, { ...third, request: side(sent(2).request) }] })).bytes
    await log.close()
    const files = new Map<string, Buffer>()
    const vectors: Vector[] = []
    for (const [file, exit, fault, entry, why, make] of cases) {
      const bytes = Buffer.from(await make(pack))
      files.set(file, bytes)
      vectors.push({ file, sha256: createHash('sha256').update(bytes).digest('hex'), exit, fault, entry, why })
    }
    const list: Vectors = {
      format: 'zhongheng-evidence-pack/1',
      fingerprint: fingerprint(nodeCrypto.sha256, signer.publicKey),
      vectors,
    }
    return { list, files }
  } finally {
    await rm(folder, { recursive: true })
  }
}

// `node ledger/pack/vectors/make-for-tests.ts` writes them anew.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const here = fileURLToPath(new URL('.', import.meta.url))
  const { list, files } = await makeVectors()
  await mkdir(here, { recursive: true })
  for (const [name, bytes] of files) await writeFile(join(here, name), bytes)
  await writeFile(join(here, 'vectors.json'), `${JSON.stringify(list, null, 2)}\n`)
}
