import { sameBytes, toHex } from './bytes.ts'
import type { Sha256 } from './crypto.ts'
import { type Der, derTags, inside, oidOf, readDer } from './der.ts'

/**
 * An RFC 3161 time stamp taken apart: what it says and what its signature is over. Nothing is verified here beyond the
 * form; `coversSha256` compares the imprint, `time-stamp-signature.ts` checks who signed.
 */
export type TimeStamp = {
  readonly imprint: { readonly algorithm: string; readonly digest: Uint8Array }
  /** By the clock of the time-stamping authority. */
  readonly at: Date
  /** Hex. */
  readonly serial: string
  readonly policy: string
  /** Hex; undefined where the request had none. */
  readonly nonce: string | undefined
  /** The bytes that are signed about, and how. */
  readonly content: Uint8Array
  readonly signer: {
    /** DER of issuer name and serial number, or of a key identifier. */
    readonly id: Der
    readonly digestAlgorithm: string
    readonly signatureAlgorithm: string
    /** DER SET of the signed attributes: the bytes of the signature. */
    readonly attributes: Uint8Array
    /** By object identifier, the one value of each. */
    readonly attribute: (oid: string) => Der | undefined
    readonly signature: Uint8Array
  }
  /** DER of the certificates that came with it. */
  readonly certificates: readonly Uint8Array[]
}

export const digestOids: { readonly [oid: string]: string } = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}
const oids = {
  signedData: '1.2.840.113549.1.7.2',
  tstInfo: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
}
const tagged = (number: number): number => 0xa0 | number
/** Longest answer that is read. */
export const maxStampBytes = 64 << 10

/** Reads a `TimeStampResp` that grants, or a bare token; undefined for anything else. Never throws. */
export function readTimeStamp(bytes: Uint8Array): TimeStamp | undefined {
  const outer = bytes.length > maxStampBytes ? undefined : readDer(bytes)
  const parts = outer?.length === 1 ? inside(outer[0], derTags.sequence) : undefined
  if (parts === undefined) return undefined
  if (parts[0]?.tag === derTags.oid) return readToken(parts)
  // PKIStatusInfo: 0 granted, 1 granted with modifications; anything else carries no token.
  const [status] = inside(parts[0], derTags.sequence) ?? []
  const isGranted = status?.tag === derTags.integer && status.body.length === 1 && (status.body[0] ?? 9) <= 1
  return isGranted && parts.length === 2 ? readToken(inside(parts[1], derTags.sequence) ?? []) : undefined
}

/** PKIStatus of a `TimeStampResp` (RFC 3161 section 2.4.2): 0 granted, 1 with modifications, 2 rejected …; undefined for anything else. */
export function stampStatus(bytes: Uint8Array): number | undefined {
  const outer = bytes.length > maxStampBytes ? undefined : readDer(bytes)
  const parts = outer?.length === 1 ? inside(outer[0], derTags.sequence) : undefined
  const [status] = inside(parts?.[0], derTags.sequence) ?? []
  return status?.tag === derTags.integer && status.body.length === 1 ? status.body[0] : undefined
}

function readToken([type, wrapped]: readonly Der[]): TimeStamp | undefined {
  if (oidOf(type) !== oids.signedData) return undefined
  const data = inside(inside(wrapped, tagged(0))?.[0], derTags.sequence)
  const [, , content, ...rest] = data ?? []
  const signers = inside(rest.at(-1), derTags.set)
  const [contentType, contentBox] = inside(content, derTags.sequence) ?? []
  const octets = inside(contentBox, tagged(0))?.[0]
  if (oidOf(contentType) !== oids.tstInfo || octets?.tag !== derTags.octets || signers?.length !== 1) return undefined
  const box = rest.find((element) => element.tag === tagged(0))
  const certificates = box === undefined ? [] : readDer(box.body)
  const info = readInfo(octets.body)
  const signer = readSigner(signers[0])
  if (info === undefined || signer === undefined || certificates === undefined) return undefined
  return { ...info, content: octets.body, signer, certificates: certificates.map(({ whole }) => whole) }
}

function readInfo(bytes: Uint8Array): Pick<TimeStamp, 'imprint' | 'at' | 'serial' | 'policy' | 'nonce'> | undefined {
  const all = readDer(bytes)
  const [version, policy, imprint, serial, time, ...rest] =
    (all?.length === 1 && inside(all[0], derTags.sequence)) || []
  const [algorithm, digest] = inside(imprint, derTags.sequence) ?? []
  const named = oidOf(inside(algorithm, derTags.sequence)?.[0])
  const at = time?.tag === derTags.time ? generalizedTime(time.body) : undefined
  const by = oidOf(policy)
  if (version?.body[0] !== 1 || by === undefined || named === undefined || at === undefined) return undefined
  if (digest?.tag !== derTags.octets || serial?.tag !== derTags.integer) return undefined
  const nonce = rest.find((element) => element.tag === derTags.integer)
  return {
    imprint: { algorithm: named, digest: digest.body },
    at,
    serial: toHex(serial.body),
    policy: by,
    nonce: nonce === undefined ? undefined : toHex(nonce.body),
  }
}

function readSigner(element: Der | undefined): TimeStamp['signer'] | undefined {
  const [, id, digest, attributes, algorithm, signature] = inside(element, derTags.sequence) ?? []
  const list = inside(attributes, tagged(0))
  const digestAlgorithm = oidOf(inside(digest, derTags.sequence)?.[0])
  const signatureAlgorithm = oidOf(inside(algorithm, derTags.sequence)?.[0])
  if (id === undefined || list === undefined || attributes === undefined || signature?.tag !== derTags.octets)
    return undefined
  if (digestAlgorithm === undefined || signatureAlgorithm === undefined) return undefined
  const values = new Map<string, Der>()
  for (const one of list) {
    const [name, set] = inside(one, derTags.sequence) ?? []
    const [value, ...more] = inside(set, derTags.set) ?? []
    const oid = oidOf(name)
    if (oid === undefined || value === undefined || more.length > 0 || values.has(oid)) return undefined
    values.set(oid, value)
  }
  if (oidOf(values.get(oids.contentType)) !== oids.tstInfo) return undefined
  // What is signed is the SET itself, not the tag that stands for it in the message (RFC 5652 section 5.4).
  // A copy in any case: Buffer's own `slice` would be a view.
  const signed = Uint8Array.from(attributes.whole)
  signed[0] = derTags.set
  return {
    id,
    digestAlgorithm,
    signatureAlgorithm,
    attributes: signed,
    attribute: (oid) => values.get(oid),
    signature: signature.body,
  }
}

/** `YYYYMMDDhhmmss[.f…]Z`; milliseconds are kept. */
function generalizedTime(bytes: Uint8Array): Date | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, 40))
  const [, year, month, day, hour, minute, second, part = ''] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,9}))?Z$/.exec(text) ?? []
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${part.padEnd(3, '0').slice(0, 3)}Z`)
  return Number.isNaN(at.getTime()) ? undefined : at
}

/** Is it the time stamp of these bytes? `not_checked` where it was made with another digest than SHA-256. */
export function coversSha256(sha256: Sha256, stamp: TimeStamp, bytes: Uint8Array): 'good' | 'wrong' | 'not_checked' {
  if (digestOids[stamp.imprint.algorithm] !== 'sha256') return 'not_checked'
  return sameBytes(sha256(bytes), stamp.imprint.digest) ? 'good' : 'wrong'
}
