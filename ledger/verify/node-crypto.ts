import { createHash, createPublicKey, hash, verify, type KeyObject } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { fingerprintSubject } from './keys.ts'
import type { VerifyCrypto } from './crypto.ts'
import { verifySm2 } from './sm2.ts'

const scratch = Buffer.alloc(32)

/** Verification primitives of Node's own OpenSSL. */
export const nodeCrypto: VerifyCrypto = {
  sha256: (bytes) => {
    // A Buffer for each digest costs three times the hashing; a one-byte string copied once does not.
    scratch.write(hash('sha256', bytes, 'binary'), 'latin1')
    return new Uint8Array(scratch)
  },
  startSha256: () => {
    const running = createHash('sha256')
    return {
      update: (bytes) => {
        running.update(bytes)
      },
      digest: () => running.digest(),
    }
  },
  verifyEd25519: (publicKey, message, signature) => {
    if (publicKey.length !== 32 || signature.length !== 64) return false
    return verify(null, message, keyOf(publicKey), signature)
  },
  verifySm2,
  crc32: (bytes, before) => crc32(bytes, before),
}

const keyOf = (publicKey: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.from(fingerprintSubject(publicKey)), format: 'der', type: 'spki' })
