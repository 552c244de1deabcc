import { execFileSync } from 'node:child_process'
import { createCipheriv, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { deriveKey, headOf, keyedDigest, oneKey, open, openFromText, openText, seal, sealToText } from './seal.ts'

const raw = randomBytes(32)
const key = oneKey(raw)
const place = { table: 'findings', column: 'sealed_body', row: 'fnd_1' }
const secret = '商品搜索存在 SQL 注入 \u0000 🙂'

describe('a sealed value', () => {
  it('opens with its key at its place, as text and as bytes, also when it is empty', () => {
    expect(openText(key, place, seal(key, place, secret))).toBe(secret)
    const bytes = randomBytes(70_000)
    expect(open(key, place, seal(key, place, bytes)).equals(bytes)).toBe(true)
    expect(openText(key, place, seal(key, place, ''))).toBe('')
  })
  it('looks different each time and shows nothing of what it holds', () => {
    const [one, other] = [seal(key, place, secret), seal(key, place, secret)]
    expect(one.equals(other)).toBe(false)
    expect(one.includes(Buffer.from('SQL'))).toBe(false)
  })
  it('does not open with another key', () => {
    expect(() => open(oneKey(randomBytes(32)), place, seal(key, place, secret))).toThrow()
  })
  it.each([
    ['table', { ...place, table: 'reports' }],
    ['column', { ...place, column: 'sealed_title' }],
    ['row', { ...place, row: 'fnd_2' }],
    ['split of the same letters', { table: 'findings', column: 'sealed_bodyf', row: 'nd_1' }],
  ])('does not open in another %s', (_what, elsewhere) => {
    expect(() => open(key, elsewhere, seal(key, place, secret))).toThrow()
  })
  it('keeps places apart whose names hold the separators', () => {
    const tricky = { table: 'a', column: 'b|1:c', row: 'd' }
    expect(() => open(key, { table: 'a', column: 'b', row: 'c|1:d' }, seal(key, tricky, secret))).toThrow()
  })
  it('does not open after any one bit changed, nor cut short', () => {
    const sealed = seal(key, place, 'Kurz')
    for (let at = 0; at < sealed.length * 8; at++) {
      const broken = Buffer.from(sealed)
      broken[at >> 3] = (broken[at >> 3] ?? 0) ^ (1 << (at & 7))
      expect(() => open(key, place, broken), `bit ${at}`).toThrow()
    }
    for (let length = 0; length < sealed.length; length++)
      expect(() => open(key, place, sealed.subarray(0, length)), `${length} bytes`).toThrow()
  })
})

describe('a value of a text that can change', () => {
  it('opens only in the version that its row has', () => {
    const first = seal(key, { ...place, version: 1 }, secret)
    expect(openText(key, { ...place, version: 1 }, first)).toBe(secret)
    for (const version of [undefined, 0, 2]) {
      const elsewhere = version === undefined ? place : { ...place, version }
      expect(() => open(key, elsewhere, first), String(version)).toThrow(/version/)
    }
  })
})

describe('a value of another tenant, engagement or key version', () => {
  const keys = { ...key, tenant: 'org_1', engagement: 'eng_1' }
  it.each([
    ['tenant', { ...keys, tenant: 'org_2' }],
    ['engagement', { ...keys, engagement: 'eng_2' }],
    ['split of the same letters', { ...keys, tenant: 'org_1e', engagement: 'ng_1' }],
    ['key that is gone', { ...keys, keys: new Map([[1, raw]]) }],
  ])('does not open: %s', (_what, others) => {
    expect(() => open(others, place, seal(keys, place, secret))).toThrow()
  })
  it('opens while its key is kept beside a newer one, which seals', () => {
    const before = seal(keys, place, secret)
    const both = { ...keys, current: 1, keys: new Map([...keys.keys, [1, randomBytes(32)]]) }
    expect(openText(both, place, before)).toBe(secret)
    expect(headOf(seal(both, place, secret))?.keyVersion).toBe(1)
  })
})

describe('values of before key versions', () => {
  it('open as they were sealed, and nowhere else', () => {
    // Suite 1, nonce, tag, ciphertext.
    const nonce = Buffer.alloc(12, 7)
    const cipher = createCipheriv('aes-256-gcm', raw, nonce)
    cipher.setAAD(Buffer.from('8:findings|11:sealed_body|5:fnd_1'))
    const body = Buffer.concat([cipher.update(secret), cipher.final()])
    const sealed = Buffer.concat([Buffer.of(1), nonce, cipher.getAuthTag(), body])
    expect(openText(key, place, sealed)).toBe(secret)
    expect(() => open(key, { ...place, row: 'fnd_2' }, sealed)).toThrow()
    expect(() => open({ ...key, keys: new Map([[1, raw]]) }, place, sealed)).toThrow()
  })
})

describe('sealed text', () => {
  it('is text again with its key; text that was never sealed is refused', () => {
    const sealed = sealToText(key, place, secret)
    expect(sealed).toMatch(/^zhs2:[A-Za-z0-9+/]+=*$/)
    expect(openFromText(key, place, sealed)).toBe(secret)
    expect(() => openFromText(key, place, secret)).toThrow(/not sealed/)
  })
})

describe('many values under one key', () => {
  it('PUB-CR-05 share no key and nonce: 4,000 salts, in this process and another one', () => {
    const ours = Array.from({ length: 2_000 }, () => seal(key, place, '').subarray(8, 32).toString('base64'))
    const code = `const { oneKey, seal } = await import(${JSON.stringify(new URL('./seal.ts', import.meta.url).href)})
      const key = oneKey(Buffer.from('${raw.toString('hex')}', 'hex'))
      let all = ''
      for (let n = 0; n < 2000; n++) all += seal(key, ${JSON.stringify(place)}, '').subarray(8, 32).toString('base64') + '\\n'
      process.stdout.write(all)`.replaceAll('\\\\n', '\\n')
    const told = execFileSync(process.execPath, ['--input-type=module', '-e', code], { maxBuffer: 1 << 24 })
    const theirs = told.toString('utf8').trim().split('\n')
    expect(theirs).toHaveLength(2_000)
    expect(new Set([...ours, ...theirs]).size).toBe(4_000)
  }, 60_000)
})

describe('a derived key', () => {
  it('differs by purpose and by origin, and is the same every time', () => {
    const keys = [deriveKey(raw, 'a'), deriveKey(raw, 'b'), deriveKey(randomBytes(32), 'a'), raw]
    expect(new Set(keys.map((one) => one.toString('hex'))).size).toBe(4)
    expect(deriveKey(raw, 'a').equals(deriveKey(raw, 'a'))).toBe(true)
    expect(deriveKey(raw, 'a')).toHaveLength(32)
  })
  it('makes digests that somebody without the key cannot try out', () => {
    expect(keyedDigest(key, secret)).toMatch(/^[0-9a-f]{64}$/)
    expect(keyedDigest(key, secret)).toBe(keyedDigest(key, secret))
    expect(keyedDigest(key, secret)).not.toBe(keyedDigest(oneKey(randomBytes(32)), secret))
    expect(keyedDigest(key, secret)).not.toBe(keyedDigest(key, `${secret} `))
  })
})
