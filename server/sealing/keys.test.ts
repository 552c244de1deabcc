import { createCipheriv, verify } from 'node:crypto'
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { wrappedBy } from './engagement-envelope.ts'
import { type KeyRing, fingerprintOf, newSigningKey, openKeys, signText } from './keys.ts'
import { deriveKey, openText } from './seal.ts'

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
    expect((await readdir(keysIn())).sort()).toEqual([
      'installation.key',
      'installation.pub',
      'policy.key',
      'policy.pub',
      'root.key',
      'sealing.json',
    ])
    for (const name of ['root.key', 'policy.key', 'installation.key', 'sealing.json'])
      expect(await modeOf(name), name).toBe(0o600)
    const second = await openKeys(keysIn())
    expect(second.policy.fingerprint).toBe(first.policy.fingerprint)
    expect(second.mark()).toBe(first.mark())
    const keys = first.newEngagementKeys('org_1', mall)
    const row = { id: mall, demand_org_id: 'org_1', wrapped_key: first.wrap(first.newTenantKey('org_1', 1), keys) }
    expect(Buffer.from(second.engagement(row)?.fixed ?? '').toString('hex')).toBe(
      Buffer.from(keys.fixed).toString('hex'),
    )
  })
  it('survives a start that was killed while a key was being written', async () => {
    await openKeys(keysIn())
    for (const name of ['root.key', 'sealing.json', 'policy.key', 'installation.key']) await rm(join(keysIn(), name))
    await writeFile(join(keysIn(), 'root.key.new'), 'half', { mode: 0o644 })
    await chmod(join(keysIn(), 'root.key.new'), 0o644)
    const keys = await openKeys(keysIn())
    expect(await readFile(join(keysIn(), 'root.key'))).toHaveLength(32)
    expect(await modeOf('root.key')).toBe(0o600)
    expect(keys.house('x').fixed).toHaveLength(32)
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
  it('are not each other’s', async () => {
    const keys = await openKeys(keysIn())
    expect(Buffer.from(keys.house('identity').fixed).equals(keys.house('organisation-keys').fixed)).toBe(false)
  })
  it('have fingerprints as people compare them', () => {
    expect(fingerprintOf(newSigningKey().publicPem)).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/)
  })
})

describe('keys that are missing', () => {
  it('PUB-CR-04 are not made anew over sealed rows: the start is refused and says what to restore', async () => {
    await expect(openKeys(keysIn(), { mayMake: 'nothing' })).rejects.toThrow(/restore the keys folder/)
    await expect(openKeys(keysIn(), { mayMake: 'from_root_key' })).rejects.toThrow(/restore the keys folder/)
    await openKeys(keysIn())
    await rm(join(keysIn(), 'sealing.json'))
    await expect(openKeys(keysIn(), { mayMake: 'nothing' })).rejects.toThrow(/restore the keys folder/)
  })
  it('PUB-CR-04 are refused by name when damaged, of another backup, or readable by others', async () => {
    await openKeys(keysIn())
    const path = join(keysIn(), 'sealing.json')
    const good = await readFile(path)
    await writeFile(path, '{}')
    await expect(openKeys(keysIn())).rejects.toThrow(/sealing\.json is damaged/)
    await writeFile(path, good)
    await chmod(path, 0o640)
    await expect(openKeys(keysIn())).rejects.toThrow(/chmod 600/)
    await chmod(path, 0o600)
    await writeFile(join(keysIn(), 'root.key'), Buffer.alloc(32, 1))
    await expect(openKeys(keysIn())).rejects.toThrow(/does not fit/)
  })
})

describe('an installation of before there were key-encryption keys', () => {
  it('goes on with its root.key: what that sealed opens, and its signing key is sealed now', async () => {
    const root = Buffer.alloc(32, 9)
    await mkdir(keysIn(), { mode: 0o700 })
    await writeFile(join(keysIn(), 'root.key'), root, { mode: 0o600 })
    const old = newSigningKey()
    await writeFile(join(keysIn(), 'policy.key'), old.privatePem, { mode: 0o600 })
    const keys = await openKeys(keysIn(), { mayMake: 'from_root_key' })
    expect(keys.policy.fingerprint).toBe(fingerprintOf(old.publicPem))
    expect(await readFile(join(keysIn(), 'policy.key'), 'utf8')).not.toContain('PRIVATE')
    expect(Buffer.from(keys.house('identity').fixed).equals(deriveKey(root, 'house/identity'))).toBe(true)
    const dataKey = Buffer.alloc(32, 3)
    const wrapped = formOne(deriveKey(root, 'engagement-keys'), `11:engagements|11:wrapped_key|30:${mall}`, dataKey)
    const opened = keys.engagement({ id: mall, demand_org_id: 'org_1', wrapped_key: wrapped })
    expect(Buffer.from(opened?.fixed ?? '').equals(dataKey)).toBe(true)
    const body = formOne(dataKey, '8:findings|11:sealed_body|5:fnd_1', Buffer.from('旧的正文'))
    expect(opened && openText(opened, { table: 'findings', column: 'sealed_body', row: 'fnd_1' }, body)).toBe(
      '旧的正文',
    )
  })
})

describe('a second key-encryption key', () => {
  it('wraps from now on, also after a start; the first opens until it is forgotten', async () => {
    const keys = await openKeys(keysIn())
    const own = keys.newEngagementKeys('org_1', mall)
    const first = keys.newTenantKey('org_1', 1)
    const row = { id: mall, demand_org_id: 'org_1', wrapped_key: keys.wrap(first, own) }
    expect(await keys.addKek(new Date('2026-11-21T08:00:00Z'))).toBe(2)
    const again = await openKeys(keysIn())
    expect(again.mark()).toBe(keys.mark())
    expect(wrappedBy(again.wrap(again.rewrapTenantKey(first), own))).toEqual({ kek: 2, tenant: 1 })
    expect(again.engagement(row)?.current).toBe(1)
    await again.keepOnlyKek(2)
    expect((await openKeys(keysIn())).kekVersions()).toEqual([{ version: 2, madeAt: '2026-11-21T08:00:00.000Z' }])
    expect(() => again.engagement(row)).toThrow(/key 1, which is gone/)
    await expect(keys.addKek(new Date())).rejects.toThrow(/changed since the start/)
  })
})

describe('an engagement’s wrapped keys', () => {
  it('PUB-CR-01 open in their own row and tenant only, and in no changed form', async () => {
    const keys = await openKeys(keysIn())
    const row = {
      id: mall,
      demand_org_id: 'org_1',
      wrapped_key: keys.wrap(keys.newTenantKey('org_1', 1), keys.newEngagementKeys('org_1', mall)),
    }
    expect(keys.engagement(row)?.keys.size).toBe(1)
    expect(() => keys.engagement({ ...row, id: forum })).toThrow()
    expect(() => keys.engagement({ ...row, demand_org_id: 'org_2' })).toThrow()
    for (let at = 0; at < row.wrapped_key.length; at++) {
      const broken = Buffer.from(row.wrapped_key)
      broken[at] = (broken[at] ?? 0) ^ 1
      expect(() => keys.engagement({ ...row, wrapped_key: broken }), `byte ${at}`).toThrow()
    }
  })
})

describe('the shares of an engagement’s keys', () => {
  const rowOf = (keys: KeyRing, id: string) => ({
    id,
    demand_org_id: 'org_1',
    wrapped_key: keys.wrap(keys.newTenantKey('org_1', 1), keys.newEngagementKeys('org_1', id)),
  })
  it('PUB-CR-06 once destroyed, neither its rows nor its traffic open, also with yesterday’s keys and wrapped key', async () => {
    const keys = await openKeys(keysIn())
    const row = rowOf(keys, mall)
    const other = rowOf(keys, forum)
    const opened = keys.engagement(row)
    if (!opened) throw new Error('not destroyed yet')
    expect(keys.trafficKey(opened)).toHaveLength(32)
    await cp(keysIn(), join(folder, 'backup'), { recursive: true })
    keys.destroy(mall, 'traffic')
    expect(keys.trafficKey(opened)).toBe(null)
    expect(keys.engagement(row)).toEqual(opened)
    keys.destroy(mall, 'file')
    keys.destroy(mall, 'file')
    await rm(keysIn(), { recursive: true })
    await cp(join(folder, 'backup'), keysIn(), { recursive: true })
    const restored = await openKeys(keysIn())
    expect(restored.engagement(row)).toBe(null)
    expect(restored.trafficKey(opened)).toBe(null)
    expect(() => restored.wrap(restored.newTenantKey('org_1', 1), opened)).toThrow(/was destroyed/)
    expect(restored.engagement(other)?.keys.size).toBe(1)
  })
  it('are for the server’s account alone, and no id leads out of their folder', async () => {
    const keys = await openKeys(keysIn())
    rowOf(keys, mall)
    const shares = join(folder, 'key-shares')
    expect((await stat(join(shares, `${mall}.file`))).mode & 0o777).toBe(0o600)
    expect((await stat(shares)).mode & 0o777).toBe(0o700)
    expect(() => keys.destroy('../keys/root.key', 'file')).toThrow('no engagement')
  })
  it('without which nothing opens by accident: a lost share is not taken for an engagement from before shares', async () => {
    const keys = await openKeys(keysIn())
    const row = rowOf(keys, mall)
    await rm(join(folder, 'key-shares', `${mall}.file`))
    expect(() => keys.engagement(row)).toThrow()
  })
  it('are not the same for rows and traffic of two engagements', async () => {
    const keys = await openKeys(keysIn())
    const [one, two] = [keys.engagement(rowOf(keys, mall)), keys.engagement(rowOf(keys, forum))]
    if (!one || !two) throw new Error('not destroyed')
    const made = [keys.trafficKey(one), keys.trafficKey(two), one.fixed, two.fixed]
    expect(new Set(made.map((key) => Buffer.from(key ?? '').toString('hex'))).size).toBe(4)
  })
})

/** A value as the version before sealed it. */
function formOne(key: Buffer, bound: string, plain: Buffer): Buffer {
  const nonce = Buffer.alloc(12, 5)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(bound))
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([Buffer.of(1), nonce, cipher.getAuthTag(), body])
}
