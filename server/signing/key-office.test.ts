import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fsck } from '@zhongheng/ledger/fsck/fsck.ts'
import { openCheckpointByAll } from '@zhongheng/ledger/verify/checkpoint.ts'
import { judgeCheckpoint, openKeysFile } from '@zhongheng/ledger/verify/keys-file.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import { canMakeTokens, makeSoftToken } from '@zhongheng/testing/tokens/soft-token.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLedger } from '../ports/ledger-log.ts'
import { inSystemWork } from '../work/work.ts'
import { beginKeyHistory } from './key-acts.ts'
import { endKey, type KeyOffice, keyState, reserveKey, revokeKey, rotateKey } from './key-office.ts'
import { recordRestore } from '../jobs/restore.ts'
import { openLedgerKeysIn } from './ledger-keys.ts'
import { secretsFrom } from './secrets.ts'

let stage: Stage
let away: string
beforeEach(async () => {
  stage = await openStage()
  away = await mkdtemp(join(tmpdir(), 'zh-safe-'))
  await inSystemWork(stage.deps, (work) => beginKeyHistory(work, stage.deps.ledger.keys))
  await stage.integrate()
})
afterEach(async () => {
  await stage.close()
  await rm(away, { recursive: true })
})

const keysFolder = (): string => join(stage.folder, 'keys')
const ledgerFolder = (): string => join(stage.folder, 'ledger')
const office = (more: Partial<KeyOffice> = {}): KeyOffice => ({
  database: stage.deps.database,
  keysFolder: keysFolder(),
  ledgerFolder: ledgerFolder(),
  secrets: secretsFrom(stage.deps.settings.ledgerKeys),
  sm2: false,
  ...more,
})
const inFile = { keeping: { kind: 'file', sm2: false } } as const
const happen = async (count = 1): Promise<void> => {
  await inSystemWork(stage.deps, async (work) => {
    for (let n = 0; n < count; n++)
      work.record({
        kind: 'login.refused',
        engagementId: null,
        subject: `s-${n}`,
        role: 'system',
        audience: 'house',
        facts: {},
      })
  })
  await stage.integrate()
}
const states = async (): Promise<string[]> => {
  const { history } = await keyState(office())
  return history.keys.map(({ begunAt, endedAt, revoked }) =>
    revoked !== null ? revoked.reason : endedAt !== null ? 'ended' : begunAt === null ? 'reserve' : 'in force',
  )
}
const firstKey = async (): Promise<string> => (await keyState(office())).history.keys[0]?.fingerprint ?? ''
const historyIn = (bytes: Uint8Array) => {
  const history = openKeysFile(nodeCrypto, bytes)
  if (!('keys' in history)) throw new Error(history.what.en)
  return history
}
/** What anybody can do who has the newest key history, the log's checkpoint and one fingerprint. */
const judged = async (pinned: string) => {
  const { keys, size } = stage.deps.ledger
  const history = historyIn(await keys.keysFileAt(size()))
  return judgeCheckpoint(nodeCrypto, history, await readFile(join(ledgerFolder(), 'checkpoint')), [pinned])
}
/** A server that was stopped and is started again. */
const restarted = async () => {
  const { database, settings, keys: ring } = stage.deps
  const keys = await openLedgerKeysIn(keysFolder(), database, settings.ledgerKeys, ring.installation)
  return openLedger(ledgerFolder(), keys, () => new Date())
}

describe('a rotation', () => {
  it('lets both keys sign every checkpoint, then the new one alone; the server learns it from its own ledger', async () => {
    const first = await firstKey()
    const second = await rotateKey(office(), inFile)
    await stage.integrate()
    expect(await judged(first)).toMatchObject({ ok: true, signedBy: [second, first], trusted: true })
    expect(await states()).toEqual(['in force', 'in force'])
    expect(await endKey(office(), undefined)).toBe(first)
    await stage.integrate()
    expect(await judged(first)).toMatchObject({ ok: true, signedBy: [second] })
    expect(await judged(second)).toMatchObject({ ok: true, signedBy: [second] })
    expect(await states()).toEqual(['ended', 'in force'])
    await rm(join(keysFolder(), 'ledger.key'))
    await happen()
    expect(await judged(first)).toMatchObject({ ok: true, signedBy: [second] })
    expect(await fsck(ledgerFolder())).toMatchObject({ ok: true })
  })

  it('goes on after a restart in the middle of it, under the name of the first key', async () => {
    const { origin } = stage.deps.ledger
    await rotateKey(office(), inFile)
    await stage.integrate()
    const again = await restarted()
    expect(again.origin).toBe(origin)
    expect(again.size()).toBe(stage.deps.ledger.size())
    await again.close()
  })

  it('is one at a time, and needs the present key', async () => {
    await rotateKey(office(), inFile)
    await expect(rotateKey(office(), inFile)).rejects.toThrow(/under way/)
    await endKey(office(), undefined)
    await expect(endKey(office(), undefined)).rejects.toThrow(/only key in force/)
    const { files, history } = await keyState(office())
    await rm(files.get(history.keys[1]?.fingerprint ?? '') ?? '')
    await expect(rotateKey(office(), inFile)).rejects.toMatchObject({ code: 'missing' })
    expect(await states()).toEqual(['ended', 'in force'])
  })

  it('commits nothing and leaves no key behind when the new key cannot be opened', async () => {
    await writeFile(join(away, 'reserve.key'), 'not a key')
    await expect(rotateKey(office(), { reserve: join(away, 'reserve.key') })).rejects.toMatchObject({
      code: 'malformed',
    })
    await expect(rotateKey(office(), { keeping: { kind: 'sealed', sm2: false } })).rejects.toMatchObject({
      code: 'locked',
    })
    expect(await states()).toEqual(['in force'])
  })

  it('brings an SM2 half where the installation chose it', async () => {
    await rotateKey(office(), { keeping: { kind: 'file', sm2: true } })
    await stage.integrate()
    expect(await judged(await firstKey())).toMatchObject({ ok: true, sm2: 1 })
  })

  it.skipIf(!canMakeTokens)('moves the key into a token (skipped without softhsm2 and opensc)', async () => {
    const token = makeSoftToken(away)
    await writeFile(join(away, 'pin'), `${token.pin}\n`, { mode: 0o600 })
    const ledgerKeys = {
      sm2: false,
      passphraseFile: undefined,
      pinFile: join(away, 'pin'),
      tokenEnvironment: token.environment,
    }
    const withToken = await openStage({ settings: { ledgerKeys } })
    try {
      const there: KeyOffice = {
        database: withToken.deps.database,
        keysFolder: join(withToken.folder, 'keys'),
        ledgerFolder: join(withToken.folder, 'ledger'),
        secrets: secretsFrom(ledgerKeys),
        sm2: false,
      }
      await rotateKey(there, { keeping: { kind: 'token', module: token.module, token: token.token } })
      await withToken.integrate()
      await endKey(there, undefined)
      await withToken.integrate()
      const head = withToken.deps.ledger.size()
      const [signer, ...more] = await withToken.deps.ledger.keys.signersAt(head)
      expect([signer?.kind, more.length]).toEqual(['token', 0])
      expect(
        openCheckpointByAll(nodeCrypto, Buffer.from(withToken.deps.ledger.checkpoint()), [
          { publicKey: signer?.publicKey ?? new Uint8Array() },
        ]),
      ).toMatchObject({ size: head })
    } finally {
      await withToken.close()
    }
  })
})

describe('a stolen key', () => {
  it('counts for nothing above the stated size; with a reserve key the first fingerprint is still enough', async () => {
    const first = await firstKey()
    const reserve = await reserveKey(office(), inFile.keeping, join(away, 'reserve.key'))
    await happen(3)
    const upTo = stage.deps.ledger.size()
    const before = await readFile(join(ledgerFolder(), 'checkpoint'))
    await happen(2)
    const after = await readFile(join(ledgerFolder(), 'checkpoint'))
    const what = { key: undefined, reason: 'stolen', upTo } as const
    expect(await revokeKey(office(), what, { reserve: join(away, 'reserve.key') })).toEqual({
      revoked: first,
      begun: reserve,
      upTo,
    })
    await stage.integrate()
    expect(await judged(first)).toMatchObject({ ok: true, signedBy: [reserve] })
    const history = historyIn(await readFile(join(ledgerFolder(), 'keys.json')))
    expect(judgeCheckpoint(nodeCrypto, history, before, [first]).ok).toBe(true)
    expect(judgeCheckpoint(nodeCrypto, history, after, [first]).ok).toBe(false)
    expect(await states()).toEqual(['stolen', 'in force'])
    await happen()
    expect(await fsck(ledgerFolder())).toMatchObject({ ok: true })
  })

  it('without a reserve key leaves readers to ask for the new fingerprint', async () => {
    const first = await firstKey()
    const what = { key: first.slice(0, 12), reason: 'stolen', upTo: undefined } as const
    const { begun } = await revokeKey(office(), what, inFile)
    await stage.integrate()
    expect(await judged(first)).toMatchObject({ ok: false })
    expect(await judged(begun ?? '')).toMatchObject({ ok: true, trusted: true })
  })

  it('during a rotation leaves the other key in force, and needs no new one', async () => {
    const first = await firstKey()
    const second = await rotateKey(office(), inFile)
    await stage.integrate()
    const { begun } = await revokeKey(office(), { key: first, reason: 'stolen', upTo: undefined }, inFile)
    expect(begun).toBeUndefined()
    await stage.integrate()
    expect(await judged(second)).toMatchObject({ ok: true, signedBy: [second] })
  })
})

describe('a lost key', () => {
  it('stops checkpoints, loses no entry, and the log goes on once the key is replaced', async () => {
    const lost = join(keysFolder(), 'ledger.key')
    await rename(lost, join(away, 'nobody-finds-it'))
    const server = await restarted()
    const published = server.size()
    const deps = { settings: stage.deps.settings, ledger: server, recordRestore: recordRestore(stage.deps) }
    const { integrateNow } = await import('../jobs/sequencer.ts')
    await inSystemWork(stage.deps, async (work) => {
      work.record({
        kind: 'login.refused',
        engagementId: null,
        subject: 's',
        role: 'system',
        audience: 'house',
        facts: {},
      })
    })
    await expect(integrateNow(deps)).rejects.toMatchObject({ name: 'KeyError', code: 'missing' })
    expect(server.size()).toBe(published)
    const what = { key: undefined, reason: 'lost', upTo: undefined } as const
    const { begun } = await revokeKey(office(), what, inFile)
    await integrateNow(deps)
    expect(server.size()).toBeGreaterThan(published + 1)
    await stage.deps.ledger.writing.refresh()
    expect(await judged(begun ?? '')).toMatchObject({ ok: true, signedBy: [begun] })
    expect(await states()).toEqual(['lost', 'in force'])
    expect(await fsck(ledgerFolder())).toMatchObject({ ok: true, beyond: 0 })
    await server.close()
    expect(historyIn(await readFile(join(ledgerFolder(), 'keys.json'))).keys).toHaveLength(2)
  })
})

describe('what an operator names', () => {
  it('is refused unless it is one key, a size that was, and an act that follows', async () => {
    const first = await firstKey()
    await expect(endKey(office(), 'ffffffff')).rejects.toThrow(/no one key begins/)
    await expect(endKey(office(), first.slice(0, 4))).rejects.toThrow(/8 digits/)
    await rotateKey(office(), inFile)
    await stage.integrate()
    await revokeKey(office(), { key: first, reason: 'lost', upTo: undefined }, inFile)
    await expect(revokeKey(office(), { key: first, reason: 'lost', upTo: undefined }, inFile)).rejects.toThrow(
      /revoked before/,
    )
    await expect(rotateKey(office(), { reserve: join(away, 'none') })).rejects.toMatchObject({ code: 'missing' })
  })
})
