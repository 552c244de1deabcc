import {
  type Cast,
  assemble,
  inTesting,
  recordedExchange,
  submittedFinding,
} from '@zhongheng/testing/scenes/crowd-test.ts'
import { recordedTraffic } from '@zhongheng/testing/scenes/recorded-traffic.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Call } from '@zhongheng/contracts/http/index.ts'

const key = 'GET /api/engagements/:engagementId/readings'
let stage: Stage
let cast: Cast
let theirs: Cast
let engagementId: string
let exchangeId: string
let handedOver: string
let notYet: string
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  theirs = await assemble(stage, 'b', cast)
  engagementId = await inTesting(stage, cast)
  handedOver = await submittedFinding(stage, engagementId, cast.tester)
  notYet = await submittedFinding(stage, engagementId, cast.tester2)
  await move(cast.organizer, handedOver, { move: 'take_up', version: 1 })
  await move(cast.organizer, handedOver, {
    move: 'pass',
    version: 2,
    reason: '已在授权范围内复现，证据充分。',
    cites: '范围 1',
    severity: 'high',
  })
  ;[exchangeId = ''] = await recordedTraffic(stage, engagementId, cast.tester, [
    {
      request: Buffer.from('GET /account HTTP/1.1\r\nHost: shop\r\nCookie: sid=8f3a\r\n\r\n'),
      response: Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'),
    },
  ])
}, 120_000)
afterAll(() => stage.close())

const read = (person: Person, findingId: string) =>
  person.call('GET /api/engagements/:engagementId/findings/:findingId', { params: { engagementId, findingId } })
const move = (person: Person, findingId: string, body: object) =>
  person.call('POST /api/engagements/:engagementId/findings/:findingId/moves', {
    params: { engagementId, findingId },
    body: body as Call<'POST /api/engagements/:engagementId/findings/:findingId/moves'>['body'],
  })
const record = (person: Person, query: NonNullable<Call<typeof key>['query']> = {}) =>
  person.call(key, { params: { engagementId }, query })
const idOf = async (person: Person) => (await person.call('GET /api/me', {})).personId

describe('the reading record', () => {
  it('tells the demand side who read its finding, the platform’s own people and the auditor among them', async () => {
    await read(cast.demand, handedOver)
    await read(cast.organizer2, handedOver)
    await read(cast.auditor, handedOver)
    await read(cast.auditor, handedOver)
    const { readings, people } = await record(cast.demand, { findingId: handedOver })
    expect(readings[0]).toMatchObject({ what: 'finding', personName: 'fang-a', role: 'auditor', subject: handedOver })
    expect(readings[0]?.label).toMatch(/\d/)
    const times = Object.fromEntries(people.map(({ personName, times }) => [personName, times]))
    // Each act answers with the body too: taking up and passing on are readings of the one who did it.
    expect(times).toMatchObject({ 'fang-a': 2, 'wu-cheng': 1, 'lin-a': 1, 'zhou-heng': 2 })
    expect(people.find(({ personName }) => personName === 'wu-cheng')).toMatchObject({
      role: 'organizer',
      orgName: '众衡',
    })
  })

  it('shows the auditor’s own readings to the auditor and to the organizer', async () => {
    const personId = await idOf(cast.auditor)
    for (const person of [cast.auditor, cast.organizer])
      expect((await record(person, { personId })).readings.length).toBeGreaterThan(0)
  })

  it('shows a tester their own readings and nobody else’s, whatever they ask for', async () => {
    const own = await idOf(cast.tester)
    await read(cast.tester, handedOver)
    const mine = await record(cast.tester)
    expect(new Set(mine.readings.map(({ personId }) => personId))).toEqual(new Set([own]))
    expect(mine.people.map(({ personId }) => personId)).toEqual([own])
    const auditor = await idOf(cast.auditor)
    expect((await record(cast.tester, { personId: auditor })).readings).toEqual([])
    expect(await record(cast.tester, { findingId: notYet })).toEqual({ readings: [], next: null, people: [] })
  })

  it('names nothing that its reader may not know of: a finding that was not handed over has no number there', async () => {
    await read(cast.organizer, notYet)
    const seen = (await record(cast.demand)).readings.find(({ subject }) => subject === notYet)
    expect(seen).toMatchObject({ personName: 'zhou-heng', label: null })
    expect((await record(cast.organizer)).readings.find(({ subject }) => subject === notYet)?.label).not.toBeNull()
  })

  it('tells masked from unmasked traffic, and both from the letter and from an export', async () => {
    const params = { engagementId, exchangeId }
    await cast.organizer.call('GET /api/engagements/:engagementId/exchanges/:exchangeId', { params })
    await cast.organizer.call('GET /api/engagements/:engagementId/exchanges/:exchangeId/unmasked', { params })
    await cast.organizer.fetch('GET /api/engagements/:engagementId/exchanges/:exchangeId/request', { params })
    const { letters } = await cast.organizer.call('GET /api/engagements/:engagementId/letters', {
      params: { engagementId },
    })
    await cast.organizer.fetch('GET /api/engagements/:engagementId/letters/:letterId/file.pdf', {
      params: { engagementId, letterId: letters[0]?.letterId ?? '' },
    })
    await cast.organizer.fetch('GET /api/engagements/:engagementId/captures', {
      params: { engagementId },
      query: { format: 'ndjson' },
    })
    const kinds = async (what: NonNullable<NonNullable<Call<typeof key>['query']>['what']>) =>
      (await record(cast.auditor, { what })).readings.filter(({ personName }) => personName === 'zhou-heng')
    expect(await kinds('exchange')).toMatchObject([{ label: expect.stringContaining('GET'), subject: exchangeId }])
    expect(await kinds('unmasked')).toHaveLength(2)
    expect(await kinds('document')).toMatchObject([{ label: letters[0]?.number }])
    expect((await kinds('captures'))[0]?.text.en).toMatch(/Exported \d+ exchanges \(NDJSON\)/)
  })

  it('finds a reading by the code of the mark that its page bore', async () => {
    const { mark } = await read(cast.organizer2, handedOver)
    expect(mark.by).toBe('wu-cheng')
    const again = await read(cast.organizer2, handedOver)
    expect(again.mark.code).not.toBe(mark.code)
    expect((await record(cast.demand, { code: mark.code })).readings).toMatchObject([
      { personName: 'wu-cheng', at: mark.at, subject: handedOver },
    ])
    const params = { engagementId, exchangeId }
    const shown = await cast.auditor.call('GET /api/engagements/:engagementId/exchanges/:exchangeId', { params })
    expect((await record(cast.demand, { code: shown.mark.code })).readings).toMatchObject([{ personName: 'fang-a' }])
  })

  it('narrows by time, and goes on where the page before ended', async () => {
    expect((await record(cast.auditor, { until: '2020-01-01T00:00:00Z' })).readings).toEqual([])
    const all = await record(cast.auditor, { since: '2020-01-01T00:00:00Z' })
    const seen: string[] = []
    let after: string | null = null
    do {
      const page = await record(cast.auditor, { limit: 3, ...(after === null ? {} : { after }) })
      seen.push(...page.readings.map(({ eventId }) => eventId))
      after = page.next
    } while (after !== null)
    expect(seen).toEqual(all.readings.map(({ eventId }) => eventId))
  })

  it('PUB-AC-02: is not there for somebody of another engagement', async () => {
    for (const person of [theirs.demand, theirs.tester, theirs.auditor])
      expect((await person.fetch(key, { params: { engagementId } })).status).toBe(404)
  })

  it('does not count looking at the record itself, nor at a list', async () => {
    const before = await record(cast.demand)
    await cast.demand.call('GET /api/findings', {})
    await recordedExchange(stage, engagementId, cast.tester)
    expect((await record(cast.demand)).readings).toEqual(before.readings)
  })
})
