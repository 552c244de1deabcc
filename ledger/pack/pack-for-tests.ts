import { createHash } from 'node:crypto'
import { Writable } from 'node:stream'
import yauzl from 'yauzl'
import { canonicalJson, type Json } from '@zhongheng/contracts/records/canonical-json.ts'
import type { ExchangeLeaf, ExchangeProof, SegmentSeal } from '@zhongheng/contracts/records/capture.ts'
import type { LedgerLeaf } from '@zhongheng/contracts/records/ledger-leaf.ts'
import { type Log, openLog } from '../log/open-log.ts'
import { newEd25519Key } from '../log/signer.ts'
import { fromHex, toHex, utf8 } from '../verify/bytes.ts'
import { leafHash, nodeHash, rootOf, splitPoint } from '../verify/merkle.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { centralHeader, endRecords, layOut, localHeader } from '../verify/pack/container.ts'
import { byName, type Manifest, manifestName, type PackSubject, signatureName } from '../verify/pack/format.ts'
import type { PackReader } from '../verify/pack/pack-reader.ts'
import { type PackInput, type PackSummary, writePack } from './write-pack.ts'

const { sha256 } = nodeCrypto
const engagementId = 'eng_01jd0000000000000000000001'
/** What the packs of these tests are about. */
export const wholeEngagement: PackSubject = { kind: 'engagement', engagementId, findingId: null, from: null, to: null }
export const { signer } = newEd25519Key()
export const at = '2026-11-21T05:00:00.000Z'

const hex = (...parts: (string | Uint8Array)[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

export const entry = (
  number: number,
  kind: string,
  facts: { [name: string]: Json },
  more: Partial<LedgerLeaf> = {},
): LedgerLeaf => ({
  v: 1,
  id: `evt_${number}`,
  at,
  kind,
  engagementId,
  subject: null,
  actor: 'per_lin',
  role: 'organizer',
  facts,
  ...more,
})

/** What was sent and answered: exchange 0 and 1 are small, 2 is large. */
export const sent = (number: number): { request: Uint8Array; response: Uint8Array } => ({
  request: utf8(`GET /orders/${number}' HTTP/1.1\r\nHost: shop.example\r\n\r\n`),
  response: utf8(`HTTP/1.1 500 Oops\r\n\r\n${'你好 '.repeat(number === 2 ? 100_000 : 3)}`),
})

/** RFC 6962 audit path over leaf hashes, worked out the plain way. */
export function pathOf(index: number, hashes: readonly Uint8Array[]): Uint8Array[] {
  if (hashes.length === 1) return []
  const middle = splitPoint(hashes.length)
  const root = (part: readonly Uint8Array[]): Uint8Array => {
    const [only] = part
    if (part.length === 1 && only !== undefined) return only
    const cut = splitPoint(part.length)
    return nodeHash(sha256, root(part.slice(0, cut)), root(part.slice(cut)))
  }
  return index < middle
    ? [...pathOf(index, hashes.slice(0, middle)), root(hashes.slice(middle))]
    : [...pathOf(index - middle, hashes.slice(middle)), root(hashes.slice(0, middle))]
}

/** One sealed segment of three exchanges by tester Wu, as the recorder would prove them. */
export const recordedProofs = (): ExchangeProof[] => recordedExchanges([0, 1, 2].map(sent))

/** One sealed segment of these exchanges. */
export function recordedExchanges(
  list: readonly { request: Uint8Array; response: Uint8Array }[],
  names: { engagementId: string; segmentId: string; ids: readonly string[] } = {
    engagementId,
    segmentId: 'seg_1',
    ids: list.map((_, number) => `xch_${number}`),
  },
): ExchangeProof[] {
  const salts = list.map((_, number) => ({ request: hex(`salt q ${number}`), response: hex(`salt a ${number}`) }))
  const leaves = list.map(({ request, response }, number): ExchangeLeaf => {
    const salt = salts[number] ?? { request: '', response: '' }
    return {
      exchangeId: names.ids[number] ?? '',
      engagementId: names.engagementId,
      leaseId: 'lea_wu',
      sequence: 10 + number,
      startedAt: at,
      finishedAt: at,
      status: 500,
      requestDigest: hex(fromHex(salt.request) ?? '', request),
      responseDigest: hex(fromHex(salt.response) ?? '', response),
      policyDigest: hex('policy'),
    }
  })
  const bytes = leaves.map((leaf) => utf8(canonicalJson(leaf)))
  const segment: SegmentSeal = {
    segmentId: names.segmentId,
    engagementId: names.engagementId,
    exchanges: list.length,
    firstSequence: 10,
    lastSequence: 9 + list.length,
    bytes: 4096,
    sha256: hex('segment file'),
    root: toHex(rootOf(sha256, bytes)),
    sealedAt: at,
  }
  const hashes = bytes.map((leaf) => leafHash(sha256, leaf))
  return leaves.map((leaf, number) => ({
    leaf,
    segment,
    leafIndex: number,
    path: pathOf(number, hashes).map(toHex),
    requestSalt: salts[number]?.request ?? '',
    responseSalt: salts[number]?.response ?? '',
  }))
}

export const report = utf8('%PDF-1.7 test report of the shop')

/** The entries of a small engagement: a finding that cites exchange 0 and 2, a seal, a signed report. */
export function storyOf(proofs: readonly ExchangeProof[]): LedgerLeaf[] {
  const [first, , third] = proofs
  const cite = (proof: ExchangeProof | undefined): Json => ({
    exchangeId: proof?.leaf.exchangeId ?? '',
    requestDigest: proof?.leaf.requestDigest ?? '',
    responseDigest: proof?.leaf.responseDigest ?? '',
  })
  const { segmentId = '', root = '', sha256: digest = '', exchanges = 0 } = first?.segment ?? {}
  return [
    entry(0, 'engagement.moved', { from: 'draft', to: 'submitted' }),
    entry(1, 'segment.sealed', { segmentId, root, sha256: digest, exchanges }),
    entry(2, 'finding.submitted', { cites: [cite(first), cite(third)] }, { subject: 'fnd_1' }),
    entry(3, 'document.signed', { name: 'test-report.pdf', sha256: hex(report) }),
    entry(4, 'platform.started', {}, { engagementId: null }),
  ]
}

/** A log in `folder` that holds the story among entries of other engagements. */
export async function logOf(folder: string, story: readonly LedgerLeaf[], others = 300, by = signer): Promise<Log> {
  const log = await openLog({ folder, origin: 'zhongheng.example/ledger', signer: by, now: () => new Date(at) })
  const other = (number: number): LedgerLeaf =>
    entry(1000 + number, 'engagement.moved', {}, { engagementId: 'eng_other' })
  const leaves = [...Array.from({ length: others }, (_, number) => other(number)), ...story]
  await log.append(leaves.map((leaf) => utf8(canonicalJson(leaf))))
  return log
}

export async function inputOf(log: Log, more: Partial<PackInput> = {}): Promise<PackInput> {
  const [first, , third] = recordedProofs()
  if (first === undefined || third === undefined) throw new Error('three exchanges were recorded')
  const side = (bytes: Uint8Array) => () => [bytes]
  const story = log.size - 5
  return {
    madeAt: new Date(at),
    about: wholeEngagement,
    log,
    logKey: signer.publicKey,
    checkpoint: await log.checkpoint(),
    entries: [0, 1, 2, 3, 4].map((number) => story + number),
    exchanges: [
      { proof: first, request: side(sent(0).request), response: side(sent(0).response) },
      { proof: third, request: side(sent(2).request), response: null },
    ],
    documents: [{ name: 'test-report.pdf', bytes: side(report) }],
    keys: [{ role: 'auditor', name: 'Auditor Zhao', publicKey: newEd25519Key().signer.publicKey }],
    withheld: [{ what: 'exchange.response', id: 'xch_2', reason: { zh: '含个人信息', en: 'holds personal data' } }],
    signer,
    ...more,
  }
}

/** Writes a pack into memory. */
export async function packed(input: PackInput): Promise<{ bytes: Buffer; summary: PackSummary }> {
  const pieces: Buffer[] = []
  const out = new Writable({
    write: (piece: Buffer, _, done) => {
      pieces.push(piece)
      done()
    },
  })
  const summary = await writePack(out, input)
  return { bytes: Buffer.concat(pieces), summary }
}

export const inMemory = (bytes: Uint8Array): PackReader => ({
  size: bytes.length,
  read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
})

/** A pack's files, read by a foreign zip reader. */
export async function contentsOf(bytes: Buffer): Promise<Map<string, Buffer>> {
  const zip = await yauzl.fromBufferPromise(bytes)
  const files = new Map<string, Buffer>()
  for await (const one of zip.eachEntry()) {
    const pieces: Buffer[] = []
    for await (const piece of await zip.openReadStreamPromise(one)) pieces.push(Buffer.from(piece as Uint8Array))
    files.set(one.fileName, Buffer.concat(pieces))
  }
  return files
}

/** The pack with changed files or a changed manifest, in a right container and signed again with the right key. */
export async function forged(
  pack: Buffer,
  change: (files: Map<string, Buffer>) => void,
  changeManifest: (manifest: Manifest) => object = () => ({}),
  by = signer,
): Promise<Buffer> {
  const files = await contentsOf(pack)
  const manifest = JSON.parse(String(files.get(manifestName))) as Manifest
  files.delete(manifestName)
  files.delete(signatureName)
  change(files)
  const named = [...files].map(([name, bytes]) => ({ name, bytes })).sort(byName)
  const listed = named.map(({ name, bytes }) => ({ name, size: bytes.length, sha256: hex(bytes) }))
  const before: Manifest = { ...manifest, files: listed }
  const text = Buffer.from(canonicalJson({ ...before, ...changeManifest(before) }))
  const all = [
    { name: manifestName, bytes: text },
    { name: signatureName, bytes: Buffer.from(await by.sign(text)) },
    ...named,
  ].map((file) => ({ ...file, size: file.bytes.length, crc32: nodeCrypto.crc32(file.bytes, 0) }))
  const { offsets, directory } = layOut(all)
  const central = all.map((file, at) => centralHeader(file, offsets[at] ?? 0))
  const bytes = central.reduce((sum, header) => sum + header.length, 0)
  const end = endRecords(all.length, { offset: directory, bytes })
  return Buffer.concat([...all.flatMap((file) => [localHeader(file), file.bytes]), ...central, end])
}
