import { createCipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { oneKey, open, openText, overheadOf, seal } from './seal.ts'
import { aes256Gcm, materialOf, sm4CtrHmacSm3, suites } from './suites.ts'

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex')
const place = { table: 'findings', column: 'sealed_body', row: 'fnd_1' }

describe('the parts give the answers that their standards publish', () => {
  it('SM4: GB/T 32907-2016, A.1', () => {
    const key = hex('0123456789abcdeffedcba9876543210')
    const cipher = createCipheriv('sm4-ecb', key, null).setAutoPadding(false)
    expect(cipher.update(key).toString('hex')).toBe('681edf34d206965e86b3e94f536e4246')
  })
  it('SM4 in counter mode: draft-ribose-cfrg-sm4-10, A.2.5.1 and A.2.5.2', () => {
    const plain = hex(`aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb ccccccccccccccccdddddddddddddddd
      eeeeeeeeeeeeeeeeffffffffffffffff aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb`)
    const nonce = hex('000102030405060708090a0b0c0d0e0f')
    const run = (key: string) => createCipheriv('sm4-ctr', hex(key), nonce).update(plain).toString('hex')
    expect(run('0123456789abcdeffedcba9876543210')).toBe(
      hex(`ac3236cb970cc20791364c395a1342d1 a3cbc1878c6f30cd074cce385cdd70c7
        f234bc0e24c11980fd1286310ce37b92 6e02fcd0faa0baf38b2933851d824514`).toString('hex'),
    )
  })
  it('SM3: GB/T 32905-2016, A.1 and A.2', () => {
    const digest = (text: string) => createHash('sm3').update(text).digest('hex')
    expect(digest('abc')).toBe('66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0')
    expect(digest('abcd'.repeat(16))).toBe('debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732')
  })
  it('HMAC with SM3 is RFC 2104 over that SM3', () => {
    const key = randomBytes(32)
    const pad = (byte: number) => Buffer.concat([key, Buffer.alloc(32)]).map((one) => one ^ byte)
    const inner = createHash('sm3').update(pad(0x36)).update('abc').digest()
    const outer = createHash('sm3').update(pad(0x5c)).update(inner).digest('hex')
    expect(createHmac('sm3', key).update('abc').digest('hex')).toBe(outer)
  })
  it('AES-256-GCM: the GCM specification, test case 16', () => {
    const key = hex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308')
    const material = Buffer.concat([key, hex('cafebabefacedbaddecaf888')])
    const bound = hex('feedfacedeadbeeffeedfacedeadbeefabaddad2')
    const plain = hex(`d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72
      1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39`)
    const sealed = aes256Gcm.seal(material, bound, plain)
    expect(sealed.toString('hex')).toBe(
      hex(`522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa
        8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662 76fc6ece0f4e1768cddf8853bb2d551b`).toString('hex'),
    )
    expect(aes256Gcm.open(material, bound, sealed).equals(plain)).toBe(true)
  })
  it('HKDF with SHA-256: RFC 5869, test case 1', () => {
    const made = hkdfSync(
      'sha256',
      Buffer.alloc(22, 0x0b),
      hex('000102030405060708090a0b0c'),
      hex('f0f1f2f3f4f5f6f7f8f9'),
      42,
    )
    expect(Buffer.from(made).toString('hex')).toBe(
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    )
  })
})

describe.each(suites.map((suite) => [suite.name, suite] as const))('suite %s', (_name, suite) => {
  const keys = oneKey(randomBytes(32), suite)
  it('opens what it sealed, of any length, and is longer by what it says', () => {
    for (const length of [0, 1, 15, 16, 17, 4096, 70_001]) {
      const plain = randomBytes(length)
      const sealed = seal(keys, place, plain)
      expect(open(keys, place, sealed).equals(plain)).toBe(true)
      expect(sealed.length).toBe(length + overheadOf(suite))
    }
  })
  it('refuses every changed bit, and every shorter value', () => {
    const sealed = seal(keys, place, '漏洞')
    for (let at = 0; at < sealed.length * 8; at++) {
      const broken = Buffer.from(sealed)
      broken[at >> 3] = (broken[at >> 3] ?? 0) ^ (1 << (at & 7))
      expect(() => open(keys, place, broken), `bit ${at}`).toThrow()
    }
    for (let length = 0; length < sealed.length; length++)
      expect(() => open(keys, place, sealed.subarray(0, length)), `${length} bytes`).toThrow()
  })
  it('uses other key material for each message and each part of it', () => {
    const key = randomBytes(32)
    const one = materialOf(suite, key, Buffer.alloc(24, 1))
    const other = materialOf(suite, key, Buffer.alloc(24, 2))
    const parts = [one, other].flatMap((material) => [material.subarray(0, 16), material.subarray(16, 32)])
    expect(one).toHaveLength(suite.materialBytes)
    expect(new Set(parts.map((part) => part.toString('hex'))).size).toBe(parts.length)
  })
})

describe('an installation that changes its suite', () => {
  it('reads what either sealed under the same key', () => {
    const key = randomBytes(32)
    const [before, after] = [oneKey(key, aes256Gcm), oneKey(key, sm4CtrHmacSm3)]
    expect(openText(after, place, seal(before, place, '旧'))).toBe('旧')
    expect(openText(before, place, seal(after, place, '新'))).toBe('新')
    const claimed = Buffer.from(seal(before, place, '旧'))
    claimed[1] = sm4CtrHmacSm3.id
    expect(() => open(after, place, claimed)).toThrow()
    claimed[1] = 9
    expect(() => open(after, place, claimed)).toThrow(/suite 9/)
  })
})
