import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from './bytes.ts'
import { nodeCrypto } from './node-crypto.ts'
import { newEd25519Key } from '../log/signer.ts'
import { sha256, startSha256 } from './sha256.ts'
import { withWebCrypto } from './web-crypto.ts'

describe('the digest that browsers use', () => {
  it('is that of FIPS 180-4', () => {
    expect(toHex(sha256(utf8('abc')))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    expect(toHex(sha256(new Uint8Array(0)))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })

  it("is Node's for every length up to three blocks", () => {
    for (let length = 0; length <= 200; length++) {
      const bytes = Uint8Array.from({ length }, (_, at) => (at * 7 + length) % 256)
      expect(toHex(sha256(bytes))).toBe(createHash('sha256').update(bytes).digest('hex'))
    }
  })

  it("is Node's however the message is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 12 }), (pieces) => {
        const running = startSha256()
        const node = createHash('sha256')
        for (const piece of pieces) {
          running.update(piece)
          node.update(piece)
        }
        return toHex(running.digest()) === node.digest('hex')
      }),
      { numRuns: 200 },
    )
  })
})

describe('a check in a browser', () => {
  const { signer } = newEd25519Key()
  const message = utf8('checkpoint')

  it('counts a right signature as right and every other as wrong', async () => {
    const signature = await signer.sign(message)
    const check = (key: Uint8Array, text: Uint8Array, sign: Uint8Array) =>
      withWebCrypto((crypto) => crypto.verifyEd25519(key, text, sign))
    expect(await check(signer.publicKey, message, signature)).toBe(true)
    expect(await check(signer.publicKey, utf8('checkpoinT'), signature)).toBe(false)
    expect(await check(newEd25519Key().signer.publicKey, message, signature)).toBe(false)
    expect(await check(signer.publicKey, message, signature.slice(1))).toBe(false)
    expect(await check(new Uint8Array(32).fill(255), message, signature)).toBe(false)
  })

  it('never believes a signature whose question came up only after a wrong one', async () => {
    const signature = await signer.sign(message)
    const verdict = await withWebCrypto((crypto) => {
      if (crypto.verifyEd25519(signer.publicKey, utf8('another'), signature)) return 'both good'
      return crypto.verifyEd25519(signer.publicKey, utf8('a third'), signature) ? 'second good' : 'none good'
    })
    expect(verdict).toBe('none good')
  })

  it("has Node's checksum", async () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, at) => (at * 31) % 256)
    const sum = await withWebCrypto((crypto) =>
      crypto.crc32(bytes.subarray(300), crypto.crc32(bytes.subarray(0, 300), 0)),
    )
    expect(sum).toBe(nodeCrypto.crc32(bytes, 0))
  })
})
