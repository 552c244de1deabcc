import { sm2 } from 'sm-crypto-v2'
import { fromHex, toHex } from './bytes.ts'

/**
 * SM2 signatures with SM3 by GM/T 0003.2 and GM/T 0009 (user id 1234567812345678), over plain JavaScript so that they
 * run wherever verification does. The only module that knows the library: what OpenSSL offers through Node under the
 * name SM2 is ECDSA on that curve.
 */

/** GM/T 0009 section 7: the user id of signers that agreed on no other. */
export const sm2UserId = '1234567812345678'
const options = { hash: true, userId: sm2UserId }

/** An uncompressed point on the SM2 curve. */
export const isSm2PublicKey = (publicKey: Uint8Array): boolean => {
  if (publicKey.length !== 65 || publicKey[0] !== 4) return false
  try {
    return sm2.verifyPublicKey(toHex(publicKey))
  } catch {
    return false
  }
}

/** Is the signature right? False, never an error, for whatever is no key, no point or no signature.
 * @param publicKey 65 bytes, the uncompressed point @param signature 64 bytes: r and s */
export function verifySm2(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64 || !isSm2PublicKey(publicKey)) return false
  try {
    return sm2.doVerifySignature(message, toHex(signature), toHex(publicKey), options)
  } catch {
    // The library throws for numbers outside of the group.
    return false
  }
}

/** Signs. @param privateKey 32 bytes @returns 64 bytes: r and s @throws RangeError when the key is none */
export function signSm2(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
  const publicKey = sm2PublicKey(privateKey)
  const signature = sm2.doSignature(message, toHex(privateKey), { ...options, publicKey: toHex(publicKey) })
  const bytes = fromHex(signature, 64)
  if (bytes === undefined) throw new RangeError('the SM2 library gave no signature of 64 bytes')
  return bytes
}

/** The public key of 65 bytes. @param privateKey 32 bytes @throws RangeError when the number is no private key */
export function sm2PublicKey(privateKey: Uint8Array): Uint8Array {
  try {
    const point = privateKey.length === 32 ? fromHex(sm2.getPublicKeyFromPrivateKey(toHex(privateKey)), 65) : undefined
    if (point !== undefined) return point
  } catch {
    // Zero, or not below the group's order.
  }
  throw new RangeError('not an SM2 private key')
}
