import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'

/**
 * The recorder's only cipher: AES-256-GCM under a key per segment, derived from the engagement's data key.
 *
 * Nonces are random. A counter would be used twice when a torn tail is cut after kill -9 and the record number is
 * written again with other content; with a key per segment 96 random bits are far from their limit.
 */
export const nonceBytes = 12
export const tagBytes = 16
export const dataKeyBytes = 32

/** The key of one segment. */
export function segmentKey(dataKey: Uint8Array, engagementId: string, segmentId: string): KeyObject {
  const bytes = hkdfSync('sha256', dataKey, `${engagementId}\0${segmentId}`, 'zhongheng segment key v1', 32)
  return createSecretKey(Buffer.from(bytes))
}

/** 16 hex digits that tell one data key from another and say nothing of either. */
export function keyCheck(dataKey: Uint8Array, engagementId: string): string {
  return Buffer.from(hkdfSync('sha256', dataKey, engagementId, 'zhongheng key check v1', 8)).toString('hex')
}

let pool = Buffer.alloc(0)
/** Fresh random bytes (few), drawn from the system in larger portions: each draw costs more than a cipher block. */
export function randomPortion(length: number): Buffer {
  if (pool.length < length) pool = randomBytes(16 * 1024)
  const portion = pool.subarray(0, length)
  pool = pool.subarray(length)
  return portion
}

/** Small parts are gathered here before they are sealed: one call of the cipher for many entries. */
const gathering = Buffer.alloc(64 * 1024)
const smallPart = 8 * 1024

/** Ciphertext of the parts in order, in any number of pieces, and the tag of 16 bytes as the last one. */
export function sealParts(
  key: KeyObject,
  nonce: Uint8Array,
  bound: Uint8Array,
  parts: readonly Uint8Array[],
): Buffer[] {
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(bound)
  const sealed: Buffer[] = []
  let gathered = 0
  const flush = (): void => {
    if (gathered > 0) sealed.push(cipher.update(gathering.subarray(0, gathered)))
    gathered = 0
  }
  for (const part of parts) {
    if (part.length > smallPart) {
      flush()
      sealed.push(cipher.update(part))
      continue
    }
    if (gathered + part.length > gathering.length) flush()
    gathering.set(part, gathered)
    gathered += part.length
  }
  flush()
  cipher.final()
  sealed.push(cipher.getAuthTag())
  return sealed
}

/** @throws when key, nonce, bound data, bytes or tag are not those of sealing */
export function openSealed(key: KeyObject, nonce: Uint8Array, bound: Uint8Array, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  decipher.setAAD(bound)
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes))
  const plain = decipher.update(sealed.subarray(0, sealed.length - tagBytes))
  decipher.final()
  return plain
}
