/**
 * Proving an entry in the reader's own browser: hash the entry, climb with the neighbouring hashes, compare with the root
 * of the signed checkpoint (RFC 6962 section 2.1, RFC 9162 section 2.1.3.2).
 */
export type EntryProof = {
  readonly index: number
  /** Canonical JSON; its UTF-8 bytes are the leaf. */
  readonly leaf: string
  readonly size: number
  /** Hex hashes from the leaf upwards. */
  readonly path: readonly string[]
  /** C2SP signed note: origin, size, root in base 64, empty line, signatures. */
  readonly checkpoint: string
}
export type Fault = 'no_crypto' | 'bad_checkpoint' | 'other_size' | 'wrong_root'
export type Verdict =
  | { readonly holds: true; readonly leafHash: string; readonly root: string; readonly size: number }
  | { readonly holds: false; readonly fault: Fault }

type Bytes = Uint8Array<ArrayBuffer>
type Sha256 = (bytes: Bytes) => Promise<Bytes>

/** WebCrypto's SHA-256; undefined on a plain http page, where browsers offer none. */
export function browserSha256(): Sha256 | undefined {
  const subtle = (globalThis.crypto as Crypto | undefined)?.subtle as SubtleCrypto | undefined
  return subtle && (async (bytes) => new Uint8Array(await subtle.digest('SHA-256', bytes)))
}

/** Whether the entry is in the tree that the checkpoint signs. Never throws for what a server may send. */
export async function verifyEntry(proof: EntryProof, sha256: Sha256 | undefined = browserSha256()): Promise<Verdict> {
  if (!sha256) return { holds: false, fault: 'no_crypto' }
  const head = readCheckpoint(proof.checkpoint)
  if (!head) return { holds: false, fault: 'bad_checkpoint' }
  if (head.size !== proof.size) return { holds: false, fault: 'other_size' }
  const leafHash = await sha256(joined(Uint8Array.of(0), new TextEncoder().encode(proof.leaf)))
  const root = await climb(sha256, proof, leafHash)
  if (root === undefined || hexOf(root) !== head.root) return { holds: false, fault: 'wrong_root' }
  return { holds: true, leafHash: hexOf(leafHash), root: head.root, size: head.size }
}

/** The root that leaf and path lead to, or undefined when they cannot belong to this place in a tree of this size. */
async function climb(sha256: Sha256, { index, size, path }: EntryProof, leafHash: Bytes): Promise<Bytes | undefined> {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return undefined
  let at = index
  let last = size - 1
  let hash = leafHash
  for (const text of path) {
    const sibling = bytesOfHash(text)
    if (last === 0 || !sibling) return undefined
    if (at % 2 === 1 || at === last) {
      hash = await sha256(joined(Uint8Array.of(1), sibling, hash))
      // A node without a right neighbour rises unchanged until it has a left one.
      while (at % 2 === 0 && at !== 0) {
        at /= 2
        last = Math.floor(last / 2)
      }
    } else hash = await sha256(joined(Uint8Array.of(1), hash, sibling))
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 ? hash : undefined
}

/** Size and root of a checkpoint, or undefined when it is none. */
export function readCheckpoint(text: string): { origin: string; size: number; root: string } | undefined {
  const [origin = '', size = '', root = ''] = text.split('\n')
  if (origin === '' || !/^(0|[1-9]\d{0,15})$/.test(size) || !/^[A-Za-z0-9+/]{43}=$/.test(root)) return undefined
  return { origin, size: Number(size), root: hexOf(Uint8Array.from(atob(root), (char) => char.charCodeAt(0))) }
}

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
const bytesOfHash = (text: string): Bytes | undefined =>
  /^[0-9a-f]{64}$/.test(text)
    ? Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
    : undefined

function joined(...parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
