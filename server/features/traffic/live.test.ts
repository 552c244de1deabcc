import { type Cast, assemble, inTesting, recordedExchange } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage, password } from '@zhongheng/testing/scenes/stage.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { move } from '@zhongheng/tools/demo/prepare.ts'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let stage: Stage
let cast: Cast
let id: string
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  id = await inTesting(stage, cast)
})
afterAll(() => stage.close())

/** A page that stays open: hears until the server ends the stream. */
async function listen(person: Person) {
  const response = await fetch(`${stage.base}/api/engagements/${id}/live`, {
    headers: { cookie: (person as unknown as { cookie: string }).cookie },
  })
  let text = ''
  let over = false
  const reading = (async () => {
    for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) text += Buffer.from(part).toString()
    over = true
  })()
  return {
    response,
    text: () => text,
    changes: () => text.split('event: changed').length - 1,
    over: () => over,
    reading,
  }
}
const auditorAgain = () => Person.signIn(stage.base, 'fang-a', password)

describe('the live stream of an engagement', () => {
  it('PUB-AC-13: says “changed” at the beginning, at new traffic and at a move, and carries no data of its own', async () => {
    const person = await auditorAgain()
    const page = await listen(person)
    expect(page.response.headers.get('content-type')).toContain('text/event-stream')
    await expect.poll(page.changes, { timeout: 3000 }).toBeGreaterThan(0)
    const before = page.changes()
    await recordedExchange(stage, id, cast.tester, { path: '/geheim?token=1' })
    await sql`select pg_notify('zh_traffic', '')`.execute(stage.deps.database.kysely)
    await expect.poll(page.changes, { timeout: 3000 }).toBeGreaterThan(before)
    await move(cast.auditor, id, 'stop', '发现异常流量，先行暂停核实。')
    await expect.poll(page.text, { timeout: 3000 }).toContain('"state":"suspended"')
    expect(page.text()).not.toMatch(/geheim|异常/)
    await person.fetch('POST /api/sign-out', {})
    await page.reading
  })
  it('ends when the login ends', async () => {
    const person = await auditorAgain()
    const page = await listen(person)
    await expect.poll(page.changes, { timeout: 3000 }).toBeGreaterThan(0)
    await person.fetch('POST /api/sign-out', {})
    await page.reading
    expect(page.text()).toMatch(/event: ended\ndata: \{\}\n\n$/)
  })
  it('PUB-AC-13: ends when the right to it ends, and is hidden from who never had it', async () => {
    const page = await listen(cast.tester2)
    await expect.poll(page.changes, { timeout: 3000 }).toBeGreaterThan(0)
    await sql`delete from parties where engagement_id = ${id} and org_id = ${cast.orgIds.tester2}`.execute(
      stage.deps.database.kysely,
    )
    await sql`select pg_notify('zh_events', '')`.execute(stage.deps.database.kysely)
    await page.reading
    expect(page.text()).toContain('event: ended')
    const absent = await cast.tester2.fetch('GET /api/engagements/:engagementId/live', { params: { engagementId: id } })
    expect(absent.status).toBe(404)
    expect(
      (await cast.demand.fetch('GET /api/engagements/:engagementId/live', { params: { engagementId: id } })).status,
    ).toBe(403)
  })
  it('gathers a burst into few lines', async () => {
    const person = await auditorAgain()
    const page = await listen(person)
    await expect.poll(page.changes, { timeout: 3000 }).toBeGreaterThan(0)
    const before = page.changes()
    for (let n = 0; n < 50; n++) await sql`select pg_notify('zh_traffic', '')`.execute(stage.deps.database.kysely)
    await expect.poll(page.changes, { timeout: 3000 }).toBeGreaterThan(before)
    expect(page.changes() - before).toBeLessThan(25)
    await person.fetch('POST /api/sign-out', {})
    await page.reading
  })
})

describe('recorded traffic', () => {
  it('is a tester’s own only, also inside one engagement', async () => {
    const theirs = await recordedExchange(stage, id, cast.tester)
    const { exchanges } = await cast.tester.call('GET /api/engagements/:engagementId/exchanges', {
      params: { engagementId: id },
    })
    const me = await cast.tester.call('GET /api/me', {})
    expect(exchanges.length).toBeGreaterThan(0)
    expect(exchanges.every((one) => one.testerId === me.personId)).toBe(true)
    expect(exchanges.map((one) => one.exchangeId)).toContain(theirs)
  })
  it('read in full is an event with the reader’s role', async () => {
    const exchangeId = await recordedExchange(stage, id, cast.tester)
    const one = await cast.auditor.call('GET /api/engagements/:engagementId/exchanges/:exchangeId', {
      params: { engagementId: id, exchangeId },
    })
    expect(one.request.head).toContain('GET / HTTP/1.1')
    const { entries } = await cast.auditor.call('GET /api/engagements/:engagementId/ledger', {
      params: { engagementId: id },
      query: { limit: 3 },
    })
    expect(entries[0]).toMatchObject({ kind: 'traffic.read', subject: exchangeId })
    expect(JSON.parse(entries[0]?.leaf ?? '')).toMatchObject({ role: 'auditor' })
  })
})
