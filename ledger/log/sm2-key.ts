import { randomBytes } from 'node:crypto'
import { fromHex, joinBytes, sameBytes } from '../verify/bytes.ts'
import { sm2PublicKey } from '../verify/sm2.ts'

/** PKCS#8 of an SM2 key, in the one layout that OpenSSL writes; only the two numbers differ from key to key. */
const beforePrivate = hex('308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420')
const betweenThem = hex('a144034200')

/** DER PKCS#8, as `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2` writes it. @param privateKey 32 bytes */
export const sm2ToPkcs8 = (privateKey: Uint8Array): Uint8Array =>
  joinBytes(beforePrivate, privateKey, betweenThem, sm2PublicKey(privateKey))

/** The 32 bytes in a DER PKCS#8, or undefined for another layout, or when its public half is another key's. */
export function sm2FromPkcs8(der: Uint8Array): Uint8Array | undefined {
  const at = beforePrivate.length
  const privateKey = der.slice(at, at + 32)
  try {
    return sameBytes(der, sm2ToPkcs8(privateKey)) ? privateKey : undefined
  } catch {
    return undefined
  }
}

/** A fresh private key of 32 bytes. */
export function newSm2Key(): Uint8Array {
  for (;;) {
    const privateKey = new Uint8Array(randomBytes(32))
    try {
      sm2PublicKey(privateKey)
      return privateKey
    } catch {
      // One number in 2^32 is not below the group's order.
    }
  }
}

function hex(digits: string): Uint8Array {
  return fromHex(digits) ?? new Uint8Array(0)
}
