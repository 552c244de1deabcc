import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canMakeTokens, makeSoftToken } from '@zhongheng/testing/tokens/soft-token.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { secretsFrom } from '../signing/secrets.ts'
import { changeKeeper } from './change-keeper.ts'
import { gatherShares } from './gather-shares.ts'
import type { NewKeeper, Openers } from './keepers.ts'
import { type KeyRing, openKeys } from './keys.ts'

const engagement = 'eng_01h00000000000000000000001'
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zh-change-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))
const keysIn = (): string => join(folder, 'keys')

/** Openers of an operator who holds these. */
async function holding(
  what: { passphrase?: string; pin?: string; shares?: readonly string[]; environment?: Record<string, string> } = {},
): Promise<Openers> {
  const fileOf = async (name: string, text: string | undefined) => {
    if (text === undefined) return undefined
    await writeFile(join(folder, name), `${text}\n`, { mode: 0o600 })
    return join(folder, name)
  }
  return {
    secrets: secretsFrom(
      {
        passphraseFile: await fileOf('passphrase', what.passphrase),
        pinFile: await fileOf('pin', what.pin),
        tokenEnvironment: what.environment ?? {},
      },
      'SEALING',
    ),
    async shares(set, isRight) {
      const gathering = gatherShares(set, isRight)
      for (const one of what.shares ?? []) gathering.take(one)
      const key = gathering.key()
      if (!key) throw new Error('shares are missing')
      return key
    },
  }
}
/** An engagement's wrapped keys of before any change; they must open under each keeper without being touched. */
const rowOf = (keys: KeyRing) => ({
  id: engagement,
  demand_org_id: 'org_1',
  wrapped_key: keys.wrap(keys.newTenantKey('org_1', 1), keys.newEngagementKeys('org_1', engagement)),
})
const move = async (to: NewKeeper, today: Openers, then: Openers = today) =>
  changeKeeper(keysIn(), to, today, then.secrets, 'aes-256-gcm')

describe('changing the keeper', () => {
  it.skipIf(!canMakeTokens)(
    'goes from file to passphrase to shares to a token and back; what was wrapped opens all the way untouched',
    async () => {
      const keys = await openKeys(keysIn())
      const row = rowOf(keys)
      const same = async (openers: Openers, kind: string) => {
        const now = await openKeys(keysIn(), { mayMake: 'nothing', openers })
        expect([now.keeper.kind, now.mark(), now.kekVersions()]).toEqual([kind, keys.mark(), keys.kekVersions()])
        expect(now.engagement(row)).toEqual(keys.engagement(row))
        expect((await readdir(keysIn())).includes('root.key')).toBe(kind === 'file')
      }
      const withWords = await holding({ passphrase: 'neun Pferde im Regen' })
      expect(await move({ kind: 'passphrase', scryptN: 1 << 15 }, await holding(), withWords)).toEqual([])
      await same(withWords, 'passphrase')
      const shares = await move({ kind: 'shares', needed: 2, of: 3 }, withWords)
      expect(shares).toHaveLength(3)
      const withShares = await holding({ shares: shares.slice(1) })
      await same(withShares, 'shares')
      const soft = makeSoftToken(folder)
      const { pin, environment } = soft
      const withToken = await holding({ pin, environment: { ...environment } })
      await move({ kind: 'token', module: soft.module, token: soft.token }, withShares, withToken)
      await same(withToken, 'token')
      await move({ kind: 'file' }, withToken)
      await same(await holding(), 'file')
      await expect(openKeys(keysIn(), { openers: withShares })).resolves.toBeDefined()
    },
    60_000,
  )
  it('PUB-CR-04 is refused to whoever cannot open it today, and then changes nothing', async () => {
    await openKeys(keysIn())
    await move(
      { kind: 'passphrase', scryptN: 1 << 15 },
      await holding(),
      await holding({ passphrase: 'erste Losung 1' }),
    )
    const before = await readFile(join(keysIn(), 'sealing.json'), 'utf8')
    const wrong = await holding({ passphrase: 'zweite Losung 2' })
    await expect(move({ kind: 'file' }, wrong)).rejects.toThrow(/passphrase is wrong/)
    await expect(move({ kind: 'shares', needed: 2, of: 2 }, await holding())).rejects.toThrow(/PASSPHRASE_FILE/)
    expect(await readFile(join(keysIn(), 'sealing.json'), 'utf8')).toBe(before)
    expect(await readdir(keysIn())).not.toContain('root.key')
  })
  it('refuses a short passphrase, a missing installation, and a file in the place of a file', async () => {
    await expect(move({ kind: 'passphrase' }, await holding())).rejects.toThrow(/start the platform once/)
    await openKeys(keysIn())
    await expect(move({ kind: 'file' }, await holding())).rejects.toThrow(/already/)
    await expect(move({ kind: 'passphrase' }, await holding({ passphrase: 'kurz' }))).rejects.toThrow(/12 characters/)
  })
  it('makes shares of before useless', async () => {
    await openKeys(keysIn())
    const old = await move({ kind: 'shares', needed: 2, of: 2 }, await holding())
    await move({ kind: 'shares', needed: 2, of: 2 }, await holding({ shares: old }))
    await expect(openKeys(keysIn(), { openers: await holding({ shares: old }) })).rejects.toThrow(/another set/)
  })
  it('that was killed before its end leaves no key in the clear behind after the next start', async () => {
    await openKeys(keysIn())
    const root = await readFile(join(keysIn(), 'root.key'))
    const words = await holding({ passphrase: 'neun Pferde im Regen' })
    await move({ kind: 'passphrase', scryptN: 1 << 15 }, await holding(), words)
    await writeFile(join(keysIn(), 'root.key'), root, { mode: 0o600 })
    await openKeys(keysIn(), { openers: words })
    expect(await readdir(keysIn())).not.toContain('root.key')
  })
})
