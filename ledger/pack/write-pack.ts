import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { canonicalJson } from '@zhongheng/contracts/records/canonical-json.ts'
import type { ExchangeProof } from '@zhongheng/contracts/records/capture.ts'
import type { Log } from '../log/open-log.ts'
import type { Signer } from '../log/signer.ts'
import { fromHex, toHex, utf8 } from '../verify/bytes.ts'
import { openCheckpoint, type OpenedCheckpoint } from '../verify/checkpoint.ts'
import { fingerprint, toPem } from '../verify/keys.ts'
import { openHead, openKeysFile } from '../verify/keys-file.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { Bindings, type SideForm } from '../verify/pack/bindings.ts'
import { centralHeader, type ContainerFile, endRecords, layOut, localHeader } from '../verify/pack/container.ts'
import { PackError } from '../verify/pack/fault.ts'
import {
  byName,
  documentFile,
  exchangeFile,
  type ExchangeSide,
  isPackName,
  keyFile,
  keyHistoryName,
  type Manifest,
  manifestName,
  packFormat,
  packLimits,
  type PackSubject,
  signatureName,
  type Withheld,
} from '../verify/pack/format.ts'
import { readLeaf } from '../verify/pack/shapes.ts'
import { partsFile, type Redacted, shownBytes, type Source } from './redact.ts'

export type { Redacted, Source } from './redact.ts'

export type PackInput = {
  readonly madeAt: Date
  readonly about: PackSubject
  readonly log: Pick<Log, 'entry' | 'inclusionProof' | 'consistencyProof'>
  /** Public key of the log, 32 raw bytes. */
  readonly logKey: Uint8Array
  /** Signed note; every entry is proved in its tree. */
  readonly checkpoint: string
  /** Indexes in the log, in any order. */
  readonly entries: readonly number[]
  readonly exchanges: readonly {
    readonly proof: ExchangeProof
    /** Null where this side is withheld, and `Redacted` where parts of it are; then say so in `withheld`. */
    readonly request: Source | Redacted | null
    readonly response: Source | Redacted | null
  }[]
  /** `name` as the entry that binds the document says it, e.g. `test-report.pdf`. */
  readonly documents: readonly { readonly name: string; readonly bytes: Source }[]
  /** Further public keys, e.g. of those who signed documents. The log's and the installation's are added. */
  readonly keys: readonly { readonly role: string; readonly name: string; readonly publicKey: Uint8Array }[]
  readonly withheld: readonly Withheld[]
  readonly timeStamps?: readonly {
    /** The head's bytes as they were stamped. */
    readonly checkpoint: string
    /** RFC 3161 `TimeStampResp`, DER. */
    readonly answer: Uint8Array
  }[]
  /** `keys.json` of the log, over at least as many entries as the checkpoint. */
  readonly keyHistory?: Uint8Array
  /** The installation's key, which signs the manifest; usually the log's own. */
  readonly signer: Signer
}

export type PackSummary = {
  readonly bytes: number
  readonly files: number
  readonly entries: number
  readonly exchanges: number
  readonly documents: number
  readonly withheld: number
  /** Hex SHA-256 of the whole zip file. */
  readonly sha256: string
  readonly manifestSha256: string
}

type PlannedFile = {
  readonly name: string
  readonly bytes: Source
  /** For a side of an exchange: its digest, taken with this salt before the bytes. */
  readonly sealed?: { readonly salt: string; readonly digest: string }
}

/**
 * Writes an evidence pack and ends `out`. The same input gives the same bytes. Sources are streamed, so memory grows
 * with the number of files and not with their sizes.
 * @throws PackError when the pack would not verify (nothing is written then), or a source changed between two readings
 */
export async function writePack(out: Writable, input: PackInput): Promise<PackSummary> {
  const head = openCheckpoint(nodeCrypto, utf8(input.checkpoint), input.logKey)
  if (head === undefined)
    throw new PackError('checkpoint', '检查点不是账本密钥签名的', 'the checkpoint is not signed by the log key')
  const indexes = [...new Set(input.entries)].sort((a, b) => a - b)
  const keys = keysOf(input, head.origin)
  const planned: PlannedFile[] = [
    inMemory('checkpoint', utf8(input.checkpoint)),
    inMemory('withheld.json', utf8(canonicalJson({ items: input.withheld }))),
    { name: 'entries.jsonl', bytes: () => entryLines(input, indexes, head.size) },
    ...keys.map(({ role, publicKey }) => inMemory(keyFile(role), utf8(toPem(publicKey)))),
    ...input.documents.map(({ name, bytes }) => ({ name: documentFile(name), bytes })),
    ...(input.keyHistory === undefined ? [] : [inMemory(keyHistoryName, input.keyHistory)]),
    ...(await filesOfEach(input.exchanges, exchangeFiles)),
    ...(await filesOfEach(input.timeStamps ?? [], (stamp) => stampFiles(input, stamp, head))),
  ].sort(byName)
  mustBeNames(planned)

  const measured: (PlannedFile & Measure)[] = []
  for (const file of planned) measured.push({ ...file, ...(await measure(file)) })
  await mustVerify(input, indexes, measured)

  const manifest: Manifest = {
    format: packFormat,
    madeAt: input.madeAt.toISOString(),
    about: input.about,
    log: { origin: head.origin, size: head.size, root: toHex(head.root) },
    keys: keys.map(({ role, name, publicKey }) => ({
      role,
      name,
      fingerprint: fingerprint(nodeCrypto.sha256, publicKey),
    })),
    files: measured.map(({ name, size, sha256 }) => ({ name, size, sha256 })),
  }
  const manifestBytes = utf8(canonicalJson(manifest))
  const first = [inMemory(manifestName, manifestBytes), inMemory(signatureName, await input.signer.sign(manifestBytes))]
  const files: (PlannedFile & Measure)[] = []
  for (const file of first) files.push({ ...file, ...(await measure(file)) })
  files.push(...measured)

  const whole = nodeCrypto.startSha256()
  let bytes = 0
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const piece of containerOf(files)) {
      if (piece.length === 0) continue
      whole.update(piece)
      bytes += piece.length
      yield piece
    }
  }
  await pipeline(Readable.from(counted(), { objectMode: false }), out)
  return {
    bytes,
    files: files.length,
    entries: indexes.length,
    exchanges: input.exchanges.length,
    documents: input.documents.length,
    withheld: input.withheld.length,
    sha256: toHex(whole.digest()),
    manifestSha256: toHex(nodeCrypto.sha256(manifestBytes)),
  }
}

const inMemory = (name: string, bytes: Uint8Array): PlannedFile => ({ name, bytes: () => [bytes] })

function keysOf(input: PackInput, origin: string): { role: string; name: string; publicKey: Uint8Array }[] {
  return [
    { role: 'log', name: origin, publicKey: input.logKey },
    { role: 'installation', name: origin, publicKey: input.signer.publicKey },
    ...input.keys,
  ].sort((a, b) => (a.role < b.role ? -1 : 1))
}

async function* entryLines(input: PackInput, indexes: readonly number[], size: number): AsyncGenerator<Uint8Array> {
  for (const index of indexes) {
    const leaf = readLeaf(await input.log.entry(index))
    if (leaf === undefined)
      throw new PackError('entries.jsonl', '不是本平台的条目', 'not an entry of this platform', { entry: index })
    const proof = (await input.log.inclusionProof(index, size)).map(toHex)
    yield utf8(`${canonicalJson({ index, leaf, proof })}\n`)
  }
}

async function filesOfEach<T>(list: readonly T[], files: (one: T) => Promise<PlannedFile[]>): Promise<PlannedFile[]> {
  const all: PlannedFile[] = []
  for (const one of list) all.push(...(await files(one)))
  return all
}

const formOf = (side: Source | Redacted | null): SideForm =>
  side === null ? 'withheld' : typeof side === 'function' ? 'whole' : 'parts'

/** A side that is not shown whole keeps its digest and loses its salt: nobody can try guesses against it. */
const withoutSalts = (proof: ExchangeProof, sides: Readonly<Record<ExchangeSide, SideForm>>): ExchangeProof => ({
  ...proof,
  requestSalt: sides.request === 'whole' ? proof.requestSalt : '',
  responseSalt: sides.response === 'whole' ? proof.responseSalt : '',
})

async function exchangeFiles({ proof, request, response }: PackInput['exchanges'][number]): Promise<PlannedFile[]> {
  const id = proof.leaf.exchangeId
  const shown = withoutSalts(proof, { request: formOf(request), response: formOf(response) })
  const side = async (
    name: ExchangeSide,
    bytes: Source | Redacted | null,
    sealed: { salt: string; digest: string },
  ): Promise<PlannedFile[]> => {
    if (bytes === null) return []
    if (typeof bytes === 'function') return [{ name: exchangeFile(id, `${name}.bin`), bytes, sealed }]
    const parts = await partsFile(bytes, sealed.salt)
    return [
      inMemory(exchangeFile(id, `${name}.parts.json`), parts),
      { name: exchangeFile(id, `${name}.shown.bin`), bytes: () => shownBytes(bytes, sealed.salt) },
    ]
  }
  return [
    inMemory(exchangeFile(id, 'proof.json'), utf8(canonicalJson(shown))),
    ...(await side('request', request, { salt: proof.requestSalt, digest: proof.leaf.requestDigest })),
    ...(await side('response', response, { salt: proof.responseSalt, digest: proof.leaf.responseDigest })),
  ]
}

async function stampFiles(
  { log, logKey, keyHistory }: PackInput,
  { checkpoint, answer }: NonNullable<PackInput['timeStamps']>[number],
  head: OpenedCheckpoint,
): Promise<PlannedFile[]> {
  const history = keyHistory === undefined ? undefined : openKeysFile(nodeCrypto, keyHistory)
  const known = history !== undefined && 'keys' in history ? history : undefined
  const bytes = utf8(checkpoint)
  const stamped = openCheckpoint(nodeCrypto, bytes, logKey) ?? openHead(nodeCrypto, bytes, logKey, known)
  if (stamped === undefined || stamped.size > head.size)
    throw new PackError('timestamps', '不是此账本更早的检查点', 'it is not an earlier head of this log')
  const proof = (await log.consistencyProof(stamped.size, head.size)).map(toHex)
  const name = `timestamps/${stamped.size}`
  return [
    inMemory(`${name}.checkpoint`, utf8(checkpoint)),
    inMemory(`${name}.json`, utf8(canonicalJson({ proof }))),
    inMemory(`${name}.tsr`, answer),
  ]
}

function mustBeNames(files: readonly PlannedFile[]): void {
  if (files.length > packLimits.files) {
    throw new PackError('zip', `最多 ${packLimits.files} 个文件`, `at most ${packLimits.files} files fit into a pack`)
  }
  const seen = new Set<string>()
  for (const { name } of files) {
    const folded = name.toLowerCase()
    if (!isPackName(name) || seen.has(folded)) {
      throw new PackError(name, '名称不允许或重复', 'this name is not allowed in a pack, or stands in it twice')
    }
    seen.add(folded)
  }
}

/** What the verifier will ask of entries, documents and exchanges, asked before a byte is written. */
async function mustVerify(
  input: PackInput,
  indexes: readonly number[],
  files: readonly (PlannedFile & Measure)[],
): Promise<void> {
  const bindings = new Bindings(nodeCrypto.sha256, input.about, input.withheld)
  for (const index of indexes) {
    const leaf = readLeaf(await input.log.entry(index))
    if (leaf !== undefined) bindings.entry(index, leaf)
  }
  const digests = new Map(files.map(({ name, sha256 }) => [name, sha256]))
  for (const { name } of input.documents) bindings.document(name, digests.get(documentFile(name)) ?? '')
  for (const { proof, request, response } of input.exchanges) {
    const sides = { request: formOf(request), response: formOf(response) }
    const shown = withoutSalts(proof, sides)
    bindings.exchange(proof.leaf.exchangeId, shown, sides)
    for (const side of ['request', 'response'] as const) {
      const committed = bindings.committed(proof.leaf.exchangeId, side)
      if (sides[side] === 'parts' && committed === undefined)
        throw new PackError(
          exchangeFile(proof.leaf.exchangeId, `${side}.parts.json`),
          '账本中没有这些分段的承诺',
          'no entry of the pack commits to these parts',
        )
    }
  }
  bindings.finish()
  const [logKey, signer] = [input.logKey, input.signer.publicKey].map((key) => fingerprint(nodeCrypto.sha256, key))
  if (signer !== logKey && !bindings.announces(signer ?? '')) {
    throw new PackError(
      keyFile('installation'),
      '账本未公告此密钥',
      'no key.announced entry of the pack names this key',
    )
  }
}

type Measure = { readonly size: number; readonly sha256: string; readonly crc32: number }

async function measure(file: PlannedFile): Promise<Measure> {
  const hash = nodeCrypto.startSha256()
  const salted = nodeCrypto.startSha256()
  salted.update(fromHex(file.sealed?.salt) ?? new Uint8Array(0))
  let size = 0
  let crc32 = 0
  for await (const piece of file.bytes()) {
    hash.update(piece)
    if (file.sealed !== undefined) salted.update(piece)
    crc32 = nodeCrypto.crc32(piece, crc32)
    size += piece.length
  }
  if (file.sealed !== undefined && toHex(salted.digest()) !== file.sealed.digest) {
    throw new PackError(
      file.name,
      '与封存时记录的摘要不符',
      'it is not what was recorded: its digest differs from the sealed one',
    )
  }
  return { size, sha256: toHex(hash.digest()), crc32 }
}

async function* containerOf(files: readonly (PlannedFile & Measure)[]): AsyncGenerator<Uint8Array> {
  for (const file of files) {
    yield localHeader(file)
    const again = nodeCrypto.startSha256()
    for await (const piece of file.bytes()) {
      again.update(piece)
      yield piece
    }
    if (toHex(again.digest()) !== file.sha256) {
      throw new PackError(file.name, '内容在写入期间改变', 'its content changed while the pack was written')
    }
  }
  const { offsets, directory } = layOut(files)
  let bytes = 0
  for (const [at, file] of files.entries()) {
    const header = centralHeader(file satisfies ContainerFile, offsets[at] ?? 0)
    bytes += header.length
    yield header
  }
  yield endRecords(files.length, { offset: directory, bytes })
}
