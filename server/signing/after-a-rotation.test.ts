import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConsistencyFile, ReceiptFile } from '@zhongheng/contracts/http/receipts.ts'
import { fsck } from '@zhongheng/ledger/fsck/fsck.ts'
import { keptHead } from '@zhongheng/ledger/fsck/kept-heads.ts'
import { parseVerifierKey } from '@zhongheng/ledger/verify/keys.ts'
import { learnKeysFile } from '@zhongheng/ledger/verify/keys-file.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { verifyReceipt } from '@zhongheng/ledger/verify/receipt/verify-receipt.ts'
import { withWebCrypto } from '@zhongheng/ledger/verify/web-crypto.ts'
import { beginWitness } from '@zhongheng/ledger/witness/begin.ts'
import { openFolder } from '@zhongheng/ledger/witness/folder.ts'
import { lookOnce } from '@zhongheng/ledger/witness/look.ts'
import { type Cast, assemble, inTesting, submittedFinding } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inSystemWork } from '../work/work.ts'
import { beginKeyHistory } from './key-acts.ts'
import { endKey, type KeyOffice, revokeKey, rotateKey } from './key-office.ts'
import { keyFingerprint } from './key-files.ts'
import { secretsFrom } from './secrets.ts'

/*
 * Tester Chen keeps a receipt, Xinheng runs a witness, the operator changes the ledger's key. All of them noted the first
 * fingerprint and nothing since.
 */
let stage: Stage
let cast: Cast
let folder: string
let first: string
let firstKey: Uint8Array
let early: ReceiptFile
let late: ReceiptFile
let earlyHead: string

const inFile = { keeping: { kind: 'file', sm2: false } } as const
const office = (): KeyOffice => ({
  database: stage.deps.database,
  keysFolder: join(stage.folder, 'keys'),
  ledgerFolder: join(stage.folder, 'ledger'),
  secrets: secretsFrom(stage.deps.settings.ledgerKeys),
  sm2: false,
})
const bytesOf = (value: object): Uint8Array => Buffer.from(JSON.stringify(value))
const newestReceipt = async (): Promise<ReceiptFile> => {
  const [line] = (await cast.tester.call('GET /api/receipts', {})).receipts
  return cast.tester.call('GET /api/receipts/:eventId', { params: { eventId: line?.eventId ?? '' } })
}
const sizeOf = (receipt: ReceiptFile): number => Number(receipt.checkpoint.split('\n')[1])
const newer = (receipt: ReceiptFile): Promise<ConsistencyFile> =>
  cast.tester.call('GET /api/ledger/consistency', { query: { from: sizeOf(receipt) } })
const verify = (receipt: ReceiptFile, against?: ConsistencyFile, pinned = [first]) =>
  verifyReceipt(nodeCrypto, bytesOf(receipt), {
    pinned,
    ...(against === undefined ? {} : { against: bytesOf(against) }),
  })

beforeAll(async () => {
  stage = await openStage()
  folder = await mkdtemp(join(tmpdir(), 'zh-rotated-'))
  await inSystemWork(stage.deps, (work) => beginKeyHistory(work, stage.deps.ledger.keys))
  cast = await assemble(stage, 'a')
  const engagementId = await inTesting(stage, cast)
  await submittedFinding(stage, engagementId, cast.tester)
  await stage.integrate()
  firstKey = parseVerifierKey(nodeCrypto.sha256, stage.deps.ledger.verifierKey)?.publicKey ?? firstKey
  first = keyFingerprint(firstKey)
  early = await newestReceipt()
  earlyHead = stage.deps.ledger.checkpoint()
  await beginWitness(join(folder, 'w'), stage.base, [first], 'xinheng.example/w1', new Date())
  await look()
  await rotateKey(office(), inFile)
  await stage.integrate()
  await endKey(office(), undefined)
  await stage.integrate()
  await submittedFinding(stage, engagementId, cast.tester)
  await stage.integrate()
  late = await newestReceipt()
})
afterAll(async () => {
  await stage.close()
  await rm(folder, { recursive: true, force: true })
})

async function look() {
  const witness = await openFolder(join(folder, 'w'))
  try {
    return await lookOnce(witness, { silence: 3600, now: () => new Date() })
  } finally {
    await witness.release()
  }
}

describe('after the old key ended', () => {
  it('a receipt of before holds against a head of now, and is judged alike in a browser', async () => {
    const against = await newer(early)
    const verdict = verify(early, against)
    expect(verdict).toMatchObject({
      ok: true,
      pinned: true,
      fingerprint: first,
      newer: { size: stage.deps.ledger.size() },
    })
    const web = await withWebCrypto((crypto) =>
      verifyReceipt(crypto, bytesOf(early), { pinned: [first], against: bytesOf(against) }),
    )
    expect(web).toEqual(verdict)
    // As the page asks, with no fingerprint named.
    expect(verify(early, against, [])).toMatchObject({ ok: true, pinned: false })
  })

  it('a receipt of now is judged by the first fingerprint, and by no stranger’s', async () => {
    expect(verify(late)).toMatchObject({ ok: true, pinned: true, newer: null })
    expect(verify(late, await newer(late))).toMatchObject({ ok: true })
    expect(verify(late, undefined, ['0'.repeat(64)])).toMatchObject({ ok: false, malformed: false })
  })

  it('a key history that was changed, or is another log’s, does not make a receipt good', async () => {
    const keys = late.keys ?? ''
    expect(verify({ ...late, keys: keys.replace(/"size":\d+/, '"size":99999') })).toMatchObject({ ok: false })
    expect(verify({ ...late, keys: '{}' })).toMatchObject({ ok: false, malformed: true })
    const { keys: _, ...without } = late
    expect(verify(without)).toMatchObject({ ok: false, malformed: false })
  })

  it('the witness of Xinheng goes on', async () => {
    expect(await look()).toMatchObject({ alarm: undefined, size: stage.deps.ledger.size(), cosigned: true })
  })

  it('fsck takes the first key, by what the entries say and not by the file beside them', async () => {
    const ledger = join(stage.folder, 'ledger')
    expect(await fsck(ledger, firstKey)).toMatchObject({ ok: true, signedBy: first, keyFrom: 'given' })
    const stranger = new Uint8Array(32).fill(9)
    expect(await fsck(ledger, stranger)).toMatchObject({ ok: false, fault: { file: 'checkpoint' } })
    await copyFile(join(ledger, 'keys.json'), join(folder, 'keys.json'))
    await writeFile(join(ledger, 'keys.json'), '{}')
    expect(await fsck(ledger, firstKey)).toMatchObject({ ok: true, signedBy: first })
    await copyFile(join(folder, 'keys.json'), join(ledger, 'keys.json'))
  })

  it('fsck holds heads of before and of after against the log', async () => {
    const ledger = join(stage.folder, 'ledger')
    const learned = learnKeysFile(nodeCrypto, (await stage.deps.ledger.keysFile()) ?? new Uint8Array(0))
    const history = 'history' in learned ? learned.history : undefined
    const { origin } = stage.deps.ledger
    const kept = [earlyHead, stage.deps.ledger.checkpoint()].map((note) =>
      keptHead(note, origin, firstKey, 'a party', history),
    )
    expect(kept).not.toContain(undefined)
    expect(await fsck(ledger, firstKey, { kept: kept.flatMap((one) => one ?? []) })).toMatchObject({ ok: true })
  })
})

describe('after a theft', () => {
  it('a receipt above the last good head counts for nothing, one below stays good', async () => {
    const upTo = sizeOf(early)
    await rotateKey(office(), inFile)
    await stage.integrate()
    const stolen = keyFingerprint(parseVerifierKey(nodeCrypto.sha256, late.key)?.publicKey ?? new Uint8Array(32))
    await revokeKey(office(), { key: stolen, reason: 'stolen', upTo: sizeOf(late) - 1 }, inFile)
    await stage.integrate()
    expect(upTo).toBeLessThan(sizeOf(late))
    expect(verify(early, await newer(early))).toMatchObject({ ok: false })
    // The thief may have introduced the key of now, so only its own fingerprint, got another way, leads on.
    const now = keyFingerprint(stage.deps.ledger.forPacks.logKey)
    expect(verify(early, await newer(early), [now])).toMatchObject({ ok: true })
    expect(verify(late, await newer(late), [now])).toMatchObject({ ok: false, malformed: false })
  })
})
