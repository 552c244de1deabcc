import { canonicalJson } from '@zhongheng/contracts/records/canonical-json.ts'
import { fromHex, toHex, utf8 } from '../verify/bytes.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { type PartsFile, withheldMark } from '../verify/pack/format.ts'
import { type Part, PartCutter, type PartKind, partsRoot } from '../verify/pack/parts.ts'

/** Gives a file's bytes from the beginning each time it is called; it is called several times and must give the same. */
export type Source = () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** What of a side is withheld: values of headers that carry credentials, or those and the body. */
export type Redaction = 'secrets' | 'bodies'
/** A side of which only some parts are shown. An `exchange.committed` entry must commit to its parts. */
export type Redacted = { readonly bytes: Source; readonly withhold: Redaction }

/**
 * Is this part withheld? Where a side has no head that could be looked into, its one part may hold anything and is
 * withheld as well.
 */
const isWithheld = (redaction: Redaction, what: PartKind, index: number): boolean =>
  what === 'secret' || (what === 'body' && (redaction === 'bodies' || index === 0))

/**
 * Commits to the parts of a side: what an `exchange.committed` entry says of it. `withholds` tells whether the redaction
 * leaves anything out at all; else the side may be shown whole. @param salt the side's, hex
 */
export async function commitTo(
  bytes: Source,
  salt: string,
  redaction: Redaction = 'secrets',
): Promise<{ parts: number; root: string; withholds: boolean }> {
  const parts = await cut(bytes, salt)
  const withholds = parts.some((part, index) => part.bytes > 0 && isWithheld(redaction, part.what, index))
  return { parts: parts.length, root: partsRoot(nodeCrypto.sha256, parts), withholds }
}

/** Bytes of `*.parts.json`: the commitments, and the salts of the parts that are shown. */
export async function partsFile({ bytes, withhold }: Redacted, salt: string): Promise<Uint8Array> {
  const parts = await cut(bytes, salt)
  const file: PartsFile = {
    parts: parts.map(({ what, commitment, salt: own, bytes: length }, index) =>
      isWithheld(withhold, what, index)
        ? { what, commitment, salt: '', bytes: null }
        : { what, commitment, salt: toHex(own), bytes: length },
    ),
  }
  return utf8(canonicalJson(file))
}

/** Bytes of `*.shown.bin`: the parts that are shown, and a mark for each that is not. */
export async function* shownBytes({ bytes, withhold }: Redacted, salt: string): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = []
  let marked = -1
  const cutter = new PartCutter(nodeCrypto, fromHex(salt) ?? new Uint8Array(0), (index, what, piece) => {
    if (!isWithheld(withhold, what, index)) ready.push(Uint8Array.from(piece))
    else if (marked < index) {
      ready.push(utf8(withheldMark))
      marked = index
    }
  })
  for await (const piece of bytes()) {
    cutter.take(piece)
    yield* ready
    ready = []
  }
  cutter.end()
  yield* ready
}

async function cut(bytes: Source, salt: string): Promise<readonly Part[]> {
  const cutter = new PartCutter(nodeCrypto, fromHex(salt) ?? new Uint8Array(0))
  for await (const piece of bytes()) cutter.take(piece)
  return cutter.end()
}
