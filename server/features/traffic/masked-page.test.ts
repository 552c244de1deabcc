import { type Cast, assemble, inTesting } from '@zhongheng/testing/scenes/crowd-test.ts'
import { recordedTraffic } from '@zhongheng/testing/scenes/recorded-traffic.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let stage: Stage
let cast: Cast
let params: { engagementId: string; exchangeId: string }
const request =
  'POST /login?next=%2F HTTP/1.1\r\nHost: shop\r\nCookie: sid=8f3a-cookie\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 33\r\n\r\nuser=chen&password=hunter2-secret'
const body = '{"token": "eyJ-token", "phone": "13812345678", "name": "陈默"}'
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  const engagementId = await inTesting(stage, cast)
  const [exchangeId = ''] = await recordedTraffic(stage, engagementId, cast.tester, [
    {
      request: Buffer.from(request),
      response: Buffer.from(
        `HTTP/1.1 200 OK\r\nSet-Cookie: sid=new-cookie; HttpOnly\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      ),
    },
  ])
  params = { engagementId, exchangeId }
})
afterAll(() => stage.close())

const page = (person: Person) => person.call('GET /api/engagements/:engagementId/exchanges/:exchangeId', { params })
const unmasked = (person: Person) =>
  person.call('GET /api/engagements/:engagementId/exchanges/:exchangeId/unmasked', { params })
const secrets = ['8f3a-cookie', 'hunter2-secret', 'eyJ-token', '13812345678', 'new-cookie']

describe('an exchange as its page shows it', () => {
  it('hides secrets and personal numbers from everybody who did not ask for them, and counts them', async () => {
    for (const person of [cast.auditor, cast.organizer]) {
      const shown = await page(person)
      for (const secret of secrets) expect(JSON.stringify(shown), secret).not.toContain(secret)
      expect(shown.masked).toBe(secrets.length)
      expect(shown.request.body).toBe('user=chen&password=••••••')
      expect(shown.response.body).toContain('陈默')
      expect(shown.curl).toBe('')
    }
  })

  it('leaves the tester the command that sends their own request again', async () => {
    const shown = await page(cast.tester)
    expect(JSON.stringify({ ...shown, curl: '' })).not.toContain('hunter2-secret')
    expect(shown.curl).toContain('hunter2-secret')
  })

  it('shows them to who asks, as a reading of its own in the ledger', async () => {
    const shown = await unmasked(cast.auditor)
    for (const secret of secrets) expect(JSON.stringify(shown), secret).toContain(secret)
    expect(shown.masked).toBe(0)
    const { entries } = await cast.auditor.call('GET /api/engagements/:engagementId/ledger', {
      params: { engagementId: params.engagementId },
      query: { limit: 1 },
    })
    expect(JSON.parse(entries[0]?.leaf ?? '')).toMatchObject({
      kind: 'traffic.read',
      subject: params.exchangeId,
      role: 'auditor',
      facts: { part: 'unmasked' },
    })
  })

  it('is not there, hidden or not, for another tester', async () => {
    for (const key of [
      'GET /api/engagements/:engagementId/exchanges/:exchangeId',
      'GET /api/engagements/:engagementId/exchanges/:exchangeId/unmasked',
    ] as const)
      expect((await cast.tester2.fetch(key, { params })).status).toBe(404)
  })

  it('keeps every byte in the sealed record', async () => {
    const { organizer } = cast
    const response = await organizer.fetch('GET /api/engagements/:engagementId/exchanges/:exchangeId/request', {
      params,
    })
    expect(await response.text()).toBe(request)
  })
})
