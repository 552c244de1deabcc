import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canonicalJson, type Json } from '@zhongheng/contracts/records/canonical-json.ts'
import type { LedgerLeaf } from '@zhongheng/contracts/records/ledger-leaf.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { introductionOf, signKeysFile } from '../log/key-acts.ts'
import type { LogKeys } from '../log/log-keys.ts'
import { newEd25519Key, type Signer } from '../log/signer.ts'
import { utf8 } from '../verify/bytes.ts'
import { isOfNamedKey, judgeContradiction } from '../verify/fork.ts'
import { isKeyHistory, type KeyAct, type KeyActKind, keyHistoryOf, keysAt } from '../verify/key-history.ts'
import { fingerprint } from '../verify/keys.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { beginWitness } from './begin.ts'
import { openFolder, type WitnessFolder } from './folder.ts'
import { type Look, lookOnce } from './look.ts'
import { leavesOf, origin, serveLog, type ServedLog } from './served-log-for-tests.ts'

/*
 * The organizer changes the ledger's key. Xinheng's witness pinned the first key, and nobody tells it anything.
 */
const [first, second, thief] = [newEd25519Key().signer, newEd25519Key().signer, newEd25519Key().signer]
const nameOf = (key: Signer): string => fingerprint(nodeCrypto.sha256, key.publicKey)
const signerNamed = (name: string): Signer => [first, second, thief].find((key) => nameOf(key) === name) ?? fail()

let log: ServedLog
let base: string
let xinheng: WitnessFolder
let acts: KeyAct[]
let size: number
beforeEach(async () => {
  log = await serveLog()
  base = await mkdtemp(join(tmpdir(), 'zh-rotation-'))
  ;[acts, size] = [[], 0]
  await log.serve([], { signer: keys })
  await enter('ledger.key_introduced', { ...(await introductionOf(origin, first, null)) })
  await enter('ledger.key_begun', { key: nameOf(first) })
  await grow(5)
  await beginWitness(join(base, 'w'), log.url, [nameOf(first)], 'xinheng.example/w1', new Date())
  xinheng = await openFolder(join(base, 'w'))
})
afterEach(async () => {
  await xinheng.release()
  await log.close()
  await rm(base, { recursive: true })
})

const historyAt = (at: number) => {
  const found = keyHistoryOf(
    nodeCrypto,
    origin,
    at,
    acts.filter(({ index }) => index < at),
  )
  return isKeyHistory(found) ? found : fail()
}
/** The log's signers by its own entries, as the product has it. */
const keys: LogKeys = {
  keysAt: async (at) => (await keys.signersAt(at)).map(({ publicKey }) => ({ publicKey })),
  async signersAt(at) {
    const inForce = keysAt(historyAt(at), at)
    return inForce.length === 0 ? [first] : inForce.map((key) => signerNamed(key.fingerprint))
  },
}
const leafOf = (index: number, kind: KeyActKind, facts: { [name: string]: Json }): LedgerLeaf => ({
  v: 1,
  id: `evt_${index}`,
  at: '2026-11-21T05:00:00.000Z',
  kind,
  engagementId: null,
  subject: null,
  actor: 'system',
  role: 'system',
  facts,
})
/** Enters an act about keys, and publishes head and history. */
async function enter(kind: KeyActKind, facts: { [name: string]: Json }): Promise<void> {
  const leaf = leafOf(size, kind, facts)
  acts.push({ index: size, leaf })
  size++
  await log.add([utf8(canonicalJson(leaf as unknown as Json))])
  await show()
}
async function grow(count: number): Promise<void> {
  await log.add(leavesOf(size, size + count))
  size += count
  await show()
}
async function show(of: readonly KeyAct[] = acts, signers?: readonly Signer[]): Promise<void> {
  log.keysJson = await signKeysFile(signers ?? (await keys.signersAt(size)), origin, size, of)
}
const introduce = async (key: Signer, by: Signer | null) =>
  enter('ledger.key_introduced', { ...(await introductionOf(origin, key, by)) })
const beginKey = (key: Signer) => enter('ledger.key_begun', { key: nameOf(key) })
const endKey = (key: Signer) => enter('ledger.key_ended', { key: nameOf(key) })
const look = (folder = xinheng, now = new Date()): Promise<Look> =>
  lookOnce(folder, { silence: 3600, now: () => now, patience: 10_000 })
async function reopen(): Promise<void> {
  await xinheng.release()
  xinheng = await openFolder(join(base, 'w'))
}

describe('after a rotation', () => {
  it('the witness learns the new key from the old one, and goes on after the old key ended', async () => {
    expect(await look()).toMatchObject({ alarm: undefined, size, cosigned: true })
    await introduce(second, first)
    await beginKey(second)
    expect(await look()).toMatchObject({ alarm: undefined, size, cosigned: true })
    await endKey(first)
    await grow(3)
    expect(await look()).toMatchObject({ alarm: undefined, size, cosigned: true })
    await reopen()
    await grow(1)
    expect(await look()).toMatchObject({ alarm: undefined, size, cosigned: true, handedIn: true })
  })

  it('also when it slept through all of it', async () => {
    expect(await look()).toMatchObject({ alarm: undefined })
    await introduce(second, first)
    await beginKey(second)
    await endKey(first)
    await grow(300)
    expect(await look()).toMatchObject({ alarm: undefined, size, cosigned: true })
  })

  it('a witness is set up with the first fingerprint, the present one, and not with a stranger’s', async () => {
    await introduce(second, first)
    await beginKey(second)
    await endKey(first)
    for (const pinned of [first, second]) {
      const dir = join(base, nameOf(pinned))
      await beginWitness(dir, log.url, [nameOf(pinned)], `${nameOf(pinned).slice(0, 8)}.example/w`, new Date())
      const folder = await openFolder(dir)
      expect(await look(folder)).toMatchObject({ alarm: undefined, cosigned: true })
      await folder.release()
    }
    await expect(beginWitness(join(base, 'no'), log.url, [nameOf(thief)], undefined, new Date())).rejects.toMatchObject(
      {
        code: 'key',
      },
    )
  })

  it('a rewritten history is proved across the change of keys, to whoever knows the first one', async () => {
    await grow(20)
    await look()
    const before = size
    // The organizer rewrites what was before the rotation, and rotates in the new history.
    ;[acts, size] = [[], 0]
    await log.serve([], { signer: keys })
    await enter('ledger.key_introduced', { ...(await introductionOf(origin, first, null)) })
    await enter('ledger.key_begun', { key: nameOf(first) })
    await log.add(leavesOf(2, 40, 'other'))
    size = 40
    await introduce(second, first)
    await beginKey(second)
    await endKey(first)
    const found = await look()
    expect(found.alarm?.kind).toBe('fork')
    const evidence: unknown = JSON.parse(await readFile(found.alarm?.evidence ?? '', 'utf8'))
    const verdict = judgeContradiction(nodeCrypto, evidence)
    if (verdict.proved === 'nothing') throw new Error(verdict.why)
    expect(verdict).toMatchObject({ proved: 'fork', kept: { size: before }, shown: { size } })
    expect(isOfNamedKey(nodeCrypto, verdict, [nameOf(first)])).toBe(true)
    expect(isOfNamedKey(nodeCrypto, verdict, [nameOf(thief)])).toBe(false)
  })
})

describe('never by the server’s word alone', () => {
  it('a new key that no known one introduced is not believed', async () => {
    await look()
    await introduce(thief, null)
    await beginKey(thief)
    await endKey(first)
    const { alarm, cosigned } = await look()
    expect([alarm?.kind, cosigned]).toEqual(['key_history', false])
  })

  it('a new key without any history is not believed', async () => {
    await look()
    await introduce(second, first)
    await beginKey(second)
    await endKey(first)
    log.keysJson = undefined
    expect((await look()).alarm?.kind).toBe('wrong_key')
  })

  it('an introduction that is no entry of the log is not believed', async () => {
    await look()
    await grow(3)
    // Somebody with the old key writes a history beside the log, which never entered it.
    const made = (index: number, kind: KeyActKind, facts: { [name: string]: Json }): KeyAct => ({
      index,
      leaf: leafOf(index, kind, facts),
    })
    const beside = [
      ...acts,
      made(size - 2, 'ledger.key_introduced', { ...(await introductionOf(origin, thief, first)) }),
      made(size - 1, 'ledger.key_begun', { key: nameOf(thief) }),
    ]
    await show(beside, [thief, first])
    acts = beside
    await log.add(leavesOf(size, size + 1))
    const { alarm, cosigned } = await look()
    expect([alarm?.kind, cosigned]).toEqual(['unproven', false])
    expect(xinheng.keys.learned?.acts).toHaveLength(2)
  })

  it('a history that forks from the believed one is an alarm with both as evidence, and ends with it', async () => {
    await introduce(second, first)
    await beginKey(second)
    await look()
    const right = log.keysJson
    const other = [
      ...acts.slice(0, 2),
      { index: 7, leaf: leafOf(7, 'ledger.key_introduced', { ...(await introductionOf(origin, thief, first)) }) },
      { index: 8, leaf: leafOf(8, 'ledger.key_begun', { key: nameOf(thief) }) },
    ]
    await show(other, [thief, first])
    await grow(0)
    await show(other, [thief, first])
    for (let n = 0; n < 2; n++) {
      const { alarm, cosigned } = await look()
      expect([alarm?.kind, cosigned]).toEqual(['key_history', false])
      expect(await readFile(alarm?.evidence ?? '', 'utf8')).toContain(nameOf(thief))
    }
    log.keysJson = right
    expect(await look()).toMatchObject({ alarm: undefined })
    expect((await readdir(join(base, 'w', 'evidence'))).some((name) => name.startsWith('keys-believed'))).toBe(true)
  })

  it('a history nobody signed, or garbage, is an alarm', async () => {
    await look()
    log.keysJson = utf8('<html>')
    expect((await look()).alarm?.kind).toBe('malformed')
    log.keysJson = await signKeysFile([thief], origin, size, acts)
    expect((await look()).alarm?.kind).toBe('key_history')
  })
})

describe('a stolen key', () => {
  it('signs nothing more that the witness believes, and its honest past stays', async () => {
    await introduce(second, first)
    await grow(5)
    await look()
    const lastGood = size
    // The thief goes on with the log as it was; the witness is shown that a moment later.
    await enter('ledger.key_begun', { key: nameOf(second) })
    await enter('ledger.key_revoked', { key: nameOf(first), upTo: lastGood, reason: 'stolen' })
    await grow(2)
    expect(await look()).toMatchObject({ alarm: undefined, size, cosigned: true })
    const { note } = xinheng.memory
    await reopen()
    expect(xinheng.memory.note).toBe(note)
    log.bend = (ask, answer) => {
      if (ask.url !== '/ledger/cosign/checkpoint') return false
      void import('../log/sign-checkpoint.ts').then(async ({ signCheckpoint }) =>
        answer.end(await signCheckpoint(first, { origin, size: size + 9, root: new Uint8Array(32) }, new Date())),
      )
      return true
    }
    expect((await look()).alarm?.kind).toBe('wrong_key')
  })

  it('leaves a witness at work that had vouched for a tree above the revocation', async () => {
    await introduce(second, first)
    await grow(5)
    await look()
    const vouched = size
    await enter('ledger.key_begun', { key: nameOf(second) })
    await enter('ledger.key_revoked', { key: nameOf(first), upTo: vouched - 3, reason: 'stolen' })
    expect(await look()).toMatchObject({ size, alarm: undefined, cosigned: true })
    await reopen()
    await grow(1)
    expect(await look()).toMatchObject({ alarm: undefined, size })
  })
})

function fail(): never {
  throw new Error('the scene has it')
}
