import { canonicalJson } from '@zhongheng/contracts/records/canonical-json.ts'
import type { ExchangeProof } from '@zhongheng/contracts/records/capture.ts'
import type { LedgerLeaf } from '@zhongheng/contracts/records/ledger-leaf.ts'
import { fromHex, utf8 } from '../bytes.ts'
import type { Sha256 } from '../crypto.ts'
import { leafHash } from '../merkle.ts'
import { verifyInclusion } from '../proofs.ts'
import { malformedPack, PackError } from './fault.ts'
import {
  documentFile,
  exchangeFile,
  type ExchangeSide,
  type PackSubject,
  supportingKinds,
  type Withheld,
} from './format.ts'
import { boundDocumentOf, type Cite, citesOf, type Committed, committedOf, sealOf, type Seal } from './shapes.ts'

/** How much of one side of an exchange is in the pack: all, some parts, nothing. */
export type SideForm = 'whole' | 'parts' | 'withheld'

type Placed<T> = T & { readonly entry: number; readonly engagementId: string | null }

/**
 * What the ledger's entries say about the other files of a pack. Entries come first; then each document and exchange is
 * held against them; `finish` finds what entries promise and the pack neither holds nor declares withheld. The writer
 * and the verifier ask here, so that no pack is written that would not verify.
 */
export class Bindings {
  readonly #sha256: Sha256
  readonly #about: PackSubject
  readonly #withheld: ReadonlySet<string>
  readonly #ids = new Set<string>()
  readonly #seals = new Map<string, Placed<Seal>>()
  readonly #cites = new Map<string, Placed<Cite>>()
  readonly #committed = new Map<string, Placed<Committed>>()
  readonly #documents = new Map<string, { entry: number; digests: Set<string> }>()
  readonly #keys = new Set<string>()
  readonly #held = { exchanges: new Set<string>(), documents: new Set<string>(), segments: new Set<string>() }
  #findings = 0

  constructor(sha256: Sha256, about: PackSubject, withheld: readonly Withheld[]) {
    this.#sha256 = sha256
    this.#about = about
    this.#withheld = new Set(withheld.map(({ what, id }) => `${what} ${id}`))
  }

  get counts(): { entries: number; findings: number; segments: number } {
    return { entries: this.#ids.size, findings: this.#findings, segments: this.#held.segments.size }
  }

  /** Takes note of an entry whose inclusion is proved. @throws PackError */
  entry(index: number, leaf: LedgerLeaf): void {
    const fail = (zh: string, en: string): PackError => new PackError('entries.jsonl', zh, en, { entry: index })
    const unread = (zh: string, en: string): PackError => malformedPack('entries.jsonl', zh, en, { entry: index })
    if (this.#ids.has(leaf.id)) throw fail(`事件 ${leaf.id} 出现两次`, `event ${leaf.id} stands in the pack twice`)
    this.#ids.add(leaf.id)
    this.#mustConcern(leaf, fail)
    const place = { entry: index, engagementId: leaf.engagementId }
    switch (leaf.kind) {
      case 'segment.sealed': {
        const seal = sealOf(leaf.facts)
        if (seal === undefined) throw unread('封存记录的内容不完整', 'the seal of a segment is not whole')
        const known = this.#seals.get(seal.segmentId)
        if (known !== undefined && known.root !== seal.root) {
          throw fail(
            `片段 ${seal.segmentId} 被两次封存且内容不同`,
            `segment ${seal.segmentId} was sealed twice, differently`,
          )
        }
        this.#seals.set(seal.segmentId, { ...seal, ...place })
        return
      }
      case 'finding.submitted': {
        const cites = citesOf(leaf.facts)
        if (cites === undefined) throw unread('所引用的流量格式不正确', 'what the finding cites is malformed')
        this.#findings++
        for (const cite of cites) this.#cite(cite, place, fail)
        return
      }
      case 'exchange.committed': {
        const committed = committedOf(leaf.facts)
        if (committed === undefined) throw unread('分段承诺的内容不完整', 'what the entry commits to is not whole')
        const name = `${committed.exchangeId} ${committed.side}`
        const known = this.#committed.get(name)
        if (known !== undefined && known.root !== committed.root)
          throw fail(
            `对 ${name} 的承诺与第 ${known.entry} 条不一致`,
            `${name} was committed otherwise in entry ${known.entry}`,
          )
        this.#committed.set(name, { ...committed, ...place })
        return
      }
      case 'document.signed':
      case 'document.issued': {
        const document = boundDocumentOf(leaf.facts)
        if (document === undefined) throw unread('文件的名称或摘要不正确', "the document's name or digest is malformed")
        const known = this.#documents.get(document.name) ?? { entry: index, digests: new Set<string>() }
        this.#documents.set(document.name, { entry: index, digests: known.digests.add(document.sha256) })
        return
      }
      case 'key.announced': {
        const { fingerprint } = leaf.facts
        if (typeof fingerprint === 'string') this.#keys.add(fingerprint)
      }
    }
  }

  /** Is it about what the manifest says that the pack is about? */
  #mustConcern(leaf: LedgerLeaf, fail: (zh: string, en: string) => PackError): void {
    const { kind, engagementId, findingId, from, to } = this.#about
    if (engagementId !== null && leaf.engagementId !== null && leaf.engagementId !== engagementId)
      throw fail('条目属于另一个项目', 'the entry belongs to another engagement')
    if (supportingKinds.has(leaf.kind)) return
    if (kind === 'finding' && leaf.subject !== findingId)
      throw fail(`条目不是关于漏洞 ${findingId ?? ''} 的`, `the entry is not about finding ${findingId ?? ''}`)
    // A finding that was submitted before may still be what the period is about.
    if (kind === 'period' && ((from !== null && leaf.at < from) || (to !== null && leaf.at >= to)))
      throw fail('条目不在所述期间内', 'the entry lies outside of the period')
  }

  #cite(
    cite: Cite,
    place: { entry: number; engagementId: string | null },
    fail: (zh: string, en: string) => PackError,
  ): void {
    const known = this.#cites.get(cite.exchangeId)
    if (known !== undefined && canonicalJson(citeOnly(known)) !== canonicalJson(citeOnly(cite))) {
      throw fail(
        `对 ${cite.exchangeId} 的引用与第 ${known.entry} 条不一致`,
        `${cite.exchangeId} is cited with other digests than in entry ${known.entry}`,
      )
    }
    this.#cites.set(cite.exchangeId, { ...cite, ...place })
  }

  /** Does the ledger itself vouch for this key? */
  announces(fingerprint: string): boolean {
    return this.#keys.has(fingerprint)
  }

  /** Holds a document against the entry that signed or issued it. @throws PackError */
  document(name: string, sha256: string): void {
    const bound = this.#documents.get(name)
    const file = documentFile(name)
    if (bound === undefined)
      throw new PackError(file, '账本中没有签发此文件的条目', 'no entry of the pack binds this document')
    if (!bound.digests.has(sha256)) {
      throw new PackError(file, '文件摘要与账本条目不符', 'the document is not the one the ledger entry names', {
        entry: bound.entry,
      })
    }
    if (this.#declared('document', name)) {
      throw new PackError('withheld.json', `${name} 被声明保留，却在包中`, `${name} is declared withheld and is here`)
    }
    this.#held.documents.add(name)
  }

  /**
   * Holds an exchange's proof against segment, seal and citation. @param sides how much of each is in the pack
   * @throws PackError
   */
  exchange(id: string, proof: ExchangeProof, sides: Readonly<Record<ExchangeSide, SideForm>>): void {
    const { leaf, segment } = proof
    const file = exchangeFile(id, 'proof.json')
    const fail = (zh: string, en: string, entry?: number): PackError =>
      new PackError(file, zh, en, entry === undefined ? {} : { entry })
    if (leaf.exchangeId !== id) throw fail(`证明属于 ${leaf.exchangeId}`, `the proof is that of ${leaf.exchangeId}`)
    const cite = this.#cites.get(id)
    if (cite === undefined) throw fail('包中没有漏洞条目引用它', 'no finding in the pack cites it')
    if (cite.requestDigest !== leaf.requestDigest || cite.responseDigest !== leaf.responseDigest) {
      throw fail('与漏洞条目引用的摘要不符', 'its digests are not those that the finding cites', cite.entry)
    }
    const seal = this.#seals.get(segment.segmentId)
    if (seal === undefined)
      throw fail(`包中没有片段 ${segment.segmentId} 的封存条目`, `no entry seals its segment ${segment.segmentId}`)
    if (seal.root !== segment.root || seal.sha256 !== segment.sha256 || seal.exchanges !== segment.exchanges) {
      throw fail('片段与账本封存条目不符', 'its segment is not the one that the ledger entry seals', seal.entry)
    }
    const engagements = new Set([leaf.engagementId, segment.engagementId, seal.engagementId, cite.engagementId])
    if (engagements.size !== 1)
      throw fail('流量、片段与引用不属于同一项目', 'exchange, segment and citation belong to different engagements')
    if (leaf.sequence < segment.firstSequence || leaf.sequence > segment.lastSequence) {
      throw fail('序号不在片段范围内', 'its sequence number lies outside its segment')
    }
    if (!this.#leadsToRoot(proof))
      throw fail('证明不能导出片段的根', 'its path does not lead to the root of the segment')
    for (const [what, form, salt] of [
      ['exchange.request', sides.request, proof.requestSalt],
      ['exchange.response', sides.response, proof.responseSalt],
    ] as const) {
      for (const [declared, here] of [
        [what, form !== 'withheld'],
        [`${what}.parts`, form !== 'parts'],
      ] as const) {
        if (here !== this.#declared(declared, id)) continue
        throw here
          ? new PackError(
              'withheld.json',
              `${id} 的 ${declared} 被声明保留，却在包中`,
              `${declared} of ${id} is declared withheld and is here`,
            )
          : fail(`${declared} 不在包中，也未声明保留`, `${declared} is neither in the pack nor declared withheld`)
      }
      if (form !== 'whole' && salt !== '')
        throw fail(`${what} 被保留，盐值须为空`, `${what} is withheld, so its salt must be blank`)
    }
    this.#held.exchanges.add(id)
    this.#held.segments.add(segment.segmentId)
  }

  /** What the ledger says of a side's parts; undefined where no entry of the pack does. */
  committed(id: string, side: ExchangeSide): Placed<Committed> | undefined {
    return this.#committed.get(`${id} ${side}`)
  }

  /** Holds the parts of a side against the entry that committed to them. @throws PackError */
  parts(file: string, side: ExchangeSide, { leaf }: ExchangeProof, parts: { count: number; root: string }): void {
    const committed = this.committed(leaf.exchangeId, side)
    if (committed === undefined)
      throw new PackError(file, '账本中没有这些分段的承诺', 'no entry of the pack commits to these parts')
    const digest = side === 'request' ? leaf.requestDigest : leaf.responseDigest
    const same =
      committed.root === parts.root &&
      committed.parts === parts.count &&
      committed.digest === digest &&
      committed.engagementId === leaf.engagementId
    if (!same)
      throw new PackError(
        file,
        '分段与账本条目的承诺不符',
        'the parts are not those that the ledger entry commits to',
        {
          entry: committed.entry,
        },
      )
  }

  #leadsToRoot({ leaf, segment, leafIndex, path }: ExchangeProof): boolean {
    const root = fromHex(segment.root, 32)
    const hashes = path.map((hash) => fromHex(hash, 32) ?? new Uint8Array(0))
    if (root === undefined) return false
    const hash = leafHash(this.#sha256, utf8(canonicalJson(leaf)))
    return verifyInclusion(this.#sha256, {
      index: leafIndex,
      size: segment.exchanges,
      leafHash: hash,
      path: hashes,
      root,
    })
  }

  /** @throws PackError for the first citation or document that is neither in the pack nor declared withheld */
  finish(): void {
    for (const [id, { entry }] of this.#cites) {
      if (this.#held.exchanges.has(id) !== this.#declared('exchange', id)) continue
      throw this.#held.exchanges.has(id)
        ? new PackError(
            'withheld.json',
            `${id} 被声明保留，却在包中`,
            `exchange ${id} is declared withheld and is here`,
          )
        : new PackError(
            'entries.jsonl',
            `所引用的 ${id} 不在包中，也未声明保留`,
            `${id} is cited, not in the pack and not declared withheld`,
            { entry },
          )
    }
    for (const [name, { entry }] of this.#documents) {
      if (this.#held.documents.has(name) || this.#declared('document', name)) continue
      throw new PackError(
        'entries.jsonl',
        `文件 ${name} 不在包中，也未声明保留`,
        `document ${name} is not in the pack and not declared withheld`,
        { entry },
      )
    }
  }

  #declared(what: string, id: string): boolean {
    return this.#withheld.has(`${what} ${id}`)
  }
}

const citeOnly = ({ exchangeId, requestDigest, responseDigest }: Cite) => ({
  exchangeId,
  requestDigest,
  responseDigest,
})
