import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

export type SuiteName = 'aes-256-gcm' | 'sm4-ctr-hmac-sm3'

/** Ciphers as one choice. Each message has key material of its own, so no key and nonce are ever used for two messages. */
export type Suite = {
  readonly name: SuiteName
  /** What stands in a sealed value. */
  readonly id: number
  readonly tagBytes: number
  /** Hash of derivations. */
  readonly hash: 'sha256' | 'sm3'
  /** Cipher key, then authentication key where there is one, then nonce: bytes in all. */
  readonly materialBytes: number
  /** @returns ciphertext, then the tag */
  seal(material: Buffer, bound: Uint8Array, plain: Uint8Array): Buffer
  /** @throws Error when material, bound data, ciphertext or tag are not those of sealing */
  open(material: Buffer, bound: Uint8Array, sealed: Uint8Array): Buffer
}

/** AES-256 in Galois/counter mode (NIST SP 800-38D). */
export const aes256Gcm: Suite = {
  name: 'aes-256-gcm',
  id: 1,
  tagBytes: 16,
  hash: 'sha256',
  materialBytes: 44,
  seal(material, bound, plain) {
    const cipher = createCipheriv('aes-256-gcm', material.subarray(0, 32), material.subarray(32, 44))
    cipher.setAAD(bound)
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  },
  open(material, bound, sealed) {
    const end = sealed.length - 16
    if (end < 0) throw new Error('a sealed value is too short')
    const decipher = createDecipheriv('aes-256-gcm', material.subarray(0, 32), material.subarray(32, 44), {
      authTagLength: 16,
    })
    decipher.setAAD(bound)
    decipher.setAuthTag(sealed.subarray(end))
    return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()])
  },
}

/** SM4 (GB/T 32907) in counter mode, then HMAC with SM3 (GB/T 32905) over bound data and ciphertext with its own key. */
export const sm4CtrHmacSm3: Suite = {
  name: 'sm4-ctr-hmac-sm3',
  id: 2,
  tagBytes: 32,
  hash: 'sm3',
  materialBytes: 64,
  seal(material, bound, plain) {
    const cipher = createCipheriv('sm4-ctr', material.subarray(0, 16), material.subarray(48, 64))
    const body = Buffer.concat([cipher.update(plain), cipher.final()])
    return Buffer.concat([body, tagOf(material, bound, body)])
  },
  open(material, bound, sealed) {
    const end = sealed.length - 32
    if (end < 0) throw new Error('a sealed value is too short')
    const body = sealed.subarray(0, end)
    // Judged before anything is decrypted.
    if (!timingSafeEqual(tagOf(material, bound, body), sealed.subarray(end)))
      throw new Error('a sealed value is not authentic')
    const decipher = createDecipheriv('sm4-ctr', material.subarray(0, 16), material.subarray(48, 64))
    return Buffer.concat([decipher.update(body), decipher.final()])
  },
}

/** The length before the bound data keeps it apart from the ciphertext behind it. */
function tagOf(material: Buffer, bound: Uint8Array, body: Uint8Array): Buffer {
  const length = Buffer.alloc(8)
  length.writeBigUInt64BE(BigInt(bound.length))
  return createHmac('sm3', material.subarray(16, 48)).update(length).update(bound).update(body).digest()
}

export const suites: readonly Suite[] = [aes256Gcm, sm4CtrHmacSm3]

/** @throws Error for a number that no suite of this version has */
export function suiteOf(id: number): Suite {
  const found = suites.find((one) => one.id === id)
  if (!found) throw new Error(`a sealed value was made by suite ${id}, which this version does not know`)
  return found
}

export const suiteNamed = (name: SuiteName): Suite => suites.find((one) => one.name === name) ?? aes256Gcm

/** Key material of one message: HKDF (RFC 5869) with the suite’s hash; the salt is the message’s own. */
export const materialOf = (suite: Suite, key: Uint8Array, salt: Uint8Array): Buffer =>
  Buffer.from(hkdfSync(suite.hash, key, salt, `zhongheng/record/2/${suite.name}`, suite.materialBytes))
