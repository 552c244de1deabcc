/**
 * The primitives that verification needs. The pure files of this folder take them as an argument, so that a
 * browser or an independent checker can bring its own; `node-crypto.ts` is Node's.
 */

/** SHA-256: 32 bytes of their own. The argument may be overwritten as soon as it returns. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array

export type RunningHash = {
  update(bytes: Uint8Array): void
  /** 32 bytes; the hash may not be used afterwards. */
  digest(): Uint8Array
}

export type VerifyCrypto = {
  readonly sha256: Sha256
  startSha256(): RunningHash
  /** @param publicKey 32 raw bytes @param signature 64 raw bytes */
  verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  /** SM2 with SM3 (`sm2.ts` runs anywhere). @param publicKey 65 bytes @param signature 64 bytes: r and s */
  verifySm2(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  /** CRC-32 as zip files use it, continued from `before` (0 at the start). */
  crc32(bytes: Uint8Array, before: number): number
}
