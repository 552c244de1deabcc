import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canonicalJson } from '@zhongheng/contracts/records/canonical-json.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { introductionOf, signKeysFile } from '../../log/key-acts.ts'
import type { LogKeys } from '../../log/log-keys.ts'
import { type Log, openLog } from '../../log/open-log.ts'
import { newEd25519Key, type Signer } from '../../log/signer.ts'
import { at, entry, inMemory, inputOf, packed, recordedProofs, storyOf } from '../../pack/pack-for-tests.ts'
import type { PackInput } from '../../pack/write-pack.ts'
import { utf8 } from '../bytes.ts'
import type { KeyAct, KeyActKind } from '../key-history.ts'
import { fingerprint } from '../keys.ts'
import { openHead } from '../keys-file.ts'
import { nodeCrypto } from '../node-crypto.ts'
import { verifyPack } from './verify-pack.ts'

const origin = 'zhongheng.example/ledger'
const [first, second, installation] = [0, 1, 2].map(() => newEd25519Key().signer) as [Signer, Signer, Signer]
const nameOf = (key: Signer): string => fingerprint(nodeCrypto.sha256, key.publicKey)

/** The first key begins the log, the second one comes with entry 3 and is alone from entry 4 on. */
const acts = async (): Promise<KeyAct[]> => {
  const act = (index: number, kind: KeyActKind, facts: KeyAct['leaf']['facts']): KeyAct => ({
    index,
    leaf: entry(500 + index, kind, facts, { engagementId: null, role: 'system', actor: 'system' }),
  })
  return [
    act(0, 'ledger.key_introduced', await introductionOf(origin, first, null)),
    act(1, 'ledger.key_begun', { key: nameOf(first) }),
    act(2, 'ledger.key_introduced', await introductionOf(origin, second, first)),
    act(3, 'ledger.key_begun', { key: nameOf(second) }),
    act(4, 'ledger.key_ended', { key: nameOf(first) }),
  ]
}
const inForce = (size: number): Signer[] => (size <= 3 ? [first] : size === 4 ? [second, first] : [second])
const changing: LogKeys = {
  keysAt: async (size) => inForce(size).map(({ publicKey }) => ({ publicKey })),
  signersAt: async (size) => inForce(size),
}

let folder: string
let log: Log
let known: KeyAct[]
/** A head of the time of the first key, as one that was time-stamped. */
let early: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zh-rotated-'))
  log = await openLog({ folder, origin, signer: changing, now: () => new Date(at) })
  known = await acts()
  const bytes = known.map(({ leaf }) => utf8(canonicalJson(leaf)))
  await log.append(bytes.slice(0, 2))
  early = await log.checkpoint()
  await log.append(bytes.slice(2))
  const announced = entry(600, 'key.announced', { fingerprint: nameOf(installation) }, { engagementId: null })
  await log.append([announced, ...storyOf(recordedProofs())].map((leaf) => utf8(canonicalJson(leaf))))
})
afterEach(async () => {
  await log.close()
  await rm(folder, { recursive: true })
})

const packWith = async (more: Partial<PackInput> = {}): Promise<Uint8Array> => {
  const keyHistory = await signKeysFile([second], origin, log.size, known)
  const input = await inputOf(log, { logKey: second.publicKey, signer: second, keyHistory, ...more })
  return (await packed(input)).bytes
}
const verdictOf = async (pack: Uint8Array, ...pinned: string[]) => verifyPack(inMemory(pack), { pinned })

describe('a pack of after a rotation', () => {
  it('is verified by whoever knows the first key or the present one', async () => {
    const pack = await packWith()
    for (const key of [first, second])
      expect(await verdictOf(pack, nameOf(key))).toMatchObject({
        ok: true,
        keyHistory: { keys: 2, signedBy: [nameOf(second)] },
      })
    expect(await verdictOf(pack, nameOf(installation))).toMatchObject({ ok: false })
  })

  it('may bear the signature of a key that the ledger announced, because a token signs no long manifests', async () => {
    const entries = [5, 6, 7, 8, 9, 10]
    expect(await verdictOf(await packWith({ signer: installation, entries }), nameOf(first))).toMatchObject({
      ok: true,
      installation: { fingerprint: nameOf(installation) },
    })
    await expect(packWith({ signer: installation })).rejects.toThrow(/announce/)
  })

  it('is refused with a history that ends before its head, or that another key signed', async () => {
    const short = await signKeysFile([second], origin, log.size - 1, known)
    expect(await verdictOf(await packWith({ keyHistory: short }))).toMatchObject({
      ok: false,
      fault: { file: 'keys/keys.json' },
    })
    const foreign = await signKeysFile([first], origin, log.size, known)
    expect(await verdictOf(await packWith({ keyHistory: foreign }))).toMatchObject({
      ok: false,
      fault: { file: 'keys/keys.json' },
    })
  })

  it('reads heads of before the rotation by the keys of their size', async () => {
    const history = { origin, size: log.size, keys: [] }
    expect(openHead(nodeCrypto, utf8(early), second.publicKey, undefined)).toBeUndefined()
    expect(openHead(nodeCrypto, utf8(early), first.publicKey, undefined)?.size).toBe(2)
    expect(openHead(nodeCrypto, utf8(early), first.publicKey, history)).toBeUndefined()
    const { keyHistoryOf, isKeyHistory } = await import('../key-history.ts')
    const whole = keyHistoryOf(nodeCrypto, origin, log.size, known)
    if (!isKeyHistory(whole)) throw new Error(whole.what.en)
    expect(openHead(nodeCrypto, utf8(early), second.publicKey, whole)?.size).toBe(2)
  })
})
