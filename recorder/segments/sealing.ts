import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

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
export function segmentKey(dataKey: Uint8Array, engagementId: string, segmentId: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', dataKey, `${engagementId}\0${segmentId}`, 'zhongheng segment key v1', 32))
}

/** 16 hex digits that tell one data key from another and say nothing of either. */
export function keyCheck(dataKey: Uint8Array, engagementId: string): string {
  return Buffer.from(hkdfSync('sha256', dataKey, engagementId, 'zhongheng key check v1', 8)).toString('hex')
}

let pool = Buffer.alloc(0)
/** 12 fresh random bytes; drawn from the system in larger portions because each draw costs more than a cipher block. */
export function freshNonce(): Buffer {
  if (pool.length < nonceBytes) pool = randomBytes(nonceBytes * 256)
  const nonce = pool.subarray(0, nonceBytes)
  pool = pool.subarray(nonceBytes)
  return nonce
}

/** Ciphertext of the joined parts, and the tag of 16 bytes behind it. */
export function sealParts(
  key: Uint8Array,
  nonce: Uint8Array,
  bound: Uint8Array,
  parts: readonly Uint8Array[],
): Buffer[] {
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(bound)
  const plain = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
  const sealed = cipher.update(plain)
  cipher.final()
  return [sealed, cipher.getAuthTag()]
}

/** @throws when key, nonce, bound data, bytes or tag are not those of sealing */
export function openSealed(key: Uint8Array, nonce: Uint8Array, bound: Uint8Array, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  decipher.setAAD(bound)
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes))
  const plain = decipher.update(sealed.subarray(0, sealed.length - tagBytes))
  decipher.final()
  return plain
}
