import { verify } from 'node:crypto'
import { chmod, cp, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fingerprintOf, newSigningKey, openKeys, signText } from './keys.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zh-keys-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const [mall, forum] = ['eng_01jd0000000000000000000001', 'eng_01jd0000000000000000000002']
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
    const wrapped = first.wrap(mall, Buffer.alloc(32, 7))
    expect(second.unwrap(mall, wrapped)).toEqual(Buffer.alloc(32, 7))
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
    const wrapped = keys.wrap(mall, Buffer.alloc(32, 7))
    expect(() => keys.unwrap(forum, wrapped)).toThrow()
  })
  it('have fingerprints as people compare them', () => {
    expect(fingerprintOf(newSigningKey().publicPem)).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/)
  })
})

describe('the shares of an engagement’s keys', () => {
  it('PUB-CR-06 once destroyed, neither its rows nor its traffic open, also with yesterday’s root key and wrapped key', async () => {
    const dataKey = Buffer.alloc(32, 7)
    const keys = await openKeys(keysIn())
    const wrapped = keys.wrap(mall, dataKey)
    const other = keys.wrap(forum, dataKey)
    expect(keys.trafficKey(mall, dataKey)).not.toEqual(keys.trafficKey(forum, dataKey))
    await cp(keysIn(), join(folder, 'backup'), { recursive: true })
    keys.destroy(mall, 'traffic')
    expect(keys.trafficKey(mall, dataKey)).toBe(null)
    expect(keys.unwrap(mall, wrapped)).toEqual(dataKey)
    keys.destroy(mall, 'file')
    keys.destroy(mall, 'file')
    await rm(keysIn(), { recursive: true })
    await cp(join(folder, 'backup'), keysIn(), { recursive: true })
    const restored = await openKeys(keysIn())
    expect(restored.unwrap(mall, wrapped)).toBe(null)
    expect(restored.trafficKey(mall, dataKey)).toBe(null)
    expect(restored.unwrap(forum, other)).toEqual(dataKey)
  })
  it('are for the server’s account alone, and no id leads out of their folder', async () => {
    const keys = await openKeys(keysIn())
    keys.wrap(mall, Buffer.alloc(32, 7))
    const shares = join(folder, 'key-shares')
    expect((await stat(join(shares, `${mall}.file`))).mode & 0o777).toBe(0o600)
    expect((await stat(shares)).mode & 0o777).toBe(0o700)
    expect(() => keys.destroy('../keys/root.key', 'file')).toThrow('no engagement')
  })
  it('without which nothing opens by accident: a lost share is not taken for an engagement from before shares', async () => {
    const keys = await openKeys(keysIn())
    const wrapped = keys.wrap(mall, Buffer.alloc(32, 7))
    await rm(join(folder, 'key-shares', `${mall}.file`))
    expect(() => keys.unwrap(mall, wrapped)).toThrow()
  })
})
