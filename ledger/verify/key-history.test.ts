import type { Json } from '@zhongheng/contracts/records/canonical-json.ts'
import { beforeAll, describe, expect, it } from 'vitest'
import { introductionOf, signKeysFile } from '../log/key-acts.ts'
import { signCheckpoint } from '../log/sign-checkpoint.ts'
import { newEd25519Key, type Signer } from '../log/signer.ts'
import { newSm2Key } from '../log/sm2-key.ts'
import { fromUtf8, utf8 } from './bytes.ts'
import { isKeyHistory, type KeyAct, type KeyActKind, keyHistoryOf, keysAt, trustedFrom } from './key-history.ts'
import { fingerprint } from './keys.ts'
import { judgeCheckpoint, openKeysFile } from './keys-file.ts'
import { nodeCrypto } from './node-crypto.ts'
import { signSm2, sm2PublicKey } from './sm2.ts'

const origin = 'zhongheng.example/ledger'
const [first, second, third, stranger] = [0, 1, 2, 3].map(() => newEd25519Key().signer) as [
  Signer,
  Signer,
  Signer,
  Signer,
]
const nameOf = (key: Signer): string => fingerprint(nodeCrypto.sha256, key.publicKey)

const act = (index: number, kind: KeyActKind, facts: { [name: string]: Json }): KeyAct => ({
  index,
  leaf: {
    v: 1,
    id: `evt_${index}`,
    at: '2026-11-21T05:00:00.000Z',
    kind,
    engagementId: null,
    subject: null,
    actor: 'system',
    role: 'system',
    facts,
  },
})
const introduce = async (index: number, key: Signer, by: Signer | null): Promise<KeyAct> =>
  act(index, 'ledger.key_introduced', { ...(await introductionOf(origin, key, by)) })
const begin = (index: number, key: Signer): KeyAct => act(index, 'ledger.key_begun', { key: nameOf(key) })
const end = (index: number, key: Signer): KeyAct => act(index, 'ledger.key_ended', { key: nameOf(key) })
const revoke = (index: number, key: Signer, upTo: number, reason = 'stolen'): KeyAct =>
  act(index, 'ledger.key_revoked', { key: nameOf(key), upTo, reason })

const historyOf = (acts: readonly KeyAct[], size = 1000) => {
  const found = keyHistoryOf(nodeCrypto, origin, size, acts)
  if (!isKeyHistory(found)) throw new Error(`entry ${found.index}: ${found.what.en}`)
  return found
}
const faultOf = (acts: readonly KeyAct[]) => {
  const found = keyHistoryOf(nodeCrypto, origin, 1000, acts)
  return isKeyHistory(found) ? undefined : { index: found.index, what: found.what.en }
}
const inForce = (acts: readonly KeyAct[], size: number): string[] =>
  keysAt(historyOf(acts), size).map((key) => key.fingerprint)

/** The first key of the log, then a rotation: overlap from 100, the old key ends at 200. */
let start: KeyAct[] = []
let rotated: KeyAct[] = []
beforeAll(async () => {
  start = [await introduce(5, first, null), begin(6, first)]
  rotated = [...start, await introduce(99, second, first), begin(100, second), end(200, first)]
})

describe('the keys in force', () => {
  it('are the first key from the beginning of the log, although its entries come later', () => {
    for (const size of [0, 1, 6, 7, 999]) expect(inForce(start, size), String(size)).toEqual([nameOf(first)])
  })

  it('are both keys between the entry that begins the new one and the entry that ends the old one', () => {
    expect(inForce(rotated, 100)).toEqual([nameOf(first)])
    expect(inForce(rotated, 101)).toEqual([nameOf(second), nameOf(first)])
    expect(inForce(rotated, 200)).toEqual([nameOf(second), nameOf(first)])
    expect(inForce(rotated, 201)).toEqual([nameOf(second)])
  })

  it('are none where a key was stolen before the next one began', async () => {
    const acts = [...start, await introduce(99, second, first), begin(100, second), revoke(101, first, 50)]
    expect(inForce(acts, 50)).toEqual([nameOf(first)])
    expect(inForce(acts, 51)).toEqual([])
    expect(inForce(acts, 100)).toEqual([])
    expect(inForce(acts, 101)).toEqual([nameOf(second)])
  })

  it('do not hold a key that waits in reserve', async () => {
    expect(inForce([...start, await introduce(10, second, first)], 999)).toEqual([nameOf(first)])
  })

  it('can lose a key after its end too: it may have been stolen out of an old backup', () => {
    expect(inForce([...rotated, revoke(300, first, 80)], 81)).toEqual([])
  })
})

describe('a history that does not follow from itself', () => {
  it.each([
    ['a key that begins without introduction', () => [...start, begin(10, second)], 10],
    ['a key that is introduced twice', async () => [...start, await introduce(10, first, null)], 10],
    ['a key that begins twice', () => [...start, begin(10, first)], 10],
    ['the only key ended', () => [...start, end(10, first)], 10],
    ['the only key revoked', () => [...start, revoke(10, first, 5)], 10],
    ['a key ended twice', () => [...rotated, end(300, first)], 300],
    ['a revocation that reaches beyond itself', () => [...rotated, revoke(300, first, 301)], 300],
    ['a revocation without a reason', () => [...rotated, revoke(300, first, 3, 'mislaid')], 300],
    ['a key introduced by one that has ended', async () => [...rotated, await introduce(300, third, first)], 300],
    ['entries out of order', async () => [...start, await introduce(4, second, first)], 4],
    ['an entry beyond the log', async () => [...start, await introduce(1000, second, first)], 1000],
    [
      'an entry of another kind',
      () => [...start, act(10, 'ledger.key_gone' as KeyActKind, { key: nameOf(first) })],
      10,
    ],
    [
      'a key that begins the log before the first one',
      async () => [await introduce(1, first, null), await introduce(2, second, null), begin(3, second)],
      3,
    ],
  ])('is refused at its place: %s', async (_, acts, index) => {
    expect(faultOf(await acts())).toMatchObject({ index })
  })

  it('is refused where an introduction bears a wrong signature of either side', async () => {
    const right = await introduce(99, second, first)
    for (const name of ['introduction', 'possession', 'publicKey', 'key', 'introducedBy']) {
      const right99 = right.leaf.facts as { readonly [name: string]: string }
      const wrong = (right99[name] ?? '').replace(/^./, (digit) => (digit === '0' ? '1' : '0'))
      expect(
        faultOf([...start, act(99, 'ledger.key_introduced', { ...right.leaf.facts, [name]: wrong })]),
        name,
      ).toMatchObject({ index: 99 })
    }
    const claimed = { ...right.leaf.facts, introducedBy: nameOf(stranger) }
    expect(faultOf([...start, act(99, 'ledger.key_introduced', claimed)])).toMatchObject({ index: 99 })
  })

  it('is refused where the SM2 half was put in by somebody who does not hold it', async () => {
    const privateKey = newSm2Key()
    const sm2 = { publicKey: sm2PublicKey(privateKey), sign: (message: Uint8Array) => signSm2(privateKey, message) }
    const whole = await introduce(99, { ...second, sm2 }, first)
    expect(faultOf([...start, whole])).toBeUndefined()
    const empty = { ...whole.leaf.facts, sm2Possession: null }
    expect(faultOf([...start, act(99, 'ledger.key_introduced', empty)])).toMatchObject({ index: 99 })
  })
})

describe('what a reader believes who knows one key', () => {
  it('is every key after it, each introduced by the one before', async () => {
    const acts = [...rotated, await introduce(299, third, second), begin(300, third)]
    expect([...trustedFrom(historyOf(acts), [nameOf(first)])]).toEqual([nameOf(first), nameOf(second), nameOf(third)])
    expect([...trustedFrom(historyOf(acts), [nameOf(second)])]).toEqual([nameOf(second), nameOf(third)])
    expect(trustedFrom(historyOf(acts), [nameOf(stranger)]).size).toBe(0)
  })

  it('is not the successor that a thief may have introduced', async () => {
    const acts = [...start, await introduce(99, second, first), begin(100, second), revoke(101, first, 50)]
    expect([...trustedFrom(historyOf(acts), [nameOf(first)])]).toEqual([nameOf(first)])
  })

  it('is the reserve key, because it was introduced before the theft', async () => {
    const acts = [...start, await introduce(20, second, first), begin(100, second), revoke(101, first, 50)]
    expect(trustedFrom(historyOf(acts), [nameOf(first)]).has(nameOf(second))).toBe(true)
  })

  it('ends where a key was lost without a reserve', async () => {
    const acts = [...start, await introduce(99, second, null), begin(100, second), revoke(101, first, 99, 'lost')]
    expect(trustedFrom(historyOf(acts), [nameOf(first)]).has(nameOf(second))).toBe(false)
  })
})

describe('the file keys.json', () => {
  const now = new Date('2026-11-21T05:00:00.000Z')
  const note = async (signers: readonly Signer[], size: number): Promise<Uint8Array> =>
    utf8(await signCheckpoint(signers, { origin, size, root: new Uint8Array(32).fill(size % 251) }, now))
  const opened = (bytes: Uint8Array) => {
    const found = openKeysFile(nodeCrypto, bytes)
    if (!('keys' in found)) throw new Error(found.what.en)
    return found
  }

  it('judges each checkpoint by the keys of its size, for who knows the first key or the present one', async () => {
    const history = opened(await signKeysFile([second], origin, 1000, rotated))
    for (const pinned of [[nameOf(first)], [nameOf(second)], []]) {
      const judge = async (signers: readonly Signer[], size: number) =>
        judgeCheckpoint(nodeCrypto, history, await note(signers, size), pinned).ok
      expect(await judge([first], 50)).toBe(true)
      expect(await judge([second, first], 150)).toBe(true)
      expect(await judge([first], 150)).toBe(false)
      expect(await judge([second], 150)).toBe(false)
      expect(await judge([second], 500)).toBe(true)
      expect(await judge([first], 500)).toBe(false)
      expect(await judge([stranger], 50)).toBe(false)
    }
  })

  it('says which keys signed and whether the reader’s own key led to them', async () => {
    const history = opened(await signKeysFile([second], origin, 1000, rotated))
    const judged = judgeCheckpoint(nodeCrypto, history, await note([second, first], 150), [nameOf(first)])
    expect(judged).toEqual({
      ok: true,
      signedBy: [nameOf(second), nameOf(first)],
      sm2: 0,
      signedAt: now,
      trusted: true,
    })
    expect(judgeCheckpoint(nodeCrypto, history, await note([first], 50))).toMatchObject({
      ok: true,
      trusted: undefined,
    })
  })

  it('refuses what a thief signs above the stated size', async () => {
    const acts = [...start, await introduce(20, second, first), begin(100, second), revoke(101, first, 50)]
    const history = opened(await signKeysFile([second], origin, 1000, acts))
    expect(judgeCheckpoint(nodeCrypto, history, await note([first], 50), [nameOf(first)]).ok).toBe(true)
    for (const size of [51, 80, 100, 101, 500])
      expect(judgeCheckpoint(nodeCrypto, history, await note([first], size), [nameOf(first)]).ok, String(size)).toBe(
        false,
      )
    expect(judgeCheckpoint(nodeCrypto, history, await note([second], 500), [nameOf(first)]).ok).toBe(true)
  })

  it('sends a reader who knows only the stolen key to ask for the new one', async () => {
    const acts = [...start, await introduce(99, second, first), begin(100, second), revoke(101, first, 50)]
    const history = opened(await signKeysFile([second], origin, 1000, acts))
    const judge = async (pinned: string) => judgeCheckpoint(nodeCrypto, history, await note([second], 500), [pinned])
    expect(await judge(nameOf(first))).toMatchObject({
      ok: false,
      what: { en: expect.stringContaining('another way') },
    })
    expect(await judge(nameOf(second))).toMatchObject({ ok: true, trusted: true })
  })

  it('refuses a checkpoint beyond its end, of another log, or broken', async () => {
    const history = opened(await signKeysFile([first], origin, 100, start))
    expect(judgeCheckpoint(nodeCrypto, history, await note([first], 101))).toMatchObject({
      ok: false,
      what: { en: expect.stringContaining('newer history') },
    })
    const other = utf8(await signCheckpoint(first, { origin: 'other.example', size: 7, root: new Uint8Array(32) }, now))
    expect(judgeCheckpoint(nodeCrypto, history, other).ok).toBe(false)
    expect(judgeCheckpoint(nodeCrypto, history, utf8('nothing')).ok).toBe(false)
  })

  it('carries SM2 lines where the keys have such a half, and says so', async () => {
    const privateKey = newSm2Key()
    const sm2 = { publicKey: sm2PublicKey(privateKey), sign: (message: Uint8Array) => signSm2(privateKey, message) }
    const both = { ...first, sm2 }
    const history = opened(await signKeysFile([both], origin, 100, [await introduce(5, both, null), begin(6, both)]))
    expect(judgeCheckpoint(nodeCrypto, history, await note([both], 50))).toMatchObject({ ok: true, sm2: 1 })
    expect(judgeCheckpoint(nodeCrypto, history, await note([first], 50))).toMatchObject({ ok: true, sm2: 0 })
  })

  it('is refused when a byte was changed, an act taken out, or a signature is missing', async () => {
    const bytes = await signKeysFile([second], origin, 1000, rotated)
    const text = fromUtf8(bytes) ?? ''
    const refused = (changed: string): boolean => 'what' in openKeysFile(nodeCrypto, utf8(changed))
    for (let at = 0; at < text.length; at += 7)
      expect(refused(text.slice(0, at) + (text[at] === '1' ? '2' : '1') + text.slice(at + 1)), `at ${at}`).toBe(true)
    expect(refused(text)).toBe(false)
    expect(refused(`${text}\n`)).toBe(false)
    expect('what' in openKeysFile(nodeCrypto, await signKeysFile([first], origin, 1000, rotated))).toBe(true)
    expect('what' in openKeysFile(nodeCrypto, await signKeysFile([second], origin, 150, rotated.slice(0, 4)))).toBe(
      true,
    )
    expect(
      'keys' in openKeysFile(nodeCrypto, await signKeysFile([first, second], origin, 150, rotated.slice(0, 4))),
    ).toBe(true)
  })

  it.each([
    ['nothing', ''],
    ['no JSON', 'keys'],
    ['another format', '{"format":"other"}'],
    ['a number', '7'],
    ['deep nesting', '['.repeat(100_000)],
    [
      'an absurd size',
      '{"format":"zhongheng-ledger-keys/1","history":{"acts":[],"origin":"a","size":1e99},"signatures":""}',
    ],
    [
      'acts that are no list',
      '{"format":"zhongheng-ledger-keys/1","history":{"acts":{},"origin":"a","size":1},"signatures":""}',
    ],
    [
      'no key at all',
      '{"format":"zhongheng-ledger-keys/1","history":{"acts":[],"origin":"a","size":1},"signatures":""}',
    ],
  ])('is refused and never an error: %s', (_, text) => {
    expect('what' in openKeysFile(nodeCrypto, utf8(text))).toBe(true)
  })
})
