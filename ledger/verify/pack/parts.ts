import { joinBytes, toHex, utf8 } from '../bytes.ts'
import type { RunningHash, Sha256, VerifyCrypto } from '../crypto.ts'
import { rootOf } from '../merkle.ts'

/**
 * How one side of an exchange is cut into parts that can be shown or withheld one by one, yet stay provable
 * (docs/formats/evidence-pack-v1.md). The cut is a function of the bytes alone: `head` is start line and headers,
 * `secret` the value of a header that carries credentials, `body` whatever follows the head. Parts joined in order are
 * the side's bytes.
 */
export type PartKind = 'head' | 'secret' | 'body'
export type Part = {
  readonly what: PartKind
  /** Length in bytes. */
  readonly bytes: number
  /** 32 bytes; whoever has it can check a guess, so it goes where the part goes. */
  readonly salt: Uint8Array
  /** Hex SHA-256 of salt and bytes. */
  readonly commitment: string
}

/** Headers whose values are credentials. Part of the format: another list is another cut. */
const secretHeaders = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-access-token',
  'x-api-key',
  'x-auth-token',
])
/** A head that is longer, or has more parts, is not looked into: all of the side is then `body`. */
const maxHead = 256 << 10
const maxParts = 1024

/** Salt of part `index` of a side: nobody gets to another part's salt, or to the side's, from one of them. */
export function partSalt(sha256: Sha256, sideSalt: Uint8Array, index: number): Uint8Array {
  const number = new Uint8Array(4)
  new DataView(number.buffer).setUint32(0, index)
  return sha256(joinBytes(utf8('zhongheng-part/1\n'), sideSalt, number))
}

/** Hex root over the parts' commitments: what an `exchange.committed` entry holds. RFC 6962 over `what commitment`. */
export const partsRoot = (sha256: Sha256, parts: readonly Pick<Part, 'what' | 'commitment'>[]): string =>
  toHex(
    rootOf(
      sha256,
      parts.map(({ what, commitment }) => utf8(`${what} ${commitment}`)),
    ),
  )

/**
 * Cuts a side and commits to each part as the bytes come; memory is that of the head. @param show gets the bytes of each
 * part in order, cut where parts end
 */
export class PartCutter {
  readonly #crypto: VerifyCrypto
  readonly #sideSalt: Uint8Array
  readonly #show: (index: number, what: PartKind, piece: Uint8Array) => void
  readonly #parts: Part[] = []
  #head: Uint8Array | null = new Uint8Array(0)
  #open: { what: PartKind; salt: Uint8Array; hash: RunningHash; bytes: number } | null = null

  constructor(
    crypto: VerifyCrypto,
    sideSalt: Uint8Array,
    show: (index: number, what: PartKind, piece: Uint8Array) => void = () => undefined,
  ) {
    this.#crypto = crypto
    this.#sideSalt = sideSalt
    this.#show = show
  }

  take(piece: Uint8Array): void {
    if (this.#head === null) return this.#add(piece)
    this.#head = joinBytes(this.#head, piece)
    const ranges = headParts(this.#head)
    if (ranges !== undefined) this.#endHead(this.#head, ranges)
    else if (this.#head.length > maxHead) this.#endHead(this.#head, [])
  }

  /** The parts, at least one. */
  end(): readonly Part[] {
    // A head that never ended is not looked into either.
    if (this.#head !== null) this.#endHead(this.#head, [])
    this.#close()
    return this.#parts
  }

  #endHead(bytes: Uint8Array, ranges: readonly Range[]): void {
    this.#head = null
    let at = 0
    for (const { what, end } of ranges) {
      this.#begin(what)
      this.#add(bytes.subarray(at, end))
      at = end
    }
    this.#begin('body')
    this.#add(bytes.subarray(at))
  }

  #begin(what: PartKind): void {
    this.#close()
    const salt = partSalt(this.#crypto.sha256, this.#sideSalt, this.#parts.length)
    const hash = this.#crypto.startSha256()
    hash.update(salt)
    this.#open = { what, salt, hash, bytes: 0 }
    this.#show(this.#parts.length, what, new Uint8Array(0))
  }

  #add(piece: Uint8Array): void {
    if (this.#open === null || piece.length === 0) return
    this.#open.hash.update(piece)
    this.#open.bytes += piece.length
    this.#show(this.#parts.length, this.#open.what, piece)
  }

  #close(): void {
    if (this.#open === null) return
    const { what, salt, hash, bytes } = this.#open
    this.#parts.push({ what, salt, bytes, commitment: toHex(hash.digest()) })
    this.#open = null
  }
}

type Range = { readonly what: PartKind; readonly end: number }

/** Where the parts of a whole head end; undefined while its empty line has not come, or where it cannot be cut. */
function headParts(bytes: Uint8Array): readonly Range[] | undefined {
  const ranges: Range[] = []
  let begin = 0
  for (;;) {
    const end = cutOneHead(bytes, begin, ranges)
    if (end === undefined) return undefined
    // Before the answer proper there may be interim ones (RFC 9110 section 15.2), with headers of their own.
    const status = latin1(bytes.subarray(begin, begin + 16))
    begin = end
    if (!/^HTTP\/\d(?:\.\d)? 1(?!01)\d\d/.test(status)) break
  }
  ranges.push({ what: 'head', end: begin })
  return ranges.length > maxParts ? [] : ranges
}

/** Adds the parts before and at each secret value; answers where the head ends. */
function cutOneHead(bytes: Uint8Array, begin: number, ranges: Range[]): number | undefined {
  let secret: { begin: number; end: number } | null = null
  const flush = (): void => {
    if (secret !== null && secret.end > secret.begin)
      ranges.push({ what: 'head', end: secret.begin }, { what: 'secret', end: secret.end })
    secret = null
  }
  for (let line = begin; ; ) {
    const feed = bytes.indexOf(10, line)
    if (feed < 0) return undefined
    const end = feed > line && bytes[feed - 1] === 13 ? feed - 1 : feed
    if (end === line) {
      flush()
      return feed + 1
    }
    const folded = bytes[line] === 32 || bytes[line] === 9
    if (folded && secret !== null) secret = { begin: (secret as { begin: number }).begin, end }
    else {
      flush()
      secret = secretIn(bytes, line, end)
    }
    line = feed + 1
  }
}

/** The value of a header line that carries credentials. */
function secretIn(bytes: Uint8Array, line: number, end: number): { begin: number; end: number } | null {
  const colon = bytes.indexOf(58, line)
  if (colon < 0 || colon >= end || colon - line > 64) return null
  if (!secretHeaders.has(latin1(bytes.subarray(line, colon)).trim().toLowerCase())) return null
  let begin = colon + 1
  while (begin < end && (bytes[begin] === 32 || bytes[begin] === 9)) begin++
  return { begin, end }
}

const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes)
