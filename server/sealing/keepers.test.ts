import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canMakeTokens, makeSoftToken } from '@zhongheng/testing/tokens/soft-token.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type KeySecrets, secretsFrom } from '../signing/secrets.ts'
import { type Keeper, type NewKeeper, type Openers, makeKeeper, unlockingKey } from './keepers.ts'
import { gatherShares } from './gather-shares.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zh-keeper-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

type Kept = { keeper: Keeper; key: Buffer; openers: Openers; wrong: Openers }

const written = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, text, { mode: 0o600 })
  return path
}
const noShares: Openers['shares'] = () => Promise.reject(new Error('nobody is asked'))
/** Openers by which this passphrase or PIN is given. */
const withSecret = async (kind: 'passphrase' | 'pin', text: string, environment = {}): Promise<Openers> => {
  const path = await written(`${kind}-${randomBytes(3).toString('hex')}`, `${text}\n`)
  const none = { passphraseFile: undefined, pinFile: undefined, tokenEnvironment: environment }
  return { secrets: secretsFrom({ ...none, [`${kind}File`]: path }, 'SEALING'), shares: noShares }
}
/** Openers by which these shares are handed in, one after the other. */
const withShares = (secrets: KeySecrets, shares: readonly string[]): Openers => ({
  secrets,
  shares: async (set, isRight) => {
    const gathering = gatherShares(set, isRight)
    for (const one of shares) gathering.take(one)
    const found = gathering.key()
    if (!found) throw new Error('the shares are not enough')
    return found
  },
})

const makers: { readonly [kind in Keeper['kind']]: () => Promise<Kept> } = {
  async file() {
    const { secrets } = await withSecret('passphrase', 'unused unused')
    const openers = { secrets, shares: noShares }
    return { ...(await makeKeeper(folder, { kind: 'file' }, secrets)), openers, wrong: openers }
  },
  async passphrase() {
    const openers = await withSecret('passphrase', 'neun Pferde im Regen')
    const wrong = await withSecret('passphrase', 'neun Pferde im Rege')
    const wanted: NewKeeper = { kind: 'passphrase', scryptN: 1 << 15 }
    return { ...(await makeKeeper(folder, wanted, openers.secrets)), openers, wrong }
  },
  async shares() {
    const { secrets } = await withSecret('passphrase', 'unused unused')
    const made = await makeKeeper(folder, { kind: 'shares', needed: 3, of: 5 }, secrets)
    const other = await makeKeeper(folder, { kind: 'shares', needed: 3, of: 5 }, secrets)
    const openers = withShares(
      secrets,
      [1, 4, 2].map((at) => made.shares[at] ?? ''),
    )
    return { ...made, openers, wrong: withShares(secrets, other.shares.slice(0, 3)) }
  },
  async token() {
    const token = makeSoftToken(folder)
    const openers = await withSecret('pin', token.pin, token.environment)
    const wrong = await withSecret('pin', '0000', token.environment)
    const wanted: NewKeeper = { kind: 'token', module: token.module, token: token.token }
    return { ...(await makeKeeper(folder, wanted, openers.secrets)), openers, wrong }
  },
}
const kinds: readonly [Keeper['kind'], boolean][] = [
  ['file', true],
  ['passphrase', true],
  ['shares', true],
  ['token', canMakeTokens],
]

describe.each(kinds)('a keeper of kind %s', (kind, possible) => {
  it.runIf(possible)('gives back the unlocking key, of 32 bytes, as often as it is asked', async () => {
    const { keeper, key, openers } = await makers[kind]()
    expect(key).toHaveLength(32)
    for (let time = 0; time < 2; time++) {
      const got = await unlockingKey(folder, keeper, openers, (one) => one.equals(key))
      expect(got.equals(key)).toBe(true)
    }
  })
  it.runIf(possible)('says nothing of the key in what lies in the folder and is not a secret itself', async () => {
    const { keeper, key } = await makers[kind]()
    for (const form of ['hex', 'base64', 'latin1'] as const)
      expect(JSON.stringify(keeper)).not.toContain(key.toString(form).slice(0, 12))
  })
  it.runIf(possible)(
    'PUB-CR-04 refuses what does not fit, in words that name no secret',
    async () => {
      const { keeper, openers, wrong } = await makers[kind]()
      await expect(unlockingKey(folder, keeper, openers, () => false)).rejects.toThrow()
      if (kind === 'file') await writeFile(join(folder, 'root.key'), randomBytes(32))
      const { key } = await makers[kind === 'file' ? 'passphrase' : kind]()
      const said = await unlockingKey(folder, keeper, wrong, (one) => one.equals(key)).catch((error: unknown) => error)
      expect(said).toBeInstanceOf(Error)
      expect((said as Error).message).not.toMatch(/Pferde|0000|zhs1-/)
    },
    30_000,
  )
})

describe('the file in the clear', () => {
  it('PUB-CR-04 is refused when other accounts may read it', async () => {
    const { keeper, openers } = await makers.file()
    await chmod(join(folder, 'root.key'), 0o644)
    await expect(unlockingKey(folder, keeper, openers, () => true)).rejects.toThrow(/chmod 600/)
  })
})

describe('gathering shares', () => {
  it('counts each once, refuses those of another set, and begins anew after a set that does not open', async () => {
    const { secrets } = await withSecret('passphrase', 'unused unused')
    const made = await makeKeeper(folder, { kind: 'shares', needed: 2, of: 3 }, secrets)
    const other = await makeKeeper(folder, { kind: 'shares', needed: 2, of: 3 }, secrets)
    if (made.keeper.kind !== 'shares') throw new Error('shares')
    const [a = '', b = ''] = made.shares
    const gathering = gatherShares(made.keeper, (key) => key.equals(made.key))
    expect(gathering.take(a)).toEqual({ given: 1, needed: 2 })
    expect(gathering.take(a)).toEqual({ given: 1, needed: 2 })
    expect(() => gathering.take(other.shares[1] ?? '')).toThrow(/another set/)
    expect(gathering.take(b)).toEqual({ given: 2, needed: 2 })
    expect(gathering.key()?.equals(made.key)).toBe(true)
    const never = gatherShares(made.keeper, () => false)
    never.take(a)
    expect(() => never.take(b)).toThrow(/begin again/)
    expect(never.state()).toEqual({ given: 0, needed: 2 })
  })
})
