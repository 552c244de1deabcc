import { verify } from 'node:crypto'
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fingerprintOf, newSigningKey, openKeys, signText } from './keys.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zh-keys-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const keysIn = () => join(folder, 'keys')
const modeOf = async (name: string): Promise<number> => (await stat(join(keysIn(), name))).mode & 0o777

describe('the key folder', () => {
  it('is made at the first start, for the server’s account alone, and holds the same keys afterwards', async () => {
    const first = await openKeys(keysIn())
    expect((await stat(keysIn())).mode & 0o777).toBe(0o700)
    expect((await readdir(keysIn())).sort()).toEqual(['policy.key', 'policy.pub', 'root.key'])
    for (const name of ['root.key', 'policy.key']) expect(await modeOf(name), name).toBe(0o600)
    const second = await openKeys(keysIn())
    expect(second.policy.fingerprint).toBe(first.policy.fingerprint)
    expect(second.house('identity').equals(first.house('identity'))).toBe(true)
    const wrapped = first.wrap('eng_1', Buffer.alloc(32, 7))
    expect(second.unwrap('eng_1', wrapped).equals(Buffer.alloc(32, 7))).toBe(true)
  })
  it('survives a start that was killed while a key was being written', async () => {
    await openKeys(keysIn())
    await rm(join(keysIn(), 'root.key'))
    await writeFile(join(keysIn(), 'root.key.new'), 'half', { mode: 0o644 })
    await chmod(join(keysIn(), 'root.key.new'), 0o644)
    const keys = await openKeys(keysIn())
    expect(await readFile(join(keysIn(), 'root.key'))).toHaveLength(32)
    expect(await modeOf('root.key')).toBe(0o600)
    expect(keys.house('x')).toHaveLength(32)
    expect(await readdir(keysIn())).not.toContain('root.key.new')
  })
  it('is refused with the file’s name when the root key is damaged: nothing is made anew over sealed data', async () => {
    await openKeys(keysIn())
    await writeFile(join(keysIn(), 'root.key'), 'too short')
    await expect(openKeys(keysIn())).rejects.toThrow(/root\.key must hold 32 bytes/)
  })
  it('offers the gateway the public half of the key that really signs, also after a restore from backup', async () => {
    await openKeys(keysIn())
    await writeFile(join(keysIn(), 'policy.pub'), newSigningKey().publicPem)
    const keys = await openKeys(keysIn())
    expect(await readFile(join(keysIn(), 'policy.pub'), 'utf8')).toBe(keys.policy.publicPem)
    const signature = Buffer.from(signText(keys.policy.privateKey, '策略'), 'base64')
    expect(verify(null, Buffer.from('策略'), keys.policy.publicPem, signature)).toBe(true)
    expect(verify(null, Buffer.from('策略 '), keys.policy.publicPem, signature)).toBe(false)
  })
})

describe('keys for a purpose', () => {
  it('are not each other’s: engagements and house purposes', async () => {
    const keys = await openKeys(keysIn())
    expect(keys.house('identity').equals(keys.house('organisation-keys'))).toBe(false)
    const wrapped = keys.wrap('eng_1', Buffer.alloc(32, 7))
    expect(() => keys.unwrap('eng_2', wrapped)).toThrow()
  })
  it('have fingerprints as people compare them', () => {
    expect(fingerprintOf(newSigningKey().publicPem)).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/)
  })
})
