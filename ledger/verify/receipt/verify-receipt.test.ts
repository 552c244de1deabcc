import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canonicalJson } from '@zhongheng/contracts/records/canonical-json.ts'
import { type Log, openLog } from '../../log/open-log.ts'
import { newEd25519Key } from '../../log/signer.ts'
import { at, entry, logOf, recordedProofs, signer, storyOf } from '../../pack/pack-for-tests.ts'
import { toHex, utf8 } from '../bytes.ts'
import { fingerprint } from '../keys.ts'
import { nodeCrypto } from '../node-crypto.ts'
import { withWebCrypto } from '../web-crypto.ts'
import type { Consistency, Receipt } from './format.ts'
import { verifyReceipt } from './verify-receipt.ts'

/* Tester Wu submitted a finding and keeps the receipt of it. */
let folder: string
let log: Log
let receipt: Receipt
const mine = fingerprint(nodeCrypto.sha256, signer.publicKey)

async function receiptOf(of: Log, index: number): Promise<Receipt> {
  return {
    format: 'zhongheng-receipt/1',
    entry: { index, leaf: Buffer.from(await of.entry(index)).toString('utf8') },
    proof: (await of.inclusionProof(index, of.size)).map(toHex),
    checkpoint: await of.checkpoint(),
    key: of.verifierKey,
    names: { act: { zh: '提交漏洞', en: 'Finding submitted' }, actor: 'Wu', engagement: 'E-1', subject: 'F-1' },
    madeAt: at,
  }
}
const bytesOf = (value: object): Uint8Array => utf8(JSON.stringify(value))
const headFrom = async (of: Log, from: number): Promise<Consistency> => ({
  format: 'zhongheng-consistency/1',
  from,
  proof: (await of.consistencyProof(from, of.size)).map(toHex),
  checkpoint: await of.checkpoint(),
})
const verify = (value: object, options: Parameters<typeof verifyReceipt>[2] = {}) =>
  verifyReceipt(nodeCrypto, bytesOf(value), options)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zh-receipt-'))
  log = await logOf(join(folder, 'log'), storyOf(recordedProofs()))
  receipt = await receiptOf(log, 302)
})
afterAll(async () => {
  await log.close()
  await rm(folder, { recursive: true })
})

describe('a receipt', () => {
  it('proves the entry, its place and the key', () => {
    expect(verify(receipt, { pinned: [mine] })).toMatchObject({
      ok: true,
      index: 302,
      leaf: { kind: 'finding.submitted', subject: 'fnd_1' },
      head: { origin: 'zhongheng.example/ledger', size: 305, signedAt: at },
      fingerprint: mine,
      pinned: true,
      newer: null,
    })
  })

  it('is judged alike in a browser', async () => {
    const inBrowser = await withWebCrypto((crypto) => verifyReceipt(crypto, bytesOf(receipt)))
    expect(inBrowser).toEqual(verify(receipt))
    const other = { ...receipt, checkpoint: receipt.checkpoint.replace('305', '306') }
    expect(await withWebCrypto((crypto) => verifyReceipt(crypto, bytesOf(other)))).toEqual(verify(other))
  })

  it('may be spaced as an editor likes it', () => {
    expect(verifyReceipt(nodeCrypto, utf8(JSON.stringify(receipt, null, 4)))).toMatchObject({ ok: true })
  })

  it('is wrong for another key than the one that was named', () => {
    expect(verify(receipt, { pinned: ['0'.repeat(64)] })).toMatchObject({ ok: false, malformed: false })
  })

  it.each<[string, (one: Receipt) => Receipt]>([
    ['another finding', (one) => ({ ...one, entry: { ...one.entry, leaf: one.entry.leaf.replace('fnd_1', 'fnd_2') } })],
    ['another place', (one) => ({ ...one, entry: { ...one.entry, index: 301 } })],
    ['a place beyond the tree', (one) => ({ ...one, entry: { ...one.entry, index: 305 } })],
    ['a hash too few', (one) => ({ ...one, proof: one.proof.slice(1) })],
    ['a hash too many', (one) => ({ ...one, proof: [...one.proof, '0'.repeat(64)] })],
    ['another size', (one) => ({ ...one, checkpoint: one.checkpoint.replace('\n305\n', '\n306\n') })],
  ])('is wrong with %s', (_, change) => {
    expect(verify(change(receipt))).toMatchObject({ ok: false, malformed: false })
  })

  it.each<[string, string]>([
    ['nothing', ''],
    ['no JSON', '{"format":'],
    ['a list', '[]'],
    ['nesting without end', '['.repeat(200_000)],
    ['a megabyte of blanks', ' '.repeat(2 << 20)],
  ])('cannot be judged when it is %s', (_, text) => {
    expect(verifyReceipt(nodeCrypto, utf8(text))).toMatchObject({ ok: false, malformed: true })
  })

  it.each<[string, (one: Receipt) => object]>([
    ['another format', (one) => ({ ...one, format: 'zhongheng-receipt/2' })],
    ['a member too many', (one) => ({ ...one, comment: '' })],
    ['a member too few', ({ names: _, ...rest }) => rest],
    ['an index that is text', (one) => ({ ...one, entry: { ...one.entry, index: '302' } })],
    ['an index of 2^60', (one) => ({ ...one, entry: { ...one.entry, index: 2 ** 60 } })],
    ['ten thousand hashes', (one) => ({ ...one, proof: Array.from({ length: 10_000 }, () => '0'.repeat(64)) })],
    ['a broken key', (one) => ({ ...one, key: one.key.slice(0, -4) })],
    ['a broken checkpoint line', (one) => ({ ...one, checkpoint: `${one.checkpoint}broken\n` })],
    ['an entry in another spelling', (one) => ({ ...one, entry: { ...one.entry, leaf: ` ${one.entry.leaf}` } })],
  ])('cannot be judged with %s', (_, change) => {
    expect(verify(change(receipt))).toMatchObject({ ok: false, malformed: true })
  })
})

describe('a receipt a year later', () => {
  const more = Array.from({ length: 700 }, (_, number) =>
    utf8(canonicalJson(entry(5000 + number, 'finding.moved', {}))),
  )

  it('holds against a newer checkpoint of the same log', async () => {
    await log.append(more)
    const against = bytesOf(await headFrom(log, 305))
    expect(verify(receipt, { against })).toMatchObject({ ok: true, newer: { size: 1005 } })
  })

  it('does not hold against a log that was rewritten with the right key', async () => {
    const story = storyOf(recordedProofs()).map((one) => ({ ...one, actor: 'per_nobody' }))
    const rewritten = await logOf(join(folder, 'rewritten'), story)
    await rewritten.append(more)
    const against = bytesOf(await headFrom(rewritten, 305))
    await rewritten.close()
    expect(verify(receipt, { against })).toMatchObject({ ok: false, malformed: false })
  })

  it('does not hold against a newer checkpoint that somebody else signed', async () => {
    const key = newEd25519Key().signer
    const theirs = await openLog({
      folder: join(folder, 'theirs'),
      origin: 'zhongheng.example/ledger',
      signer: key,
      now: () => new Date(at),
    })
    await theirs.append(more)
    const against = bytesOf(await headFrom(theirs, 305))
    await theirs.close()
    expect(verify(receipt, { against })).toMatchObject({ ok: false, malformed: false })
  })

  it('needs the proof from its own size on', async () => {
    expect(verify(receipt, { against: bytesOf(await headFrom(log, 304)) })).toMatchObject({
      ok: false,
      malformed: true,
    })
    expect(verify(receipt, { against: utf8('{}') })).toMatchObject({ ok: false, malformed: true })
  })
})
