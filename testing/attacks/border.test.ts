import { randomBytes } from 'node:crypto'
import { may, type EngagementAction, engagementPermissions } from '@zhongheng/domain/access/matrix.ts'
import { openAbroad } from '@zhongheng/domain/jurisdiction/border.ts'
import { type IdKind, makeId } from '@zhongheng/domain/shared/ids.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { Person as Somebody } from '@zhongheng/tools/demo/person.ts'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { password } from '../scenes/stage.ts'
import { type TwoEngagements, everyKey, openTwoEngagements, seenBy } from './scene.ts'

/*
 * RMSV-9-7 in every channel: somebody who was inside and had every right is put abroad, and then every route of an
 * engagement is tried, with the ids of what they could read before.
 */
let scene: TwoEngagements
beforeAll(async () => {
  scene = await openTwoEngagements()
}, 120_000)
afterAll(() => scene.stage.close())

const absent = (kind: string): string => makeId(kind as IdKind, new Date(), randomBytes(10))
const ours = (kind: string): string => scene.ourIds[kind] ?? absent(kind)
const database = () => scene.stage.deps.database.kysely
const put = (orgId: string, place: string | null) =>
  sql`update organisations set jurisdiction = ${place} where id = ${orgId}`.execute(database())
const forget = () => sql`delete from throttles`.execute(database())
const within = everyKey.filter((key) => key.includes(':engagementId'))
/** Words of the finding, in bodies as `seenBy` gives them. */
const shows = (body: string): boolean => body.includes(Buffer.from('搜索存在注入', 'utf8').toString('latin1'))
const readsAbroad: readonly EngagementAction[] = openAbroad

/** What is told of findings or traffic without an engagement in the address. */
const lists = ['GET /api/findings', 'POST /api/findings/search', 'GET /api/home', 'GET /api/receipts'] as const

const sides = (): [string, Person, string][] => [
  ['the tester', scene.ours.tester, scene.ours.orgIds.tester],
  ['the auditor', scene.ours.auditor, scene.ours.orgIds.auditor],
  ['the organizer', scene.ours.organizer, scene.ours.orgIds.organizer],
]

describe('RMSV-9-7: a party abroad that is not the product’s provider', () => {
  it.each(['DE', 'HK', null])(
    'is given nothing of a finding or its traffic by any route, with its place %s',
    async (place) => {
      for (const [name, person, orgId] of sides()) {
        const me = await person.call('GET /api/me', {})
        const actor = { ...me, posts: me.posts, orgKind: me.orgKind }
        await put(orgId, place)
        try {
          for (const key of within) {
            const answer = await seenBy(person, key, ours)
            const told = `${name}: ${key} → ${answer.status} ${answer.body.slice(0, 120)}`
            expect(shows(answer.body), told).toBe(false)
            expect(answer.status, told).not.toBeGreaterThanOrEqual(500)
            // What opens still is one of the acts that show nothing; everything else is refused by name, unless refused before.
            if (answer.status < 300) {
              const open = readsAbroad.some((action) => may(actor, action, me.orgKind))
              expect(
                open && !/finding|exchange|capture|segment|live|report|pack|evidence|alert|reading|coverage/.test(key),
                told,
              ).toBe(true)
            }
          }
          for (const key of lists) {
            const answer = await seenBy(person, key, ours)
            expect(answer.body.includes(scene.ourIds['finding'] ?? '-'), `${name}: ${key}`).toBe(false)
            expect(shows(answer.body), `${name}: ${key}`).toBe(false)
          }
        } finally {
          await put(orgId, 'CN')
        }
      }
    },
  )
  it.each([
    'GET /api/engagements/:engagementId/findings/:findingId',
    'GET /api/engagements/:engagementId/exchanges',
    'GET /api/engagements/:engagementId/exchanges/:exchangeId',
    'GET /api/engagements/:engagementId/segments',
    'GET /api/engagements/:engagementId/live',
    'GET /api/engagements/:engagementId/reports',
    'GET /api/engagements/:engagementId/packs',
    'GET /api/engagements/:engagementId/alerts',
    'GET /api/engagements/:engagementId/readings',
    'GET /api/engagements/:engagementId/timeline',
  ] as const)('is told the rule by %s', async (key) => {
    await put(scene.ours.orgIds.auditor, 'DE')
    const answer = await seenBy(scene.ours.auditor, key, ours).finally(() => put(scene.ours.orgIds.auditor, 'CN'))
    expect([answer.status, (JSON.parse(answer.body) as { rule?: string }).rule]).toEqual([403, 'RMSV-9-7'])
  })
  it('may still look at the engagement and stop the test', async () => {
    await put(scene.ours.orgIds.auditor, 'DE')
    const page = await scene.ours.auditor
      .call('GET /api/engagements/:engagementId', { params: { engagementId: ours('engagement') } })
      .finally(() => put(scene.ours.orgIds.auditor, 'CN'))
    expect(page.may).toContain('engagement.stop')
    expect(page.may.filter((action) => !readsAbroad.includes(action as EngagementAction))).toEqual([])
    expect(page.counts).toMatchObject({ findings: 0, exchanges: 0 })
  })
  it('the demand side abroad is the provider and reads on', async () => {
    await put(scene.ours.orgIds.demand, 'DE')
    const answer = await seenBy(
      scene.ours.demand,
      'GET /api/engagements/:engagementId/findings/:findingId',
      ours,
    ).finally(() => put(scene.ours.orgIds.demand, 'CN'))
    const inside = await seenBy(scene.ours.demand, 'GET /api/engagements/:engagementId/findings/:findingId', ours)
    expect(answer.status).toBe(inside.status)
  })
})

describe('RMSV-9-7: who may become a party', () => {
  it('no tester abroad is invited, and none applies', async () => {
    const { organizer, tester2, orgIds } = scene.ours
    const { personId } = await tester2.call('GET /api/me', {})
    await put(orgIds.tester2, 'SG')
    const params = { engagementId: ours('engagement') }
    const invited = await organizer.fetch('POST /api/engagements/:engagementId/tester-invitations', {
      params,
      body: { personId },
    })
    const applied = await tester2.fetch('POST /api/engagements/:engagementId/applications', {
      params: { engagementId: scene.theirIds['engagement'] },
      body: { statement: '愿意参加，遵守规则。', conflicts: '无' },
    })
    await put(orgIds.tester2, 'CN')
    const rule = async (response: Response) => ((await response.json()) as { rule?: string }).rule
    expect([invited.status, await rule(invited)]).toEqual([422, 'RMSV-9-7'])
    expect([applied.status, await rule(applied)]).toEqual([403, 'RMSV-9-7'])
  })
  it('no organizer and no auditor abroad is named by a demand', async () => {
    await put(scene.ours.orgIds.auditor, 'US')
    const answer = await seenBy(scene.ours.demand, 'POST /api/engagements', (kind) =>
      kind === 'organisation' ? scene.ours.orgIds.auditor : absent(kind),
    ).finally(() => put(scene.ours.orgIds.auditor, 'CN'))
    expect(answer.status).toBe(422)
  })
})

describe('saying where somebody is', () => {
  it('is the organizer’s administrator’s, by version, and ends logins and leases of who moved abroad', async () => {
    const { organizer, tester, auditor, orgIds } = scene.ours
    const find = async () =>
      (await organizer.call('GET /api/organisations', {})).organisations.find((one) => one.orgId === orgIds.tester)
    const version = (await find())?.version ?? 0
    const key = 'PUT /api/organisations/:orgId/jurisdiction'
    const give = (person: Person, more: object = {}) =>
      person.fetch(key, { params: { orgId: orgIds.tester }, body: { jurisdiction: 'DE', version, ...more } })
    expect((await give(auditor)).status).toBe(403)
    expect((await give(organizer, { version: version + 5 })).status).toBe(409)
    expect((await give(organizer, { jurisdiction: 'XX' })).status).toBe(422)
    expect((await give(organizer)).status).toBe(200)
    expect((await find())?.jurisdiction).toBe('DE')
    expect((await tester.fetch('GET /api/me', {})).status).toBe(401)
    const { rows } = await sql<{ state: string }>`
      select state from leases where org_id = ${orgIds.tester}`.execute(database())
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.every(({ state }) => state === 'revoked')).toBe(true)
    const events = await sql<{ kind: string; leaf: string }>`
      select kind, leaf from events where kind = 'organisation.placed' order by seq desc limit 1`.execute(database())
    expect(JSON.parse(events.rows[0]?.leaf ?? '{}')).toMatchObject({
      subject: orgIds.tester,
      facts: { from: 'CN', to: 'DE' },
    })
    const back = await organizer.fetch(key, {
      params: { orgId: orgIds.tester },
      body: { jurisdiction: 'CN', version: version + 1 },
    })
    expect(back.status).toBe(200)
  })
  it('of a member is their own administrator’s; a member abroad of a house inside reads nothing', async () => {
    await forget()
    const { auditor } = scene.ours
    const me = await auditor.call('GET /api/me', {})
    const { members } = await auditor.call('GET /api/members', {})
    const version = members.find((one) => one.personId === me.personId)?.version ?? 0
    const placed = await auditor.fetch('PUT /api/members/:personId/jurisdiction', {
      params: { personId: me.personId },
      body: { jurisdiction: 'JP', version },
    })
    expect(placed.status).toBe(200)
    expect((await auditor.fetch('GET /api/me', {})).status).toBe(401)
    const again = await Somebody.signIn(scene.stage.base, me.login, password)
    const read = await seenBy(again, 'GET /api/engagements/:engagementId/findings/:findingId', ours)
    expect([read.status, (JSON.parse(read.body) as { rule?: string }).rule]).toEqual([403, 'RMSV-9-7'])
    const home = await again.fetch('PUT /api/members/:personId/jurisdiction', {
      params: { personId: me.personId },
      body: { jurisdiction: null, version: version + 1 },
    })
    expect(home.status).toBe(200)
    expect((await seenBy(again, 'GET /api/engagements/:engagementId/findings/:findingId', ours)).status).toBe(200)
  })
  it('names what is presumed since before on the home page of the organizer’s administrator, until it is confirmed', async () => {
    const { organizer, orgIds } = scene.ours
    await sql`update organisations set jurisdiction_stated_at = null where id = ${orgIds.demand}`.execute(database())
    const kinds = async () => (await organizer.call('GET /api/home', {})).waiting.map((one) => one.kind)
    expect(await kinds()).toContain('place')
    const one = (await organizer.call('GET /api/organisations', {})).organisations.find(
      ({ orgId }) => orgId === orgIds.demand,
    )
    await organizer.call('PUT /api/organisations/:orgId/jurisdiction', {
      params: { orgId: orgIds.demand },
      body: { jurisdiction: 'CN', version: one?.version ?? 0 },
    })
    expect(await kinds()).not.toContain('place')
  })
})

describe('the second wall', () => {
  const tables = async () =>
    (
      await sql<{ tablename: string }>`
        select tablename from pg_policies where permissive = 'RESTRICTIVE' and policyname like '%_at_home'`.execute(
        database(),
      )
    ).rows.map((row) => row.tablename)
  const count = async (table: string, org: string, kind: string, person: string) =>
    database()
      .transaction()
      .execute(async (db) => {
        await sql`select set_config('role', 'zh_app', true), set_config('app.org', ${org}, true), set_config('app.kind', ${kind}, true),
          set_config('app.person', ${person}, true)`.execute(db)
        const { rows } = await sql<{ n: number }>`
          select count(*)::int as n from ${sql.table(table)} where engagement_id is not null`.execute(db)
        return rows[0]?.n ?? -1
      })
  it('holds on every table that speaks of findings or traffic: rows for the auditor inside, none abroad', async () => {
    const me = await scene.ours.organizer.call('GET /api/me', {})
    const named = await tables()
    expect(named.length).toBe(18)
    const seen = async () => {
      const found: { [table: string]: number } = {}
      for (const table of named) found[table] = await count(table, me.orgId, me.orgKind, me.personId)
      return found
    }
    const inside = await seen()
    await put(me.orgId, 'DE')
    const outside = await seen().finally(() => put(me.orgId, 'CN'))
    expect(Object.values(inside).filter((n) => n > 0).length).toBeGreaterThan(4)
    expect(
      Object.values(outside).every((n) => n === 0),
      JSON.stringify(outside),
    ).toBe(true)
  })
  it('no act of the matrix is open abroad by being forgotten', () => {
    const closed = (Object.keys(engagementPermissions) as EngagementAction[]).filter((one) => !openAbroad.includes(one))
    expect(closed).toContain('finding.read')
    expect(closed.length + openAbroad.length).toBe(Object.keys(engagementPermissions).length)
  })
})
