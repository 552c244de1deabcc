import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/** What a sealed value belongs to. A value moved to another row, column or tenant does not open. */
export type SealPlace = { readonly table: string; readonly column: string; readonly row: string }

const suiteAes256Gcm = 1

/**
 * Seals bytes with AES-256-GCM under a 32-byte key: suite (1) ‖ nonce (12) ‖ tag (16) ‖ ciphertext. The place is
 * associated data. The only cipher call of the server besides `open`.
 */
export function seal(key: Uint8Array, place: SealPlace, plain: Uint8Array | string): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(associated(place))
  const body = Buffer.concat([
    typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain),
    cipher.final(),
  ])
  return Buffer.concat([Buffer.of(suiteAes256Gcm), nonce, cipher.getAuthTag(), body])
}

/** @throws Error when the key, the place or one bit of the value is not what it was */
export function open(key: Uint8Array, place: SealPlace, sealed: Uint8Array): Buffer {
  if (sealed[0] !== suiteAes256Gcm || sealed.length < 29)
    throw new Error(`sealed value of ${place.table}.${place.column} has an unknown form`)
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 13))
  decipher.setAAD(associated(place))
  decipher.setAuthTag(sealed.subarray(13, 29))
  return Buffer.concat([decipher.update(sealed.subarray(29)), decipher.final()])
}

export const openText = (key: Uint8Array, place: SealPlace, sealed: Uint8Array): string =>
  open(key, place, sealed).toString('utf8')

/** Length-prefixed so that no two places share an encoding. */
const associated = (place: SealPlace): Buffer =>
  Buffer.from([place.table, place.column, place.row].map((part) => `${Buffer.byteLength(part)}:${part}`).join('|'))

/** Derives a key of its own for one purpose, so that no key is used in two ways. */
export const deriveKey = (key: Uint8Array, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `zhongheng/${purpose}`, 32))

/** A keyed digest (hex): the ledger may hold it without giving the text away to somebody who guesses texts. */
export const keyedDigest = (key: Uint8Array, text: string): string =>
  createHmac('sha256', deriveKey(key, 'commitment')).update(text, 'utf8').digest('hex')
