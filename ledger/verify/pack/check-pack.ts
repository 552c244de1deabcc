import { fromUtf8, joinBytes, toHex } from '../bytes.ts'
import { openCheckpoint, type OpenedCheckpoint, parseCheckpoint } from '../checkpoint.ts'
import type { VerifyCrypto } from '../crypto.ts'
import { fingerprint, fromPem, type VerifierKey } from '../keys.ts'
import type { KeyHistory } from '../key-history.ts'
import { judgeCheckpoint, keysFileLimits, openKeysFile } from '../keys-file.ts'
import { leafHash } from '../merkle.ts'
import { parseNote, verifyNote } from '../note.ts'
import { Bindings } from './bindings.ts'
import { ExchangeChecks } from './check-exchange.ts'
import { type CheckedStamp, checkStamps, type CheckSigner } from './check-stamps.ts'
import { malformedPack, PackError, type PackFault } from './fault.ts'
import {
  keyFile,
  keyHistoryName,
  type Manifest,
  packLimits,
  type PackSubject,
  signatureName,
  type Withheld,
} from './format.ts'
import { Inclusions } from './inclusions.ts'
import { openContainer, type OpenedContainer } from './open-container.ts'
import type { PackReader } from './pack-reader.ts'
import { readEntryLine, readWithheld } from './shapes.ts'

export type Cosigned = { readonly name: string; readonly at: string | null }

export type PackVerdict =
  | {
      readonly ok: true
      readonly counts: {
        readonly files: number
        readonly bytes: number
        readonly entries: number
        /** Inclusion proofs that were followed to a root: of entries in the log and of exchanges in their segments. */
        readonly proofs: number
        readonly findings: number
        readonly exchanges: number
        /** Sides of exchanges of which parts are withheld. */
        readonly redacted: number
        readonly segments: number
        readonly documents: number
        readonly withheld: number
      }
      readonly about: PackSubject
      readonly madeAt: string
      readonly log: {
        readonly origin: string
        readonly size: number
        readonly root: string
        /** Hex SHA-256 of the key's SubjectPublicKeyInfo. */
        readonly fingerprint: string
        /** When the log signed this head, by its own clock. */
        readonly signedAt: string | null
      }
      readonly installation: { readonly fingerprint: string }
      /** Witnesses the caller named that cosigned this head, and names on further lines, which nobody checked. */
      readonly witnesses: { readonly cosigned: readonly Cosigned[]; readonly unknown: readonly string[] }
      /** True when the caller said beforehand which key to trust. */
      readonly pinned: boolean
      /** Times of the first and the last entry, by the database's clock. */
      readonly entriesFrom: string | null
      readonly entriesTo: string | null
      readonly documents: readonly { readonly name: string; readonly sha256: string }[]
      readonly withheld: readonly Withheld[]
      readonly timeStamps: readonly CheckedStamp[]
      /** How many keys the log had and which signed this head, where the pack holds the keys' history. */
      readonly keyHistory: { readonly keys: number; readonly signedBy: readonly string[] } | null
    }
  | {
      readonly ok: false
      /** True when this is no pack that could be judged; false when it was judged and is wrong. */
      readonly malformed: boolean
      readonly fault: PackFault
    }

export type CheckOptions = {
  /** Fingerprints that the caller got from somewhere else than the pack; none means that the pack's own key is believed. */
  readonly pinned?: readonly string[]
  readonly checkSigner?: CheckSigner | undefined
  /** Keys of witnesses, got from elsewhere, whose cosignatures are looked for. */
  readonly witnesses?: readonly VerifierKey[]
}

/** Checks a pack through any reader and crypto: pure but for the reads. */
export async function checkPack(
  crypto: VerifyCrypto,
  pack: PackReader,
  options: CheckOptions = {},
): Promise<PackVerdict> {
  try {
    return await new Check(crypto, await openContainer(crypto, pack), options).run(pack.size)
  } catch (error) {
    if (error instanceof PackError) return { ok: false, malformed: error.malformed, fault: error.fault }
    throw error
  }
}

/** One verification on its way through the files of a pack. */
class Check {
  readonly #crypto: VerifyCrypto
  readonly #container: OpenedContainer
  readonly #manifest: Manifest
  readonly #pinned: ReadonlySet<string>
  readonly #names: ReadonlySet<string>
  readonly #checkSigner: CheckSigner | undefined
  readonly #witnesses: readonly VerifierKey[]
  #proofs = 0
  #lastIndex = -1
  #from: string | null = null
  #to: string | null = null

  constructor(crypto: VerifyCrypto, container: OpenedContainer, options: CheckOptions) {
    this.#crypto = crypto
    this.#container = container
    this.#manifest = container.manifest
    this.#pinned = new Set(options.pinned)
    this.#checkSigner = options.checkSigner
    this.#witnesses = options.witnesses ?? []
    this.#names = new Set(container.manifest.files.map(({ name }) => name))
  }

  async run(bytes: number): Promise<PackVerdict> {
    const manifest = this.#manifest
    const logKey = await this.#key('log')
    const installationKey = await this.#key('installation')
    for (const { role } of manifest.keys) await this.#key(role)
    const fingerprints = {
      log: fingerprint(this.#crypto.sha256, logKey),
      installation: fingerprint(this.#crypto.sha256, installationKey),
    }
    if (!this.#crypto.verifyEd25519(installationKey, this.#container.manifestBytes, this.#container.signature)) {
      throw new PackError(signatureName, '清单或其签名被改动', 'the manifest or its signature was changed')
    }
    const keyHistory = await this.#keyHistory(fingerprints.log)
    // With a history any key of it that leads to the present one will do.
    if (keyHistory === null && this.#pinned.size > 0 && !this.#pinned.has(fingerprints.log)) {
      throw new PackError(
        keyFile('log'),
        `账本密钥 ${fingerprints.log} 不是指定的密钥`,
        `the log's key ${fingerprints.log} is not the one you named`,
      )
    }
    const head = await this.#head(logKey)
    const witnesses = await this.#cosignatures(head.origin)
    const withheld = await this.#withheld()
    const bindings = new Bindings(this.#crypto.sha256, manifest.about, withheld)
    const exchanges = new ExchangeChecks(this.#crypto, this.#names, bindings)
    await this.#walk(head, bindings, exchanges)
    bindings.finish()
    const timeStamps = await checkStamps(
      this.#crypto,
      this.#container,
      { key: logKey, history: keyHistory?.history, head },
      this.#checkSigner,
    )
    this.#mustTrustInstallation(fingerprints, bindings)
    const documents = manifest.files
      .filter(({ name }) => name.startsWith('documents/'))
      .map(({ name, sha256 }) => ({ name: name.slice('documents/'.length), sha256 }))
    return {
      ok: true,
      counts: {
        files: manifest.files.length + 2,
        bytes,
        ...bindings.counts,
        proofs: this.#proofs + exchanges.counts.exchanges,
        ...exchanges.counts,
        documents: documents.length,
        withheld: withheld.length,
      },
      about: manifest.about,
      madeAt: manifest.madeAt,
      log: {
        origin: head.origin,
        size: head.size,
        root: toHex(head.root),
        fingerprint: fingerprints.log,
        signedAt: head.signedAt?.toISOString() ?? null,
      },
      installation: { fingerprint: fingerprints.installation },
      pinned: this.#pinned.size > 0,
      entriesFrom: this.#from,
      entriesTo: this.#to,
      documents,
      withheld,
      timeStamps,
      witnesses,
      keyHistory: keyHistory === null ? null : { keys: keyHistory.history.keys.length, signedBy: keyHistory.signedBy },
    }
  }

  async #key(role: string): Promise<Uint8Array> {
    const file = keyFile(role)
    const bytes = await this.#container.readSmall(file, packLimits.smallBytes)
    if (bytes === undefined) throw malformedPack(file, '缺少此密钥', 'this key is missing')
    const key = fromPem(fromUtf8(bytes) ?? '')
    if (key === undefined) throw malformedPack(file, '不是 Ed25519 公钥', 'not an Ed25519 public key')
    const listed = this.#manifest.keys.find((one) => one.role === role)
    if (listed?.fingerprint !== fingerprint(this.#crypto.sha256, key)) {
      throw new PackError(
        'manifest.json',
        `${role} 的指纹与密钥不符`,
        `the fingerprint of ${role} is not that of its key`,
      )
    }
    return key
  }

  /** The head held against the history of the log's keys. @throws PackError */
  async #keyHistory(logKey: string): Promise<{ history: KeyHistory; signedBy: readonly string[] } | null> {
    const bytes = await this.#container.readSmall(keyHistoryName, keysFileLimits.bytes)
    const checkpoint = await this.#container.readSmall('checkpoint', packLimits.smallBytes)
    if (bytes === undefined || checkpoint === undefined) return null
    const history = openKeysFile(this.#crypto, bytes)
    if ('what' in history) throw malformedPack(keyHistoryName, history.what.zh, history.what.en)
    const judged = judgeCheckpoint(this.#crypto, history, checkpoint, [...this.#pinned])
    if (!judged.ok) throw new PackError(keyHistoryName, judged.what.zh, judged.what.en)
    if (!judged.signedBy.includes(logKey))
      throw new PackError(
        keyFile('log'),
        '密钥历史中当时生效的不是此密钥',
        'by the key history another key was in force',
      )
    return { history, signedBy: judged.signedBy }
  }

  async #head(logKey: Uint8Array): Promise<OpenedCheckpoint> {
    const bytes = await this.#container.readSmall('checkpoint', packLimits.smallBytes)
    if (bytes === undefined) throw malformedPack('checkpoint', '缺少检查点', 'the checkpoint is missing')
    if (parseCheckpoint(parseNote(bytes)?.text ?? '') === undefined)
      throw malformedPack('checkpoint', '不是规范的检查点', 'not a well-formed checkpoint')
    const head = openCheckpoint(this.#crypto, bytes, logKey)
    if (head === undefined) {
      throw new PackError('checkpoint', '不是账本密钥签名的', 'it is not signed by the log key')
    }
    const { origin, size, root } = this.#manifest.log
    if (origin !== head.origin || size !== head.size || root !== toHex(head.root)) {
      throw new PackError(
        'manifest.json',
        '清单所述账本位置与检查点不同',
        'it names another head of the log than the checkpoint',
      )
    }
    return head
  }

  async #cosignatures(origin: string): Promise<{ cosigned: Cosigned[]; unknown: string[] }> {
    const note = parseNote((await this.#container.readSmall('checkpoint', packLimits.smallBytes)) ?? new Uint8Array(0))
    if (note === undefined) return { cosigned: [], unknown: [] }
    const cosigned: Cosigned[] = []
    for (const witness of this.#witnesses) {
      const found = verifyNote(this.#crypto, note, witness)
      if (found.line === 'wrong')
        throw new PackError(
          'checkpoint',
          `见证方 ${witness.name} 的副署不正确`,
          `the cosignature of ${witness.name} is wrong`,
        )
      if (found.line === 'good') cosigned.push({ name: witness.name, at: found.at?.toISOString() ?? null })
    }
    const known = new Set([origin, ...cosigned.map(({ name }) => name)])
    const unknown = new Set(note.signatures.map(({ name }) => name).filter((name) => !known.has(name)))
    return { cosigned, unknown: [...unknown] }
  }

  async #withheld(): Promise<readonly Withheld[]> {
    const bytes = await this.#container.readSmall('withheld.json', packLimits.withheldBytes)
    if (bytes === undefined) throw malformedPack('withheld.json', '缺少此文件', 'this file is missing')
    const withheld = readWithheld(bytes)
    if (withheld === undefined) throw malformedPack('withheld.json', '格式不正确', 'malformed')
    return withheld.items
  }

  async #walk(head: OpenedCheckpoint, bindings: Bindings, exchanges: ExchangeChecks): Promise<void> {
    if (!this.#names.has('entries.jsonl')) throw malformedPack('entries.jsonl', '缺少此文件', 'this file is missing')
    const inclusions = new Inclusions(this.#crypto.sha256, head.size, head.root)
    const digests = new Map(this.#manifest.files.map(({ name, sha256 }) => [name, sha256]))
    // Documents stand before the entries that bind them.
    const documents: string[] = []
    let whenDone: (() => void) | undefined
    await this.#container.walk(
      (name) => {
        whenDone = undefined
        const [folder, first = '', part = ''] = name.split('/')
        if (name === 'entries.jsonl') {
          const lines = new LineReader(name, (line) => this.#entry(line, inclusions, bindings))
          whenDone = () => {
            lines.end()
            for (const document of documents) bindings.document(document, digests.get(`documents/${document}`) ?? '')
          }
          return (piece) => lines.take(piece)
        }
        if (folder === 'documents') documents.push(first)
        if (folder === 'keys' && name !== keyHistoryName) this.#mustBeListedKey(first)
        if (folder !== 'exchanges') return undefined
        const exchange = exchanges.file(first, part, name)
        whenDone = exchange.done
        return exchange.take
      },
      () => whenDone?.(),
    )
  }

  #mustBeListedKey(file: string): void {
    if (this.#manifest.keys.some(({ role }) => `${role}.pem` === file)) return
    throw malformedPack(`keys/${file}`, '清单未说明此密钥的角色', 'the manifest gives this key no role')
  }

  #entry(bytes: Uint8Array, inclusions: Inclusions, bindings: Bindings): void {
    const line = readEntryLine(bytes)
    if (line === undefined) {
      throw malformedPack(
        'entries.jsonl',
        `第 ${this.#lastIndex + 1} 条之后有不规范的行`,
        `a line after entry ${this.#lastIndex} is not canonical`,
      )
    }
    const { index, leaf, proof } = line
    const fail = (zh: string, en: string): PackError => new PackError('entries.jsonl', zh, en, { entry: index })
    if (index <= this.#lastIndex) throw fail('条目未按序号递增', 'the entries are not in ascending order')
    if (bindings.counts.entries >= packLimits.entries)
      throw malformedPack('entries.jsonl', '条目过多', `over ${packLimits.entries} entries`)
    if (!inclusions.holds(index, leafHash(this.#crypto.sha256, line.leafBytes), proof)) {
      throw fail('包含证明不能导出检查点的根', 'its proof does not lead to the root of the checkpoint')
    }
    this.#proofs++
    this.#lastIndex = index
    if (this.#from === null || leaf.at < this.#from) this.#from = leaf.at
    if (this.#to === null || leaf.at > this.#to) this.#to = leaf.at
    bindings.entry(index, leaf)
  }

  /** The manifest's signer must be the log's own key, one that the caller named, or one that the ledger announced. */
  #mustTrustInstallation(fingerprints: { log: string; installation: string }, bindings: Bindings): void {
    const { log, installation } = fingerprints
    if (installation === log || this.#pinned.has(installation) || bindings.announces(installation)) return
    throw new PackError(
      keyFile('installation'),
      `清单由 ${installation} 签名，账本未公告此密钥，也未指定它`,
      `the manifest is signed by ${installation}, which the ledger does not announce and you did not name`,
    )
  }
}

/** Cuts a stream of bytes into lines of bounded length. */
class LineReader {
  readonly #name: string
  readonly #line: (bytes: Uint8Array) => void
  #rest: Uint8Array = new Uint8Array(0)

  constructor(name: string, line: (bytes: Uint8Array) => void) {
    this.#name = name
    this.#line = line
  }

  take(piece: Uint8Array): void {
    const bytes = this.#rest.length === 0 ? piece : joinBytes(this.#rest, piece)
    let start = 0
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      this.#line(bytes.subarray(start, end))
      start = end + 1
    }
    this.#rest = bytes.subarray(start)
    if (this.#rest.length > packLimits.lineBytes) throw malformedPack(this.#name, '行过长', 'a line is too long')
  }

  end(): void {
    if (this.#rest.length > 0) throw malformedPack(this.#name, '最后一行不完整', 'its last line is not whole')
  }
}
