import { toHex } from './bytes.ts'
import type { VerifyCrypto } from './crypto.ts'
import { sha256, startSha256 } from './sha256.ts'
import { verifySm2 } from './sm2.ts'

const crcTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb8_8320 : value >>> 1
  return value
})

function crc32(bytes: Uint8Array, before: number): number {
  let crc = ~before
  for (const byte of bytes) crc = (crc >>> 8) ^ (crcTable[(crc ^ byte) & 255] ?? 0)
  return ~crc >>> 0
}

type Question = { readonly publicKey: Uint8Array; readonly message: Uint8Array; readonly signature: Uint8Array }

/** Signatures cannot be checked here: the browser is too old for Ed25519, or the page is not on a secure origin. */
export class NoSignatures extends Error {
  override readonly name = 'NoSignatures'
}

/**
 * Runs a check in a browser. Verification asks for signatures synchronously and WebCrypto answers asynchronously: so the
 * task first runs with every unknown signature taken as good, its questions are then answered, and only a run of which
 * every answer was known and right counts. A wrong answer leads to another run. @throws NoSignatures
 */
export async function withWebCrypto<T>(task: (crypto: VerifyCrypto) => Promise<T> | T): Promise<T> {
  const known = new Map<string, boolean>()
  for (;;) {
    const open = new Map<string, Question>()
    const result = await task({
      sha256,
      startSha256,
      crc32,
      verifySm2,
      verifyEd25519: (publicKey, message, signature) => {
        const name = [publicKey, sha256(message), signature].map(toHex).join(' ')
        const answer = known.get(name)
        if (answer === undefined)
          open.set(name, { publicKey, message: Uint8Array.from(message), signature: Uint8Array.from(signature) })
        return answer ?? true
      },
    })
    if (open.size === 0) return result
    let allGood = true
    for (const [name, question] of open) {
      const answer = await isGood(question)
      known.set(name, answer)
      allGood &&= answer
    }
    if (allGood) return result
  }
}

async function isGood({ publicKey, message, signature }: Question): Promise<boolean> {
  if (publicKey.length !== 32 || signature.length !== 64) return false
  const subtle = (globalThis.crypto as Crypto | undefined)?.subtle as SubtleCrypto | undefined
  if (subtle === undefined) throw new NoSignatures('no WebCrypto on this page')
  const own = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes)
  const key = await subtle.importKey('raw', own(publicKey), 'Ed25519', false, ['verify']).catch((error: unknown) => {
    // A point that is none is a wrong signature; an algorithm that is unknown is no answer.
    if (error instanceof DOMException && error.name === 'NotSupportedError') throw new NoSignatures(error.message)
    return undefined
  })
  return key === undefined ? false : subtle.verify('Ed25519', key, own(signature), own(message))
}
