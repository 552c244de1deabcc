import { verifyReceipt } from '@zhongheng/ledger/verify/receipt/verify-receipt.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { type Cast, assemble, inTesting, submittedFinding } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/* Tester Chen submits a finding and asks for the receipt of it. */
let stage: Stage
let cast: Cast
let engagementId: string
let findingId: string
let eventId: string

const receiptsOf = async (person: Person) => (await person.call('GET /api/receipts', {})).receipts
const bytesOf = (value: object): Uint8Array => Buffer.from(JSON.stringify(value))

beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast)
  findingId = await submittedFinding(stage, engagementId, cast.tester)
})
afterAll(() => stage.close())

describe('receipts', () => {
  it('of an act that is not in the ledger yet are refused with when to ask again', async () => {
    const [newest] = await receiptsOf(cast.tester)
    expect(newest).toMatchObject({ kind: 'finding.submitted', subject: findingId, ledgerIndex: null })
    eventId = newest?.eventId ?? ''
    const answer = await cast.tester.fetch('GET /api/receipts/:eventId', { params: { eventId } })
    expect(answer.status).toBe(409)
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(await answer.json()).toMatchObject({ rule: 'RECEIPT-1' })
  })

  it('prove the act to anybody with the file and the key alone, and go on proving it', async () => {
    await stage.integrate()
    const receipt = await cast.tester.call('GET /api/receipts/:eventId', { params: { eventId } })
    expect(receipt.names).toMatchObject({ act: { zh: '提交漏洞' }, actor: 'chen-a' })
    const verdict = verifyReceipt(nodeCrypto, bytesOf(receipt))
    expect(verdict).toMatchObject({ ok: true, leaf: { subject: findingId, kind: 'finding.submitted' } })

    await cast.organizer.call('POST /api/engagements/:engagementId/findings/:findingId/moves', {
      params: { engagementId, findingId },
      body: { move: 'take_up', version: 1 },
    })
    await stage.integrate()
    const size = verdict.ok ? verdict.head.size : 0
    const later = await cast.tester.call('GET /api/ledger/consistency', { query: { from: size } })
    const again = verifyReceipt(nodeCrypto, bytesOf(receipt), { against: bytesOf(later) })
    expect(again.ok && (again.newer?.size ?? 0) > size).toBe(true)
  })

  it('are had by every party that may see the event, and by nobody else', async () => {
    const params = { eventId }
    await expect(cast.organizer.call('GET /api/receipts/:eventId', { params })).resolves.toMatchObject({ entry: {} })
    const absent = await cast.tester2.fetch('GET /api/receipts/:eventId', {
      params: { eventId: `evt_${'0'.repeat(26)}` },
    })
    const hidden = await cast.tester2.fetch('GET /api/receipts/:eventId', { params })
    expect([hidden.status, await hidden.text()]).toEqual([404, await absent.text()])
  })

  it('list what a person did, not what they read, nor what others did', async () => {
    const organizers = await receiptsOf(cast.organizer)
    expect(organizers.map((one) => one.kind)).toContain('finding.moved')
    expect(organizers.map((one) => one.kind)).not.toContain('finding.submitted')
    for (const person of [cast.demand, cast.tester, cast.organizer])
      expect((await receiptsOf(person)).filter((one) => /read|login/.test(one.kind))).toEqual([])
  })

  it('come page by page', async () => {
    const first = await cast.demand.call('GET /api/receipts', { query: { limit: 3 } })
    const second = await cast.demand.call('GET /api/receipts', { query: { limit: 3, after: first.next ?? '' } })
    const ids = [...first.receipts, ...second.receipts].map((one) => one.eventId)
    expect(new Set(ids).size).toBe(6)
  })
})

describe('a proof of consistency', () => {
  it('is refused for more entries than there are', async () => {
    const answer = await cast.tester.fetch('GET /api/ledger/consistency', { query: { from: 1_000_000 } })
    expect(answer.status).toBe(422)
  })
})
