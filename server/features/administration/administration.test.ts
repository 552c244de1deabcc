import type { Post } from '@zhongheng/domain/access/actor.ts'
import { type Stage, openStage, password } from '@zhongheng/testing/scenes/stage.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

type Somebody = Person & { personId: string }
let stage: Stage
let orgId: string
let wei: Somebody
let lin: Somebody
let fu: Somebody
let gao: Somebody
beforeAll(async () => {
  stage = await openStage()
  const house = await stage.house('demand', '云帆', [
    { login: 'wei-xi', posts: ['system_admin', 'member'] },
    { login: 'lin-an', posts: ['security_admin', 'audit_admin'] },
    { login: 'fu-shen', posts: ['audit_admin'] },
    { login: 'gao-shan', posts: ['signatory', 'member'] },
  ])
  const found = (login: string) => house.people[login] ?? expect.fail(`${login} is missing`)
  ;[wei, lin, fu, gao] = [found('wei-xi'), found('lin-an'), found('fu-shen'), found('gao-shan')]
  orgId = house.orgId
})
afterAll(() => stage.close())

const rule = (by: Person) => by.call('GET /api/separation', {})
const set = async (by: Person, separated: boolean) =>
  by.call('PUT /api/separation', { body: { separated, version: (await rule(by)).version } })
const versionOf = async (personId: string) =>
  (await lin.call('GET /api/members', {})).members.find((one) => one.personId === personId)?.version ?? 0
const give = async (by: Person, personId: string, body: { posts?: Post[]; state?: 'removed' }) =>
  by.call('PATCH /api/members/:personId', {
    params: { personId },
    body: { ...body, version: await versionOf(personId) },
  })
const invite = (posts: Post[]) => lin.call('POST /api/invitations', { body: { name: '新来', posts } })
const accept = (link: string, login: string) =>
  new Person(stage.base, login).fetch('POST /api/invitations/acceptance', {
    body: { token: new URL(link).hash.replace('#token=', ''), login, password },
  })
const approved = async (separated: boolean) => {
  const act = { kind: 'separation' as const, separated, version: (await rule(lin)).version }
  const asked = await lin.call('POST /api/approvals', {
    body: { act, purpose: '按等级保护要求调整管理员职责。' },
  })
  await gao.call('POST /api/approvals/:approvalId/decision', {
    params: { approvalId: asked.approvalId },
    body: { verdict: 'approved', digest: asked.digest, reason: '已当面核实。' },
  })
}
const record = (by: Person, query: object = {}) => by.call('GET /api/administration-record', { query })

describe('a house whose administrators overlap', () => {
  it('reads who holds two of the three before it separates them, and is refused with their names', async () => {
    expect(await rule(lin)).toMatchObject({
      separated: false,
      overlapping: [{ name: 'lin-an', posts: ['security_admin', 'audit_admin'], invited: false }],
      missing: [],
      mayChange: true,
    })
    await expect(set(lin, true)).rejects.toMatchObject({ status: 409, rule: 'SEP-3' })
    expect((await rule(gao)).mayChange).toBe(false)
    await expect(set(gao, true)).rejects.toMatchObject({ status: 403, rule: 'ROLE-2' })
  })
  it('waits for open invitations to two of them as well', async () => {
    await give(lin, lin.personId, { posts: ['security_admin'] })
    await invite(['system_admin', 'security_admin'])
    expect((await rule(lin)).overlapping).toEqual([
      { name: '新来', posts: ['system_admin', 'security_admin'], invited: true },
    ])
    await expect(set(lin, true)).rejects.toMatchObject({ rule: 'SEP-3' })
    await stage.deps.database.kysely
      .updateTable('invitations')
      .set({ expires_at: new Date(0) })
      .execute()
  })
  it('separates them by two persons, and one alone never does', async () => {
    await expect(set(lin, true)).rejects.toMatchObject({ status: 409, rule: 'TWO-1' })
    await approved(true)
    expect(await set(lin, true)).toMatchObject({ separated: true, version: 1, overlapping: [] })
    await expect(set(lin, false)).rejects.toMatchObject({ status: 409, rule: 'TWO-1' })
  })
})

describe('GBT43741-PS-04: a house that keeps them apart', () => {
  it('refuses two of the three to one account, given or by invitation, and the try stands in the record', async () => {
    for (const posts of [
      ['security_admin', 'audit_admin'],
      ['system_admin', 'audit_admin', 'member'],
      ['system_admin', 'security_admin'],
    ] as Post[][]) {
      await expect(give(lin, gao.personId, { posts })).rejects.toMatchObject({ status: 409, rule: 'SEP-1' })
      await expect(invite(posts)).rejects.toMatchObject({ status: 409, rule: 'SEP-1' })
    }
    const { entries } = await record(fu, { area: 'refusals', personId: lin.personId })
    expect(entries[0]).toMatchObject({ kind: 'request.refused', detail: { en: 'SEP-1' }, by: { name: 'lin-an' } })
  })
  it('lets nobody give posts to themselves, of any kind', async () => {
    await expect(give(lin, lin.personId, { posts: ['security_admin', 'member'] })).rejects.toMatchObject({
      status: 403,
      rule: 'SEP-2',
    })
    expect(await give(lin, gao.personId, { posts: ['signatory'] })).toMatchObject({ posts: ['signatory'] })
    // Other rights, other login.
    gao = Object.assign(await Person.signIn(stage.base, 'gao-shan', password), { personId: gao.personId })
  })
  it('keeps the last of each', async () => {
    for (const one of [wei, fu]) {
      await expect(give(lin, one.personId, { posts: ['member'] })).rejects.toMatchObject({ rule: 'MEMBER-1' })
      await expect(give(lin, one.personId, { state: 'removed' })).rejects.toMatchObject({ rule: 'MEMBER-1' })
    }
    await expect(give(lin, lin.personId, { posts: ['member'] })).rejects.toMatchObject({ status: 403, rule: 'SEP-2' })
  })
  it('refuses an invitation to two of them that was made before and is taken up now', async () => {
    const { link } = await invite(['system_admin'])
    await stage.deps.database.kysely
      .updateTable('invitations')
      .set({ posts: ['system_admin', 'audit_admin'] })
      .where('accepted_at', 'is', null)
      .where('expires_at', '>', new Date())
      .execute()
    const answer = await accept(link, 'xin-lai')
    expect([answer.status, ((await answer.json()) as { rule: string }).rule]).toEqual([409, 'SEP-1'])
  })
  it('the database says it once more, also to the platform’s own role', async () => {
    const both = stage.deps.database.kysely
      .updateTable('persons')
      .set({ posts: ['system_admin', 'audit_admin'] })
      .where('id', '=', gao.personId)
    await expect(both.execute()).rejects.toMatchObject({ code: 'ZH005' })
  })
  it('the database separates no house in which somebody holds two', async () => {
    const house = await stage.house('demand', '独行', [{ login: 'du-xing' }])
    const on = stage.deps.database.kysely
      .insertInto('separation_rules')
      .values({ org_id: house.orgId, separated: true, changed_at: new Date() })
    await expect(on.execute()).rejects.toMatchObject({ code: 'ZH005' })
  })
  it('ends by two persons, after which one may hold several again', async () => {
    await approved(false)
    expect(await set(lin, false)).toMatchObject({ separated: false, version: 2 })
    await give(lin, lin.personId, { posts: ['security_admin', 'system_admin'] })
    expect((await rule(lin)).overlapping).toContainEqual({
      name: 'lin-an',
      posts: ['system_admin', 'security_admin'],
      invited: false,
    })
  })
})

describe('the administration record', () => {
  it('is for audit administrators alone', async () => {
    for (const one of [wei, gao]) await expect(record(one)).rejects.toMatchObject({ status: 403, rule: 'ROLE-2' })
    const own = await Person.signIn(stage.base, 'lin-an', password)
    await expect(record(own)).rejects.toMatchObject({ status: 403, rule: 'ROLE-2' })
  })
  it('says who gave which posts to whom, who changed rules, who approved and who signed in', async () => {
    const { entries } = await record(fu)
    const of = (kind: string) => entries.filter((one) => one.kind === kind)
    expect(of('member.changed').at(-1)).toMatchObject({
      area: 'members',
      by: { personId: lin.personId, name: 'lin-an' },
      detail: { zh: '安全管理员' },
      about: null,
    })
    expect(of('member.changed').find((one) => one.about === 'gao-shan')).toMatchObject({ detail: { zh: '签署人' } })
    expect(of('member.invited')[0]).toMatchObject({ by: { name: 'lin-an' }, about: '新来' })
    expect(of('separation.changed')[0]).toMatchObject({ area: 'rules', detail: { zh: '三员分立：关' } })
    expect(of('approval.given')).toHaveLength(2)
    // Written by the platform itself while nobody was signed in; it is still this house's.
    expect(of('login.began').map((one) => one.by?.name)).toEqual(expect.arrayContaining(['wei-xi', 'fu-shen']))
  })
  it('is narrowed by area, person and time, and comes in pages', async () => {
    const changed = await record(fu, { area: 'rules' })
    expect(new Set(changed.entries.map((one) => one.area))).toEqual(new Set(['rules']))
    const ofGao = await record(fu, { personId: gao.personId })
    for (const one of ofGao.entries) expect([one.by?.name, one.about]).toContain('gao-shan')
    expect((await record(fu, { until: '2020-01-01T00:00:00Z' })).entries).toEqual([])
    const seen: string[] = []
    let after: string | undefined
    do {
      const page = await record(fu, { limit: 3, ...(after === undefined ? {} : { after }) })
      seen.push(...page.entries.map((one) => one.eventId))
      after = page.next ?? undefined
    } while (after !== undefined)
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toEqual((await record(fu, { limit: 200 })).entries.map((one) => one.eventId))
  })
  it('holds nothing of another house', async () => {
    const other = await stage.house('demand', '邻居', [{ login: 'lin-ju' }])
    const neighbour = other.people['lin-ju'] ?? expect.fail('Lin Ju is missing')
    await neighbour.call('POST /api/invitations', { body: { name: '邻家新人', posts: ['member'] } })
    await new Person(stage.base, 'x').fetch('POST /api/sign-in', {
      body: { login: 'lin-ju', password: 'wrong-Password-1' },
    })
    const theirs = (await record(neighbour)).entries
    expect(theirs.map((one) => one.kind)).toEqual(expect.arrayContaining(['login.refused', 'member.invited']))
    const ours = (await record(fu, { limit: 200 })).entries.map((one) => one.eventId)
    for (const { eventId } of theirs) expect(ours).not.toContain(eventId)
    expect((await record(fu, { personId: neighbour.personId })).entries).toEqual([])
    expect(orgId).not.toBe(other.orgId)
  })
})
