import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canonicalJson, type Json } from '@zhongheng/contracts/records/canonical-json.ts'
import { introductionOf, signKeysFile } from '../../log/key-acts.ts'
import type { Log } from '../../log/open-log.ts'
import { newEd25519Key, type Signer } from '../../log/signer.ts'
import {
  contentsOf,
  entry,
  forged,
  inMemory,
  inputOf,
  logOf,
  packed,
  recordedProofs,
  signer,
  storyOf,
  wholeEngagement,
} from '../../pack/pack-for-tests.ts'
import type { PackInput } from '../../pack/write-pack.ts'
import { type Authority, openAuthority } from '../../time-stamps/authority-for-tests.ts'
import { timeStampRequest } from '../../time-stamps/request.ts'
import { utf8 } from '../bytes.ts'
import { fingerprint } from '../keys.ts'
import { nodeCrypto } from '../node-crypto.ts'
import { cosignedMessage, signatureLine, timedSignature } from '../note.ts'
import { withWebCrypto } from '../web-crypto.ts'
import { checkPack } from './check-pack.ts'
import { notProvedBy, provedBy } from './explain.ts'
import { verifyPack } from './verify-pack.ts'

let folder: string
let authority: Authority
let other: Authority
let log: Log
let input: PackInput
let pack: Buffer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zh-stamps-'))
  authority = openAuthority(await mkdtemp(join(folder, 'tsa-')))
  other = openAuthority(await mkdtemp(join(folder, 'tsa-')))
  log = await logOf(join(folder, 'log'), storyOf(recordedProofs()))
  const checkpoint = await log.checkpoint()
  const answer = authority.reply(timeStampRequest(nodeCrypto.sha256, utf8(checkpoint), randomBytes(8)))
  const story = log.size - 5
  await log.append(
    Array.from({ length: 40 }, (_, number) => utf8(canonicalJson(entry(9000 + number, 'finding.moved', {})))),
  )
  input = {
    ...(await inputOf(log)),
    entries: [0, 1, 2, 3, 4].map((number) => story + number),
    timeStamps: [{ checkpoint, answer }],
  }
  pack = (await packed(input)).bytes
})
afterAll(async () => {
  await log.close()
  await rm(folder, { recursive: true })
})

describe('a pack with a time stamp over an earlier head', () => {
  it('proves with the authority’s certificate when the entries existed at the latest', async () => {
    const verdict = await verifyPack(inMemory(pack), { authorities: authority.ca })
    expect(verdict).toMatchObject({
      ok: true,
      timeStamps: [{ size: 305, authority: 'CN=Test TSA', policy: '1.2.3.4.1' }],
    })
    if (!verdict.ok) return
    expect(provedBy(verdict).some(({ en }) => en.includes('The first 305 entries of the log existed by'))).toBe(true)
  })

  it('checks the imprint always, and says how to check the signature where it cannot', async () => {
    const inNode = await verifyPack(inMemory(pack))
    const inBrowser = await withWebCrypto((crypto) => checkPack(crypto, inMemory(pack)))
    expect(inBrowser).toEqual(inNode)
    expect(inNode).toMatchObject({ ok: true, timeStamps: [{ authority: null }] })
    if (!inNode.ok) return
    const words = notProvedBy(inNode)
      .map(({ en }) => en)
      .join('\n')
    const command = /openssl ts -verify .*$/m.exec(words)?.[0].replace('CA.pem', authority.caFile) ?? ''
    const files = await contentsOf(pack)
    for (const [name, bytes] of files)
      if (name.startsWith('timestamps/')) await writeFile(join(folder, name.replace('/', '-')), bytes)
    const [program = '', ...rest] = command.replaceAll('timestamps/', `${folder}/timestamps-`).split(' ')
    expect(execFileSync(program, rest, { stdio: 'pipe' }).toString()).toContain('Verification: OK')
  })

  it('is wrong under another authority', async () => {
    expect(await verifyPack(inMemory(pack), { authorities: other.ca })).toMatchObject({
      ok: false,
      malformed: false,
      fault: { file: 'timestamps/305.tsr' },
    })
  })

  it.each<[string, (files: Map<string, Buffer>) => void, { malformed: boolean; file: string }]>([
    [
      'the stamp of other bytes',
      (files) =>
        files.set('timestamps/305.tsr', other.reply(timeStampRequest(nodeCrypto.sha256, utf8('x'), randomBytes(8)))),
      { malformed: false, file: 'timestamps/305.tsr' },
    ],
    [
      'no time stamp',
      (files) => files.set('timestamps/305.tsr', Buffer.from('x')),
      { malformed: true, file: 'timestamps/305.tsr' },
    ],
    ['half of it', (files) => files.delete('timestamps/305.json'), { malformed: true, file: 'timestamps/305.json' }],
    [
      'a head of another size',
      (files) => {
        for (const part of ['checkpoint', 'json', 'tsr']) {
          files.set(`timestamps/304.${part}`, files.get(`timestamps/305.${part}`) ?? Buffer.alloc(0))
          files.delete(`timestamps/305.${part}`)
        }
      },
      { malformed: false, file: 'timestamps/304.checkpoint' },
    ],
    [
      'another proof',
      (files) => files.set('timestamps/305.json', Buffer.from('{"proof":[]}')),
      { malformed: false, file: 'timestamps/305.json' },
    ],
  ])('fails with %s, whoever signed the pack', async (_, change, { malformed, file }) => {
    expect(await verifyPack(inMemory(await forged(pack, change)))).toMatchObject({
      ok: false,
      malformed,
      fault: { file },
    })
  })

  it('is not written over a head of another log', async () => {
    const second = await logOf(join(folder, 'second'), [])
    const stamp = { checkpoint: (await second.checkpoint()).replace('300', '299'), answer: Buffer.alloc(0) }
    await second.close()
    await expect(packed({ ...input, timeStamps: [stamp] })).rejects.toMatchObject({ name: 'PackError' })
  })
})

describe('what a pack is about', () => {
  const finding = { ...wholeEngagement, kind: 'finding', findingId: 'fnd_1' } as const
  const period = {
    ...wholeEngagement,
    kind: 'period',
    from: '2026-11-21T00:00:00.000Z',
    to: '2026-11-22T00:00:00.000Z',
  } as const
  const of = (numbers: readonly number[]): Partial<PackInput> => ({ entries: numbers.map((number) => 300 + number) })

  it('may be one finding: its entries and the seals that its evidence hangs on', async () => {
    const { bytes } = await packed({ ...input, ...of([1, 2]), about: finding, documents: [] })
    expect(await verifyPack(inMemory(bytes))).toMatchObject({
      ok: true,
      about: { kind: 'finding', findingId: 'fnd_1' },
      counts: { entries: 2, findings: 1, exchanges: 2 },
    })
  })

  it('may be a period', async () => {
    const { bytes } = await packed({ ...input, about: period })
    expect(await verifyPack(inMemory(bytes))).toMatchObject({ ok: true, about: { kind: 'period' } })
  })

  it.each<[string, PackInput['about'], readonly number[]]>([
    ['a finding, and holds something else', finding, [0, 1, 2]],
    ['another finding', { ...finding, findingId: 'fnd_2' }, [1, 2]],
    ['a period that had not begun', { ...period, from: '2026-11-21T06:00:00.000Z' }, [0]],
    ['a period that was over', { ...period, to: '2026-11-21T05:00:00.000Z' }, [0]],
    ['another engagement', { ...wholeEngagement, engagementId: 'eng_other' }, [0]],
  ])('is not %s', async (_, about, numbers) => {
    const more = { ...of(numbers), about, documents: [], exchanges: numbers.includes(2) ? input.exchanges : [] }
    const declared = numbers.includes(2) ? input.withheld : []
    await expect(packed({ ...input, ...more, withheld: declared })).rejects.toMatchObject({
      name: 'PackError',
      fault: { file: 'entries.jsonl' },
    })
  })
})

describe('a pack with the history of the log’s keys', () => {
  const origin = 'zhongheng.example/ledger'
  const elder = newEd25519Key().signer
  const nameOf = (key: Signer): string => fingerprint(nodeCrypto.sha256, key.publicKey)
  const about = (number: number, kind: string, facts: { [name: string]: Json }) => ({
    index: number,
    leaf: entry(7000 + number, kind, facts, { engagementId: null }),
  })
  /** The key of this log followed an elder one, which ended at entry 40 or is still in force. */
  const history = async (ended = true): Promise<Uint8Array> =>
    signKeysFile(ended ? [signer] : [signer, elder], origin, 345, [
      about(1, 'ledger.key_introduced', { ...(await introductionOf(origin, elder, null)) }),
      about(2, 'ledger.key_begun', { key: nameOf(elder) }),
      about(10, 'ledger.key_introduced', { ...(await introductionOf(origin, signer, elder)) }),
      about(20, 'ledger.key_begun', { key: nameOf(signer) }),
      ...(ended ? [about(40, 'ledger.key_ended', { key: nameOf(elder) })] : []),
    ])

  it('is believed by somebody who knows an elder key of the log, and by nobody who knows another', async () => {
    const { bytes } = await packed({ ...input, keyHistory: await history() })
    const verdict = await verifyPack(inMemory(bytes), { pinned: [nameOf(elder)] })
    expect(verdict).toMatchObject({ ok: true, pinned: true, keyHistory: { keys: 2, signedBy: [nameOf(signer)] } })
    for (const pinned of [['0'.repeat(64)], [nameOf(newEd25519Key().signer)]])
      expect(await verifyPack(inMemory(bytes), { pinned })).toMatchObject({
        ok: false,
        malformed: false,
        fault: { file: 'keys/keys.json' },
      })
  })

  it('fails where a key in force did not sign, and cannot be judged where the history is broken', async () => {
    const late = await packed({ ...input, keyHistory: await history(false) })
    expect(await verifyPack(inMemory(late.bytes))).toMatchObject({ ok: false, malformed: false })
    const broken = await packed({ ...input, keyHistory: utf8('{"keys":[]}') })
    expect(await verifyPack(inMemory(broken.bytes))).toMatchObject({ ok: false, malformed: true })
  })
})

describe('a pack whose head a witness cosigned', () => {
  const witness = newEd25519Key().signer
  const key = { name: 'witness.example/zhao', algorithm: 4, publicKey: witness.publicKey } as const
  const cosigned = async (spoil = 0): Promise<Buffer> => {
    const seconds = 1_795_240_000
    const text = input.checkpoint.slice(0, input.checkpoint.indexOf('\n\n') + 1)
    const signature = await witness.sign(cosignedMessage(text, seconds + spoil))
    const line = signatureLine(nodeCrypto.sha256, key, timedSignature(seconds, signature))
    return (await packed({ ...input, checkpoint: input.checkpoint + line })).bytes
  }

  it('says so where the reader names the witness, and that it was not checked where not', async () => {
    const pack = await cosigned()
    expect(await verifyPack(inMemory(pack), { witnesses: [key] })).toMatchObject({
      ok: true,
      witnesses: { cosigned: [{ name: key.name, at: '2026-11-21T05:46:40.000Z' }], unknown: [] },
    })
    const verdict = await verifyPack(inMemory(pack))
    expect(verdict).toMatchObject({ ok: true, witnesses: { cosigned: [], unknown: [key.name] } })
    if (verdict.ok)
      expect(
        notProvedBy(verdict)
          .map(({ en }) => en)
          .join(),
      ).toContain('--witness')
  })

  it('fails where the cosignature is wrong', async () => {
    expect(await verifyPack(inMemory(await cosigned(1)), { witnesses: [key] })).toMatchObject({
      ok: false,
      malformed: false,
      fault: { file: 'checkpoint' },
    })
  })
})
