import { createHash, randomBytes } from 'node:crypto'
import type { Post } from '@zhongheng/domain/access/actor.ts'
import { type Cast, assemble, inTesting, submittedFinding } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage, password } from '@zhongheng/testing/scenes/stage.ts'
import { keptAttachment } from '@zhongheng/testing/scenes/kept-attachment.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makePolicy } from '../../jobs/policy.ts'
import { inSystemWork } from '../../work/work.ts'
import { spendLink } from '../attachments/links.ts'
import { openEngagement, sealingOf } from '../engagements/reads.ts'

/*
 * An engagement is one secret of four houses. Inside a house it is everybody's, until the house gives it to some: these tests say what
 * becomes of the others, wall by wall and channel by channel.
 */
let stage: Stage
let cast: Cast
let engagementId: string
let findingId: string
/** The security administrator and signatory of the demand side, and three of its members. */
let lin: Person & { personId: string }
let gao: Person
let shu: Person
let tao: Person
const ids: { [login: string]: string } = {}
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'g')
  engagementId = await inTesting(stage, cast)
  findingId = await submittedFinding(stage, engagementId, cast.tester)
  lin = cast.demand as Person & { personId: string }
  const join = async (login: string, posts: Post[]) => {
    const one = await joining(lin, login, posts)
    ids[login] = one.personId
    return one
  }
  gao = await join('gao-shan', ['signatory'])
  shu = await join('shu-lan', ['member'])
  tao = await join('tao-li', ['member'])
}, 120_000)
afterAll(() => stage.close())

const at = () => ({ params: { engagementId } })
const team = (by: Person) => by.call('GET /api/engagements/:engagementId/work-team', at())
type Grant = { endsAt?: string } & ({ groupId: string } | { personId: string })
const give = async (by: Person, grants: Grant[]) =>
  by.call('PUT /api/engagements/:engagementId/work-team', {
    ...at(),
    body: { grants, version: (await team(by)).version },
  })
const sees = async (by: Person): Promise<boolean> => {
  const answer = await by.fetch('GET /api/engagements/:engagementId', at())
  const { engagements } = await by.call('GET /api/engagements', {})
  const listed = engagements.some((one) => one.engagementId === engagementId)
  expect([200, 404]).toContain(answer.status)
  expect(listed).toBe(answer.status === 200)
  return listed
}
const person = (login: string) => ({ personId: ids[login] ?? expect.fail(`${login} is missing`) })

describe('an engagement of a house', () => {
  it('is everybody’s until it is given to some', async () => {
    expect(await team(shu)).toMatchObject({ grants: [], mayGive: false, version: 0 })
    expect((await team(shu)).workers).toHaveLength(4)
    for (const one of [lin, gao, shu, tao]) expect(await sees(one)).toBe(true)
  })
  it('given to one member exists for nobody else of the house: lists, the page, what hangs under it, its counters; for other houses it does', async () => {
    await give(lin, [person('shu-lan')])
    expect(await sees(shu)).toBe(true)
    for (const one of [lin, gao, tao]) {
      expect(await sees(one)).toBe(false)
      for (const key of [
        'GET /api/engagements/:engagementId/timeline',
        'GET /api/engagements/:engagementId/readings',
        'GET /api/engagements/:engagementId/live',
        'GET /api/engagements/:engagementId/leases',
      ] as const)
        expect((await one.fetch(key, at())).status, key).toBe(404)
      expect((await one.call('GET /api/findings', {})).findings).toEqual([])
      expect(
        (
          await one.fetch('GET /api/engagements/:engagementId/findings/:findingId', {
            params: { engagementId, findingId },
          })
        ).status,
      ).toBe(404)
      expect(
        (await one.call('GET /api/home', {})).waiting.filter((line) => line.engagementId === engagementId),
      ).toEqual([])
    }
    for (const one of [cast.organizer, cast.tester, cast.auditor]) expect(await sees(one)).toBe(true)
  })
  it('is found again by who keeps the groups, by its title alone, and by no signatory who does not work on it', async () => {
    const { teams } = await lin.call('GET /api/work-teams', {})
    expect(teams).toMatchObject([{ engagementId, workers: ['shu-lan'], mayGive: true }])
    expect(await team(lin)).toMatchObject({ grants: [{ name: 'shu-lan', endsAt: null }], version: 1 })
    for (const one of [gao, tao])
      expect((await one.fetch('GET /api/engagements/:engagementId/work-team', at())).status).toBe(404)
    await expect(gao.call('GET /api/work-teams', {})).rejects.toMatchObject({ status: 403, rule: 'ROLE-2' })
  })
  it('is given by a signatory who works on it, and by no member', async () => {
    await give(lin, [person('shu-lan'), person('gao-shan')])
    expect(await sees(gao)).toBe(true)
    await expect(give(shu, [])).rejects.toMatchObject({ status: 403, rule: 'ROLE-1' })
    expect(await give(gao, [person('gao-shan')])).toMatchObject({ workers: ['gao-shan'] })
    expect(await sees(shu)).toBe(false)
    await give(lin, [])
    expect(await sees(shu)).toBe(true)
  })
  it('is never left to nobody: somebody who works stays, without an end', async () => {
    const soon = new Date(Date.now() + 600_000).toISOString()
    await expect(give(lin, [{ ...person('shu-lan'), endsAt: soon }])).rejects.toMatchObject({
      status: 409,
      rule: 'TEAM-1',
    })
    await expect(
      give(lin, [{ ...person('shu-lan'), endsAt: '2020-01-01T00:00:00Z' }, person('tao-li')]),
    ).rejects.toMatchObject({ status: 422, rule: 'TEAM-3' })
    const empty = await lin.call('POST /api/groups', { body: { name: '空组', personIds: [] } })
    await expect(give(lin, [{ groupId: empty.groupId }])).rejects.toMatchObject({ rule: 'TEAM-1' })
    await expect(give(lin, [{} as Grant])).rejects.toMatchObject({ status: 422 })
    await expect(give(lin, [{ groupId: empty.groupId, ...person('shu-lan') } as Grant])).rejects.toMatchObject({
      status: 422,
    })
    const stranger = (cast.tester as Person & { personId: string }).personId
    await expect(give(lin, [{ personId: stranger }])).rejects.toMatchObject({ status: 404 })
  })
  it('ends for somebody by the clock, in the rows themselves', async () => {
    await give(lin, [person('tao-li'), { ...person('shu-lan'), endsAt: new Date(Date.now() + 600_000).toISOString() }])
    expect(await sees(shu)).toBe(true)
    await stage.deps.database.kysely
      .updateTable('engagement_grants')
      .set({ ends_at: new Date(Date.now() - 1000) })
      .where('ends_at', 'is not', null)
      .execute()
    expect(await sees(shu)).toBe(false)
    expect((await team(lin)).workers).toEqual(['tao-li'])
    await give(lin, [])
  })
})

describe('a group', () => {
  let groupId: string
  it('is kept by the security administrator, and read by the house', async () => {
    const made = await lin.call('POST /api/groups', {
      body: { name: '商城组', personIds: [ids['shu-lan'] ?? '', ids['tao-li'] ?? ''] },
    })
    ;({ groupId } = made)
    expect(made).toMatchObject({ members: [{ name: 'shu-lan' }, { name: 'tao-li' }], version: 1 })
    expect((await tao.call('GET /api/groups', {})).groups.map((one) => one.name)).toContain('商城组')
    expect((await cast.organizer.call('GET /api/groups', {})).groups).toEqual([])
    await expect(gao.call('POST /api/groups', { body: { name: '另组', personIds: [] } })).rejects.toMatchObject({
      rule: 'ROLE-2',
    })
    await expect(lin.call('POST /api/groups', { body: { name: '商城组', personIds: [] } })).rejects.toMatchObject({
      status: 409,
      rule: 'TEAM-5',
    })
  })
  it('is one of two hundred at most', async () => {
    const { people, orgId } = await stage.house('demand', '集群', [{ login: 'ji-qun' }])
    const ji = people['ji-qun'] ?? expect.fail('Ji Qun is missing')
    await sql`insert into groups (id, org_id, name, created_at)
      select 'grp_' || lpad(n::text, 26, '0'), ${orgId}, '组 ' || n, now() from generate_series(1, 199) as n`.execute(
      stage.deps.database.kysely,
    )
    await ji.call('POST /api/groups', { body: { name: '第二百组', personIds: [] } })
    await expect(ji.call('POST /api/groups', { body: { name: '又一组', personIds: [] } })).rejects.toMatchObject({
      status: 429,
      rule: 'TEAM-4',
    })
  })
  it('carries engagements: who leaves it loses them at once', async () => {
    await give(lin, [{ groupId }])
    expect([await sees(shu), await sees(tao), await sees(gao)]).toEqual([true, true, false])
    const change = async (personIds: string[]) => {
      const one = (await lin.call('GET /api/groups', {})).groups.find((group) => group.groupId === groupId)
      return lin.call('PUT /api/groups/:groupId', {
        params: { groupId },
        body: { name: '商城组', personIds, version: one?.version ?? 0 },
      })
    }
    const beside = await lin.call('POST /api/groups', { body: { name: '支付组', personIds: [] } })
    const rename = (name: string, version: number) =>
      lin.call('PUT /api/groups/:groupId', {
        params: { groupId: beside.groupId },
        body: { name, personIds: [], version },
      })
    await expect(rename('商城组', beside.version)).rejects.toMatchObject({ status: 409, rule: 'TEAM-5' })
    await expect(rename('支付组', beside.version + 1)).rejects.toMatchObject({ status: 409, rule: 'VERSION-1' })
    await lin.call('DELETE /api/groups/:groupId', { params: { groupId: beside.groupId } })
    await expect(give(lin, [{ groupId: beside.groupId }]), 'gone').rejects.toMatchObject({ status: 404 })
    await change([ids['shu-lan'] ?? ''])
    expect([await sees(shu), await sees(tao)]).toEqual([true, false])
    await expect(change([])).rejects.toMatchObject({ status: 409, rule: 'TEAM-1' })
    await expect(lin.call('DELETE /api/groups/:groupId', { params: { groupId } })).rejects.toMatchObject({
      status: 409,
      rule: 'TEAM-2',
    })
    await give(lin, [])
    await lin.call('DELETE /api/groups/:groupId', { params: { groupId } })
    expect((await lin.call('GET /api/groups', {})).groups.map((one) => one.name)).not.toContain('商城组')
  })
})

describe('a tester’s lease', () => {
  it('ends at the gateway when the team gives the engagement to somebody else, and so does the live stream', async () => {
    const chen = cast.tester as Person & { personId: string }
    const { personId } = await joining(chen, 'tong-shi', ['member'])
    const open = async () => {
      const push = await makePolicy(stage.deps, 1)
      const policy = JSON.parse(push.signed.payload) as {
        engagements: { engagementId: string; leases: { testerId: string; closesAt: string }[] }[]
      }
      return policy.engagements
        .find((one) => one.engagementId === engagementId)
        ?.leases.some((one) => one.testerId === chen.personId && Date.parse(one.closesAt) > Date.now())
    }
    expect(await open()).toBe(true)
    const stream = await chen.fetch('GET /api/engagements/:engagementId/live', at())
    expect(stream.status).toBe(200)
    await give(chen, [{ personId }])
    expect(await stream.text()).toContain('event: ended')
    expect(await open()).toBe(false)
    expect(await sees(chen)).toBe(false)
    await give(chen, [])
    expect(await open()).toBe(true)
  })
})

const joining = async (by: Person, login: string, posts: Post[]): Promise<Person & { personId: string }> => {
  const { link } = await by.call('POST /api/invitations', { body: { name: login, posts } })
  const one = new Person(stage.base, login)
  const { personId } = await one.call('POST /api/invitations/acceptance', {
    body: { token: new URL(link).hash.replace('#token=', ''), login, password },
  })
  return Object.assign(one, { personId })
}
const ruleOf = async (answer: Response) => [answer.status, ((await answer.json()) as { rule?: string }).rule]

describe('each wall by itself', () => {
  it('the rule of the domain refuses where no row policy stands, exactly as for what is not there', async () => {
    await give(lin, [person('shu-lan')])
    const opens = (login: string, orgId = cast.orgIds.demand) =>
      inSystemWork(stage.deps, (work) =>
        openEngagement(
          {
            ...work,
            actor: { personId: ids[login] ?? '', orgId, orgKind: 'demand', posts: ['member'], name: login },
          },
          engagementId,
          'engagement.read',
        ),
      )
    expect((await opens('shu-lan')).id).toBe(engagementId)
    await expect(opens('tao-li')).rejects.toMatchObject({ code: 'not_found' })
    await give(lin, [])
    expect((await opens('tao-li')).id).toBe(engagementId)
  })
})

describe('whom an engagement was given to', () => {
  it('is told so, and nobody else of the house', async () => {
    const told = async (who: Person) =>
      (await who.call('GET /api/notices', {})).notices.filter(({ kind }) => kind === 'team_changed').length
    await stage.deps.database.kysely.deleteFrom('notices').where('kind', '=', 'team_changed').execute()
    await give(lin, [person('shu-lan')])
    const [notice, ...more] = (await shu.call('GET /api/notices', {})).notices.filter(
      ({ kind }) => kind === 'team_changed',
    )
    expect([notice, more]).toMatchObject([{ engagementId, engagementTitle: '商城众测' }, []])
    for (const other of [lin, tao, cast.organizer, cast.auditor]) expect(await told(other)).toBe(0)
    await give(lin, [])
  })
})

describe('whom the engagement was not given to', () => {
  it('is told nothing of what happens in it, and loses what they were told', async () => {
    const told = async (who: Person) =>
      (await who.call('GET /api/notices', {})).notices.filter((one) => one.engagementId === engagementId).length
    const stopped = async (login: string) =>
      stage.deps.database.kysely
        .selectFrom('notices')
        .select('id')
        .where('kind', '=', 'engagement_stopped')
        .where('person_id', '=', ids[login] ?? '')
        .execute()
    const { version } = await cast.auditor.call('GET /api/engagements/:engagementId', at())
    await give(lin, [person('shu-lan')])
    await cast.auditor.call('POST /api/engagements/:engagementId/moves', {
      ...at(),
      body: { move: 'stop', version, reason: '审计发现异常流量，先行停止。' },
    })
    expect((await stopped('shu-lan')).length).toBe(1)
    expect((await stopped('tao-li')).length).toBe(0)
    expect(await told(shu)).toBeGreaterThan(0)
    await give(lin, [person('tao-li')])
    expect(await told(shu)).toBe(0)
    await give(lin, [])
    expect(await told(shu)).toBeGreaterThan(0)
  })
  it('opens no download whose address they got before', async () => {
    const chen = cast.tester as Person & { personId: string }
    const attachment = await inSystemWork(stage.deps, async (work) => {
      const row = await work.db
        .selectFrom('engagements')
        .select(['id', 'demand_org_id', 'wrapped_key'])
        .where('id', '=', engagementId)
        .executeTakeFirstOrThrow()
      return keptAttachment(stage, work, sealingOf(work, row), {
        engagementId,
        findingId,
        orgId: cast.orgIds.tester,
        personId: chen.personId,
      })
    })
    const spend = async () => {
      const token = randomBytes(24).toString('base64url')
      await stage.deps.database.kysely
        .insertInto('attachment_links')
        .values({
          token_digest: createHash('sha256').update(token).digest('hex'),
          attachment_id: attachment,
          person_id: ids['tao-li'] ?? '',
          login_id: null,
          made_at: new Date(),
          expires_at: new Date(Date.now() + 60_000),
          used_at: null,
        })
        .execute()
      return (await spendLink(stage.deps, token)) !== null
    }
    expect(await spend()).toBe(true)
    await give(lin, [person('shu-lan')])
    expect(await spend()).toBe(false)
    await give(lin, [])
  })
})

describe('the audit administrator of a house', () => {
  it('reads who gave which engagement to whom, and who acted in it, also where it is closed to them', async () => {
    const fu = await joining(lin, 'fu-shen', ['audit_admin'])
    const { groupId } = await lin.call('POST /api/groups', {
      body: { name: '应急组', personIds: [ids['shu-lan'] ?? ''] },
    })
    await give(lin, [{ groupId }, { ...person('tao-li'), endsAt: '2099-01-01T00:00:00.000Z' }])
    // Refused in the engagement: an event of the house that hangs on it.
    await shu.fetch('POST /api/engagements/:engagementId/moves', { ...at(), body: { move: 'accept', version: 1 } })
    expect(await sees(fu)).toBe(false)
    const { entries } = await fu.call('GET /api/administration-record', { query: { limit: 200 } })
    expect(entries.find((one) => one.kind === 'work_team.changed')).toMatchObject({
      area: 'members',
      by: { name: 'lin-g' },
      about: '商城众测',
      detail: { zh: '应急组、tao-li（至 2099-01-01T00:00:00.000Z）' },
    })
    expect(entries.find((one) => one.kind === 'group.made')).toMatchObject({
      about: '应急组',
      detail: { zh: 'shu-lan' },
    })
    expect(
      entries.filter((one) => one.by?.name === 'shu-lan' && ['access.denied', 'request.refused'].includes(one.kind)),
    ).not.toEqual([])
    expect(new Set(entries.map((one) => one.eventId)).size).toBe(entries.length)
    await give(lin, [])
    const open = await fu.call('GET /api/administration-record', { query: { limit: 200 } })
    expect(open.entries.slice(1).map((one) => one.eventId)).toEqual(entries.map((one) => one.eventId))
  })
})

describe('who keeps the groups and does not work on the engagement', () => {
  it('removes a member who holds a lease in it: the lease ends, on the record of all parties', async () => {
    const chen = cast.tester as Person & { personId: string }
    const zi = await joining(chen, 'zi-ren', ['security_admin', 'signatory'])
    const other = await joining(chen, 'jie-ban', ['signatory', 'member'])
    await give(chen, [{ personId: other.personId }, { personId: chen.personId }])
    expect(await sees(zi)).toBe(false)
    const { members } = await zi.call('GET /api/members', {})
    await zi.call('PATCH /api/members/:personId', {
      params: { personId: chen.personId },
      body: { state: 'removed', version: members.find((one) => one.personId === chen.personId)?.version ?? 0 },
    })
    const { events } = await cast.organizer.call('GET /api/engagements/:engagementId/timeline', {
      ...at(),
      query: { limit: 20 },
    })
    expect(events.map((one) => one.kind)).toContain('lease.revoked')
  })
  it('names nobody but others where administrators are separate or posts are given by two persons', async () => {
    const xu = await joining(cast.organizer, 'xu-an', ['security_admin'])
    const wu = (await cast.organizer.call('GET /api/members', {})).members.find((one) => one.login === 'wu-cheng')
    const zhou = cast.organizer as Person & { personId: string }
    const team = [{ personId: zhou.personId }, { personId: wu?.personId ?? '' }]
    const group = await zhou.call('POST /api/groups', { body: { name: '值班组', personIds: [wu?.personId ?? ''] } })
    const { version } = await zhou.call('GET /api/two-person-rules', {})
    await zhou.call('PUT /api/two-person-rules', { body: { members: true, exports: false, disposals: false, version } })
    await give(zhou, [...team, { groupId: group.groupId }])
    for (const grants of [[...team, { personId: xu.personId }], []])
      await expect(give(xu, grants)).rejects.toMatchObject({ status: 403, rule: 'TEAM-6' })
    await expect(
      xu.call('PUT /api/groups/:groupId', {
        params: { groupId: group.groupId },
        body: { name: '值班组', personIds: [wu?.personId ?? '', xu.personId], version: group.version },
      }),
    ).rejects.toMatchObject({ status: 403, rule: 'TEAM-6' })
    expect(await sees(xu)).toBe(false)
    // Others they name, and themselves they take out.
    expect((await give(xu, team)).workers).toEqual(['zhou-heng', 'wu-cheng'])
  })
  it('gets no emergency access to it until somebody else names them, and none after they are taken out again', async () => {
    const zhou = cast.organizer as Person & { personId: string }
    const xu = await Person.signIn(stage.base, 'xu-an', password)
    const { personId } = await xu.call('GET /api/me', {})
    const ask = () =>
      xu.fetch('POST /api/approvals', {
        body: { act: { kind: 'break_glass', engagementId, minutes: 60 }, purpose: '漏洞正被利用，值班人员失联。' },
      })
    const open = () => xu.fetch('POST /api/engagements/:engagementId/break-glass', { ...at(), body: { minutes: 60 } })
    const reads = async () =>
      (
        await xu.fetch('GET /api/engagements/:engagementId/findings/:findingId', {
          params: { engagementId, findingId },
        })
      ).status
    expect(await ruleOf(await ask())).toEqual([409, 'BREAK-4'])
    expect(await ruleOf(await open())).toEqual([409, 'BREAK-4'])
    const grants = (await team(zhou)).grants.map((one) => ({ personId: one.personId ?? '' }))
    await give(zhou, [...grants, { personId }])
    const asked = (await (await ask()).json()) as { approvalId: string; digest: string }
    await zhou.call('POST /api/approvals/:approvalId/decision', {
      params: { approvalId: asked.approvalId },
      body: { verdict: 'approved', digest: asked.digest, reason: '已电话核实。' },
    })
    expect((await open()).status).toBe(201)
    expect(await reads()).toBe(200)
    await give(zhou, grants)
    expect(await reads()).toBe(404)
    expect(await ruleOf(await open())).toEqual([409, 'BREAK-4'])
  })
})
