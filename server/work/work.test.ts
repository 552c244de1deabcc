import type { Actor } from '@zhongheng/domain/access/actor.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { openDatabase } from '../database/open.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Deps } from './deps.ts'
import { type NewEvent, type Work, inSystemWork, inWork } from './work.ts'

let stage: Stage
let lin: Person & { personId: string }
let actor: Actor
/** One connection only, so that a second unit of work meets what a first one might have left behind. */
let narrow: Deps
beforeAll(async () => {
  stage = await openStage()
  const house = await stage.house('demand', '云帆', [{ login: 'lin-fan' }])
  lin = house.people['lin-fan'] as Person & { personId: string }
  actor = { personId: lin.personId, orgId: house.orgId, orgKind: 'demand', posts: ['member'], name: '林帆' }
  narrow = { ...stage.deps, database: openDatabase(stage.deps.settings.databaseUrl, 1) }
})
afterAll(async () => {
  await narrow.database.close()
  await stage.close()
})

const event = (subject: string): NewEvent => ({
  kind: 'member.changed',
  engagementId: null,
  subject,
  role: 'demand',
  audience: 'house',
  facts: { subject },
})
const eventsOf = (subject: string) =>
  inSystemWork(stage.deps, (work) => work.db.selectFrom('events').selectAll().where('subject', '=', subject).execute())
const stateOf = async (work: Work) =>
  (
    await sql<{ role: string; org: string; kind: string; person: string }>`
      select current_user as role, current_setting('app.org', true) as org, current_setting('app.kind', true) as kind,
        current_setting('app.person', true) as person`.execute(work.db)
  ).rows[0]

describe('a unit of work', () => {
  it('writes its event in the commit of its cause, as the person who did it', async () => {
    await inWork(narrow, actor, async (work) => {
      await work.db.updateTable('persons').set({ locale: 'en' }).where('id', '=', lin.personId).execute()
      work.record(event('cause-1'))
    })
    const [row, ...more] = await eventsOf('cause-1')
    expect(more).toEqual([])
    expect(row).toMatchObject({ actor: lin.personId, org_id: actor.orgId, ledger_index: null })
    expect(JSON.parse(row?.leaf ?? '')).toMatchObject({
      v: 1,
      id: row?.id,
      kind: 'member.changed',
      actor: lin.personId,
    })
  })
  it('leaves neither change nor event when it fails, at whatever moment', async () => {
    await expect(
      inWork(narrow, actor, async (work) => {
        await work.db.updateTable('persons').set({ locale: 'zh-CN' }).where('id', '=', lin.personId).execute()
        work.record(event('cause-2'))
        throw new Problem('refused', say('不行', 'no'))
      }),
    ).rejects.toThrow('no')
    // The event itself is what fails here: a kind of audience that the table does not know.
    await expect(
      inWork(narrow, actor, async (work) => {
        await work.db.updateTable('persons').set({ locale: 'zh-CN' }).where('id', '=', lin.personId).execute()
        work.record({ ...event('cause-2'), audience: 'nobody' as 'house' })
      }),
    ).rejects.toThrow()
    expect(await eventsOf('cause-2')).toEqual([])
    expect((await lin.call('GET /api/me', {})).locale).toBe('en')
  })
  it('works as zh_app with the person’s tenant, and leaves none of it on the pooled connection', async () => {
    expect(await inWork(narrow, actor, stateOf)).toEqual({
      role: 'zh_app',
      org: actor.orgId,
      kind: 'demand',
      person: lin.personId,
    })
    expect(await inSystemWork(narrow, stateOf)).toEqual({ role: 'zh_system', org: '', kind: '', person: '' })
    await inWork(narrow, actor, () => Promise.reject(new Error('in the middle'))).catch(() => undefined)
    const bare = await sql<{ role: string; org: string | null }>`
      select current_user as role, nullif(current_setting('app.org', true), '') as org`.execute(narrow.database.kysely)
    expect(bare.rows[0]).toEqual({ role: expect.not.stringMatching(/^zh_/) as string, org: null })
  })
  it('goes back to zh_app after a step as the system, also when that step was refused', async () => {
    await inWork(narrow, actor, async (work) => {
      expect((await work.asSystem(() => stateOf(work)))?.role).toBe('zh_system')
      const inside = await work.asSystem(async () => {
        await work.asSystem(() => stateOf(work))
        return stateOf(work)
      })
      expect(inside?.role).toBe('zh_system')
      expect((await stateOf(work))?.role).toBe('zh_app')
      await work.asSystem(() => Promise.reject(new Problem('refused', say('不行', 'no')))).catch(() => undefined)
      expect((await stateOf(work))?.role).toBe('zh_app')
    })
  })
  it('gives the reason of a step as the system that failed in the database, not that the transaction is over', async () => {
    await expect(inWork(narrow, actor, (work) => work.asSystem((db) => sql`select 1 / 0`.execute(db)))).rejects.toThrow(
      /division by zero/,
    )
  })
  it('runs what leaves after the commit, and only then; a failure there does not undo what was committed', async () => {
    const heard: number[] = []
    const answer = await inWork(narrow, actor, async (work) => {
      work.record(event('cause-3'))
      work.afterCommit(async () => void heard.push((await eventsOf('cause-3')).length))
      work.afterCommit(() => Promise.reject(new Error('the gateway is away')))
      work.afterCommit(() => void heard.push(-1))
      return 'done'
    })
    expect(answer).toBe('done')
    expect(heard).toEqual([1, -1])
    await inWork(narrow, actor, async (work) => {
      work.afterCommit(() => void heard.push(99))
      throw new Error('refused')
    }).catch(() => undefined)
    expect(heard).not.toContain(99)
  })
  it('takes its time from the database unless a drill hands a clock in', async () => {
    const drilled = new Date('2030-01-01T00:00:00Z')
    expect(await inSystemWork({ ...narrow, clock: { now: () => drilled } }, async (work) => work.now)).toEqual(drilled)
    const { rows } = await sql<{ now: Date }>`select now() as now`.execute(narrow.database.kysely)
    const now = await inSystemWork(narrow, async (work) => work.now)
    expect(now.getTime()).toBeGreaterThanOrEqual(rows[0]?.now.getTime() ?? Infinity)
  })
})

describe('a refusal', () => {
  const refusals = () =>
    inSystemWork(stage.deps, (work) =>
      work.db.selectFrom('events').selectAll().where('actor', '=', lin.personId).orderBy('seq', 'desc').execute(),
    )
  it('is an event of its own, written after the refused change was rolled back', async () => {
    const absent = `eng_${'0'.repeat(26)}`
    await lin.fetch('POST /api/engagements/:engagementId/moves', {
      params: { engagementId: absent },
      body: { move: 'submit', version: 1 },
    })
    const [last] = await refusals()
    expect(last).toMatchObject({ kind: 'access.denied', audience: 'house', engagement_id: null })
    expect(JSON.parse(last?.leaf ?? '').facts).toEqual({
      route: 'POST /api/engagements/:engagementId/moves',
      code: 'not_found',
      rule: 'not_found',
    })
  })
  it('for the wrong kind of organisation or post is an event too', async () => {
    expect((await lin.fetch('GET /api/testers', {})).status).toBe(403)
    const [last] = await refusals()
    expect(JSON.parse(last?.leaf ?? '')).toMatchObject({
      kind: 'access.denied',
      facts: { route: 'GET /api/testers', rule: 'ROLE-2' },
    })
  })
})
