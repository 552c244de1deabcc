import { canonicalJson, type Json } from '@zhongheng/contracts/records/canonical-json.ts'
import type { ExchangeProof } from '@zhongheng/contracts/records/capture.ts'
import type { LedgerLeaf } from '@zhongheng/contracts/records/ledger-leaf.ts'
import { fromHex, fromUtf8 } from '../bytes.ts'
import { type EntryLine, type Manifest, packFormat, type PartsFile, type StampProof, type Withheld } from './format.ts'

/**
 * Reads the pack's JSON strictly: exactly the known members, exactly the canonical spelling. Every reader answers
 * undefined for anything else; it never throws, however deep or odd the text is.
 */
type Members = { readonly [name: string]: Json | undefined }
type Check = (value: Json | undefined) => boolean

/** Parsing costs some hundred bytes of memory for each level, which a short text cannot make many of. */
const depthMatters = { above: 256 << 10, levels: 24 }

/** Does the JSON nest deeper than anything of ours? Looked at before parsing, in one pass. */
function isTooDeep(bytes: Uint8Array): boolean {
  let depth = 0
  let inText = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (inText) {
      if (byte === 0x5c) at++
      else if (byte === 0x22) inText = false
    } else if (byte === 0x22) inText = true
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > depthMatters.levels) return true
    } else if (byte === 0x5d || byte === 0x7d) depth--
  }
  return false
}

/**
 * Is this the one spelling of the value? Native code spells like canonical JSON except for the order of members; where
 * that is not so (a lone surrogate, names that look like numbers) the slow way decides.
 */
const isCanonical = (value: Json, text: string): boolean =>
  (isSorted(value) && !text.includes('\\ud') && JSON.stringify(value) === text) || canonicalJson(value) === text

function isSorted(value: Json | undefined): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (Array.isArray(value)) return value.every((item: Json) => isSorted(item))
  let before = ''
  for (const [name, member] of Object.entries(value)) {
    if (name < before || !isSorted(member)) return false
    before = name
  }
  return true
}

/** The value of JSON bytes, if they are of this shape and in the canonical spelling; undefined otherwise. */
function readCanonical(bytes: Uint8Array, check: Check): Json | undefined {
  const text = bytes.length > depthMatters.above && isTooDeep(bytes) ? undefined : fromUtf8(bytes)
  if (text === undefined) return undefined
  try {
    const value = JSON.parse(text) as Json
    return check(value) && isCanonical(value, text) ? value : undefined
  } catch {
    // Not JSON, a lone surrogate, or nested deeper than the stack: none of them is ours.
    return undefined
  }
}

const text: Check = (value) => typeof value === 'string'
const count: Check = (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
const hex32 = /^[0-9a-f]{64}$/
const digest: Check = (value) => typeof value === 'string' && hex32.test(value)
const salt: Check = (value) => fromHex(value) !== undefined
const moment: Check = (value) =>
  typeof value === 'string' &&
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) &&
  !Number.isNaN(Date.parse(value))
const textOrNull: Check = (value) => value === null || text(value)
const momentOrNull: Check = (value) => value === null || moment(value)
const exactly =
  (wanted: Json): Check =>
  (value) =>
    value === wanted
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every((item: Json) => check(item))
const anyMembers: Check = (value) => isMembers(value)
const members =
  (checks: { readonly [name: string]: Check }): Check =>
  (value) =>
    isMembers(value) &&
    Object.keys(value).every((name) => Object.hasOwn(checks, name)) &&
    Object.entries(checks).every(([name, check]) => check(value[name]))

const isMembers = (value: Json | undefined): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const manifest = members({
  format: exactly(packFormat),
  madeAt: moment,
  about: members({
    kind: (value) => value === 'engagement' || value === 'finding' || value === 'period',
    engagementId: textOrNull,
    findingId: textOrNull,
    from: momentOrNull,
    to: momentOrNull,
  }),
  log: members({ origin: text, size: count, root: digest }),
  keys: listOf(members({ role: text, name: text, fingerprint: digest })),
  files: listOf(members({ name: text, size: count, sha256: digest })),
})

const leaf = members({
  v: exactly(1),
  id: text,
  at: moment,
  kind: text,
  engagementId: textOrNull,
  subject: textOrNull,
  actor: text,
  role: text,
  facts: anyMembers,
})
const entryLine = members({ index: count, leaf, proof: listOf(digest) })

const withheld = members({
  items: listOf(members({ what: text, id: text, reason: members({ zh: text, en: text }) })),
})

const parts = members({
  parts: listOf(
    members({
      what: (value) => value === 'head' || value === 'secret' || value === 'body',
      commitment: digest,
      salt: (value) => value === '' || digest(value),
      bytes: (value) => value === null || count(value),
    }),
  ),
})
const stampProof = members({ proof: listOf(digest) })

const exchangeProof = members({
  leaf: members({
    exchangeId: text,
    engagementId: text,
    leaseId: text,
    sequence: count,
    startedAt: moment,
    finishedAt: moment,
    status: count,
    requestDigest: digest,
    responseDigest: digest,
    policyDigest: text,
  }),
  segment: members({
    segmentId: text,
    engagementId: text,
    exchanges: count,
    firstSequence: count,
    lastSequence: count,
    bytes: count,
    sha256: digest,
    root: digest,
    sealedAt: moment,
  }),
  leafIndex: count,
  path: listOf(digest),
  requestSalt: salt,
  responseSalt: salt,
})

function reader<T>(check: Check): (bytes: Uint8Array) => T | undefined {
  return (bytes) => readCanonical(bytes, check) as T | undefined
}

export const readManifest = reader<Manifest>(manifest)
const readLine = reader<EntryLine>(entryLine)

/** An entry's line, and the leaf's own bytes, which stand in it as they are. */
export function readEntryLine(bytes: Uint8Array): (EntryLine & { readonly leafBytes: Uint8Array }) | undefined {
  const line = readLine(bytes)
  if (line === undefined) return undefined
  // In the canonical spelling what stands before and behind the leaf has a length that is known.
  const begin = `{"index":${line.index},"leaf":`.length
  const end = bytes.length - (',"proof":[]}'.length + line.proof.length * 67 - (line.proof.length > 0 ? 1 : 0))
  return { ...line, leafBytes: bytes.subarray(begin, end) }
}

export const readWithheld = reader<{ readonly items: readonly Withheld[] }>(withheld)
export const readExchangeProof = reader<ExchangeProof>(exchangeProof)
/** The form of a key history; what it says is judged in ../keys-file.ts. */
export const readKeysForm = reader<{
  readonly format: string
  readonly history: {
    readonly acts: readonly { readonly index: number; readonly leaf: LedgerLeaf }[]
    readonly origin: string
    readonly size: number
  }
  readonly signatures: string
}>(
  members({
    format: text,
    history: members({ acts: listOf(members({ index: count, leaf })), origin: text, size: count }),
    signatures: text,
  }),
)
export const readParts = reader<PartsFile>(parts)
export const readStampProof = reader<StampProof>(stampProof)
/** A leaf of the log; undefined for entries that are not of this platform's making. */
export const readLeaf = reader<LedgerLeaf>(leaf)

/** What a finding cites, of an entry's facts. */
export type Cite = { readonly exchangeId: string; readonly requestDigest: string; readonly responseDigest: string }
const cites = listOf(members({ exchangeId: text, requestDigest: digest, responseDigest: digest }))
export const citesOf = (facts: Members): readonly Cite[] | undefined =>
  facts['cites'] === undefined ? [] : cites(facts['cites']) ? (facts['cites'] as unknown as readonly Cite[]) : undefined

/** What a sealed segment's entry says. */
export type Seal = {
  readonly segmentId: string
  readonly root: string
  readonly sha256: string
  readonly exchanges: number
}
export const sealOf = (facts: Members): Seal | undefined => {
  const { segmentId, root, sha256, exchanges } = facts
  const good = text(segmentId) && digest(root) && digest(sha256) && count(exchanges)
  return good ? ({ segmentId, root, sha256, exchanges } as unknown as Seal) : undefined
}

/** What an entry says of one side of an exchange cut into parts. */
export type Committed = {
  readonly exchangeId: string
  readonly side: 'request' | 'response'
  /** The side's digest in its segment. */
  readonly digest: string
  readonly parts: number
  readonly root: string
}
export const committedOf = (facts: Members): Committed | undefined => {
  const { exchangeId, side, digest: of, parts: number, root } = facts
  const good =
    text(exchangeId) && (side === 'request' || side === 'response') && digest(of) && count(number) && digest(root)
  return good ? ({ exchangeId, side, digest: of, parts: number, root } as unknown as Committed) : undefined
}

/** What binds a document, of its entry's facts. */
export const boundDocumentOf = (facts: Members): { name: string; sha256: string } | undefined => {
  const { name, sha256 } = facts
  return typeof name === 'string' && typeof sha256 === 'string' && digest(sha256) ? { name, sha256 } : undefined
}
