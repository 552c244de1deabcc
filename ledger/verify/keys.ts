import { fromBase64, fromHex, joinBytes, sameBytes, toBase64, toHex, utf8 } from './bytes.ts'
import type { Sha256 } from './crypto.ts'

/**
 * How a note's signature line was made: C2SP signed-note, C2SP tlog-cosignature (with a time), and SM2 with SM3, to
 * which C2SP assigns no byte: 255, then `sm2Identifier`.
 */
export const noteAlgorithms = { ed25519: 1, cosignature: 4, sm2: 255 } as const

/** Stands between the byte 255 and the point in the key material of an SM2 key, so that no other private type collides. */
export const sm2Identifier = 'zhongheng/note-sm2-sm3/v1'
export type NoteAlgorithm = (typeof noteAlgorithms)[keyof typeof noteAlgorithms]

/** A public key under a name, as signed notes know it. */
export type VerifierKey = {
  readonly name: string
  readonly algorithm: NoteAlgorithm
  /** 32 raw bytes of Ed25519, 65 (the uncompressed point) of SM2. */
  readonly publicKey: Uint8Array
}

const headOf = (algorithm: NoteAlgorithm): Uint8Array =>
  algorithm === noteAlgorithms.sm2
    ? joinBytes(Uint8Array.of(noteAlgorithms.sm2), utf8(sm2Identifier))
    : Uint8Array.of(algorithm)

/** The public key behind what tells its type: what key ids are made of and verifier keys wrap. */
const keyMaterial = (key: VerifierKey): Uint8Array => joinBytes(headOf(key.algorithm), key.publicKey)

/** First four bytes of SHA-256 over name, line feed, algorithm and key: what a signature line carries. */
export function keyId(sha256: Sha256, key: VerifierKey): Uint8Array {
  return sha256(joinBytes(utf8(`${key.name}\n`), keyMaterial(key))).slice(0, 4)
}

/** A key name is not empty and holds neither white space nor a plus sign. */
export const isKeyName = (name: string): boolean =>
  name.length > 0 && !/[\s+]/u.test(name) && !/\p{Cc}/u.test(name) && name.isWellFormed()

/** `name+keyid+base64`, the one-line text that C2SP signed notes use for a public key. */
export function formatVerifierKey(sha256: Sha256, key: VerifierKey): string {
  return `${key.name}+${toHex(keyId(sha256, key))}+${toBase64(keyMaterial(key))}`
}

/** Reads a verifier key line; undefined when its form, algorithm, length or key id is wrong. */
export function parseVerifierKey(sha256: Sha256, text: string): VerifierKey | undefined {
  const [name, idText, ...rest] = text.split('+')
  const id = fromHex(idText, 4)
  const material = fromBase64(rest.join('+'))
  if (name === undefined || !isKeyName(name) || id === undefined || material === undefined) return undefined
  const algorithm = Object.values(noteAlgorithms).find((known) => known === material[0])
  if (algorithm === undefined) return undefined
  const head = headOf(algorithm)
  const publicKey = material.slice(head.length)
  if (!sameBytes(material.subarray(0, head.length), head)) return undefined
  if (publicKey.length !== (algorithm === noteAlgorithms.sm2 ? 65 : 32)) return undefined
  const key = { name, algorithm, publicKey }
  return sameBytes(keyId(sha256, key), id) ? key : undefined
}

// Everything before the 32 key bytes in a SubjectPublicKeyInfo of Ed25519 (RFC 8410).
const spkiHead = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00)

/** DER SubjectPublicKeyInfo of an Ed25519 key: what a fingerprint is taken of and what PEM wraps. */
export const fingerprintSubject = (publicKey: Uint8Array): Uint8Array => joinBytes(spkiHead, publicKey)

/**
 * Hex SHA-256 of the key's SubjectPublicKeyInfo, so that anybody can work it out:
 * `openssl pkey -pubin -in key.pem -outform DER | sha256sum`.
 */
export const fingerprint = (sha256: Sha256, publicKey: Uint8Array): string =>
  toHex(sha256(fingerprintSubject(publicKey)))

/** PEM of an Ed25519 public key, in the one spelling that packs hold. */
export const toPem = (publicKey: Uint8Array): string =>
  `-----BEGIN PUBLIC KEY-----\n${toBase64(fingerprintSubject(publicKey))}\n-----END PUBLIC KEY-----\n`

/** Raw key of a PEM Ed25519 public key (line breaks and blanks are free), or undefined. */
export function fromPem(text: string): Uint8Array | undefined {
  const body = /^\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*$/.exec(text)?.[1]
  const der = body === undefined ? undefined : fromBase64(body.replace(/\s/g, ''))
  if (der?.length !== 44 || !sameBytes(der.subarray(0, 12), spkiHead)) return undefined
  return der.slice(12)
}
