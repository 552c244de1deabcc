import { join } from 'node:path'
import { clockAt, days, hours } from '@zhongheng/domain/shared/clock.ts'
import { fsck } from '@zhongheng/ledger/fsck/fsck.ts'
import { makePolicy } from '@zhongheng/server/jobs/policy.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cast, assemble, inTesting } from '../scenes/crowd-test.ts'
import { type Stage, openStage, password } from '../scenes/stage.ts'

/*
 * The platform's clock is the database's. It is stepped by hand here, for the database and every program that asks it; the programs'
 * own clocks are stepped in `testing/faults/disk-and-clock.journey.test.ts`.
 */
const start = new Date().toISOString()
const clock = clockAt(start)
/** Steps to so many milliseconds from the start. */
const stepTo = (ms: number): void => clock.advance(Date.parse(start) + ms - clock.now().getTime())
const in2038 = Date.UTC(2038, 0, 19, 3, 14, 8) - Date.parse(start)

let stage: Stage
let cast: Cast
let engagementId: string
let invitation: string
beforeAll(async () => {
  stage = await openStage({ clock })
  cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast)
  const { link } = await cast.demand.call('POST /api/invitations', { body: { name: '赵新', posts: ['member'] } })
  invitation = new URL(link).hash.replace('#token=', '')
}, 120_000)
afterAll(() => stage.close())

const statusOf = async (person: Person): Promise<number> =>
  (await person.send('GET /api/engagements', { query: {} })).status
const leasesThatHold = async (): Promise<number> => {
  const { signed } = await makePolicy(stage.deps, Date.now())
  const { engagements } = JSON.parse(signed.payload) as {
    engagements: { state: string; closesAt: string; leases: { state: string; opensAt: string; closesAt: string }[] }[]
  }
  const now = clock.now().getTime()
  return engagements
    .filter((one) => one.state === 'testing' && Date.parse(one.closesAt) > now)
    .flatMap((one) => one.leases)
    .filter((one) => one.state === 'active' && Date.parse(one.opensAt) <= now && Date.parse(one.closesAt) > now).length
}
/** Somebody acts, so that the ledger has an entry of this time. */
const act = async (): Promise<void> => {
  const lin = await Person.signIn(stage.base, 'lin-a', password)
  expect(await statusOf(lin)).toBe(200)
}

describe('a clock that steps', () => {
  it('PUB-RE-07: an hour back gives nobody more than they had, and nothing breaks', async () => {
    expect(await leasesThatHold()).toBeGreaterThan(0)
    stepTo(-hours(1))
    expect([200, 401]).toContain(await statusOf(cast.tester))
    await act()
    stepTo(0)
    expect(await statusOf(cast.tester)).toBe(200)
  })

  it.each([
    ['a day ahead', days(1)],
    ['to 19 January 2038', in2038],
  ])('PUB-RE-07: %s no login and no lease of today is accepted', async (_, ms) => {
    stepTo(ms)
    for (const person of [cast.demand, cast.organizer, cast.tester, cast.auditor])
      expect(await statusOf(person)).toBe(401)
    expect(await leasesThatHold()).toBe(0)
    const answer = await cast.tester.send('POST /api/engagements/:engagementId/leases', { params: { engagementId } })
    expect(answer.status).toBe(401)
    stepTo(0)
  })

  it('PUB-RE-07: an invitation of today is over by 2038, and was not used up by having been tried then', async () => {
    const accept = () =>
      cast.tester.send('POST /api/invitations/acceptance', {
        body: { token: invitation, login: 'zhao-xin', password: 'Korrekt-Pferd-8-Batterie' },
      })
    stepTo(in2038)
    expect((await accept()).status).toBeGreaterThanOrEqual(400)
    stepTo(0)
    expect((await accept()).ok).toBe(true)
  })

  it('PUB-RE-07: entries of all these times stand in the ledger in the order in which they were committed, and it is whole', async () => {
    for (const ms of [days(1), -hours(1), 0]) {
      stepTo(ms)
      await act()
      await stage.integrate()
    }
    const rows = await stage.deps.database.kysely
      .selectFrom('events')
      .select(['seq', 'ledger_index', 'at'])
      .orderBy('ledger_index')
      .execute()
    expect(rows.map(({ ledger_index }) => Number(ledger_index))).toEqual(rows.map((_row, at) => at))
    const times = rows.map(({ at }) => at.getTime())
    expect(times).not.toEqual(times.toSorted((one, other) => one - other))
    expect(await fsck(join(stage.folder, 'ledger'), undefined, { live: true })).toMatchObject({ ok: true })
  })
})
