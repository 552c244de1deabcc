import { clockAt, hours, minutes } from '@zhongheng/domain/shared/clock.ts'
import { type Stage, openStage, password } from '@zhongheng/testing/scenes/stage.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { inSystemWork } from '../../work/work.ts'
import { digestOf, openWords, sealWords } from './act-digest.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const clock = clockAt(new Date().toISOString())
let stage: Stage
let lin: Person & { personId: string }
let gao: Person & { personId: string }
let shu: Person & { personId: string }
let wen: Person & { personId: string }
/** Whose posts are spoken of. */
let tao: string
beforeAll(async () => {
  stage = await openStage({ clock })
  const { people } = await stage.house('demand', '云帆', [
    { login: 'lin-fan' },
    { login: 'gao-shan', posts: ['signatory'] },
    { login: 'shu-lan', posts: ['member'] },
    { login: 'wen-xi', posts: ['security_admin'] },
    { login: 'tao-li', posts: ['member'] },
  ])
  const found = (login: string) => people[login] ?? expect.fail(`${login} is missing`)
  ;[lin, gao, shu, wen] = [found('lin-fan'), found('gao-shan'), found('shu-lan'), found('wen-xi')]
  tao = found('tao-li').personId
})
afterAll(() => stage.close())

const purpose = '接任签署工作，原签署人本周离任。'
const rules = async (person: Person) => person.call('GET /api/two-person-rules', {})
const setRules = async (person: Person, wish: { members: boolean; exports: boolean }) =>
  person.call('PUT /api/two-person-rules', {
    body: { disposals: false, ...wish, version: (await rules(person)).version },
  })
const versionOf = async (personId: string) =>
  (await lin.call('GET /api/members', {})).members.find((one) => one.personId === personId)?.version ?? 0
type Posts = ('security_admin' | 'signatory' | 'member')[]
const grant = async (by: Person, personId: string, posts: Posts) =>
  by.call('PATCH /api/members/:personId', { params: { personId }, body: { posts, version: await versionOf(personId) } })
const askGrant = async (by: Person, personId: string, posts: Posts) =>
  by.call('POST /api/approvals', {
    body: { act: { kind: 'member_posts', personId, posts, version: await versionOf(personId) }, purpose },
  })
const decide = (
  by: Person,
  one: { approvalId: string; digest: string },
  verdict: 'approved' | 'refused' = 'approved',
) =>
  by.call('POST /api/approvals/:approvalId/decision', {
    params: { approvalId: one.approvalId },
    body: { verdict, digest: one.digest, reason: '已当面核实。' },
  })
const stateOf = async (by: Person, approvalId: string) =>
  (await by.call('GET /api/approvals', {})).approvals.find((one) => one.approvalId === approvalId)?.state
const events = (kind: string) =>
  stage.deps.database.kysely
    .selectFrom('events')
    .select(['actor', 'subject', 'leaf'])
    .where('kind', '=', kind)
    .execute()
/** The same browser, as somebody else. */
const alsoAs = async (browser: Person, login: string): Promise<Person> => {
  await browser.call('POST /api/sign-in', { body: { login, password } })
  return browser
}

describe('a house', () => {
  it('gives posts by one person until it wants two, and says so', async () => {
    expect(await rules(lin)).toMatchObject({ members: false, exports: false, approvers: 3, mayChange: true })
    expect(await grant(lin, tao, ['member', 'signatory'])).toMatchObject({ posts: ['member', 'signatory'] })
    await grant(lin, tao, ['member'])
  })
  it('with one approver cannot switch the rule on', async () => {
    const { people } = await stage.house('demand', '独行', [{ login: 'du-xing' }])
    const alone = people['du-xing'] ?? expect.fail('Du Xing is missing')
    await expect(setRules(alone, { members: true, exports: false })).rejects.toMatchObject({
      status: 409,
      rule: 'TWO-7',
    })
  })
  it('switches it on by an admin, and off by two persons only', async () => {
    await expect(setRules(shu, { members: true, exports: false })).rejects.toMatchObject({
      status: 403,
      rule: 'ROLE-2',
    })
    expect(await setRules(lin, { members: true, exports: false })).toMatchObject({ members: true, version: 1 })
    await expect(setRules(lin, { members: false, exports: false })).rejects.toMatchObject({
      status: 409,
      rule: 'TWO-1',
    })
    const act = { kind: 'two_person_rules' as const, members: false, exports: false, disposals: false, version: 1 }
    const asked = await lin.call('POST /api/approvals', { body: { act, purpose } })
    await decide(gao, asked)
    expect(await setRules(lin, { members: false, exports: false })).toMatchObject({ members: false, version: 2 })
    await setRules(lin, { members: true, exports: false })
  })
})

describe('who asks for a second person', () => {
  it('has at most twenty requests waiting', async () => {
    const { people } = await stage.house('demand', '慎行', [{ login: 'shen-xing' }, { login: 'xie-yu' }])
    const shen = people['shen-xing'] ?? expect.fail('Shen Xing is missing')
    const ask = () =>
      shen.call('POST /api/approvals', {
        body: { act: { kind: 'two_person_rules', members: true, exports: true, disposals: true, version: 0 }, purpose },
      })
    for (let n = 0; n < 20; n++) await ask()
    await expect(ask()).rejects.toMatchObject({ status: 429, rule: 'TWO-8' })
  })
  it('asks for what they may do themselves', async () => {
    const refused = { status: 403, rule: 'ROLE-2' }
    const ask = (act: object) => shu.call('POST /api/approvals', { body: { act: act as never, purpose } })
    for (const act of [
      { kind: 'member_posts', personId: tao, posts: ['signatory'], version: await versionOf(tao) },
      { kind: 'invitation', name: '陶然', posts: ['signatory'] },
      { kind: 'two_person_rules', members: false, exports: false, disposals: false, version: 0 },
      { kind: 'separation', separated: false, version: 0 },
    ])
      await expect(ask(act), act.kind).rejects.toMatchObject(refused)
  })
  it('asks about a member of the own house', async () => {
    const { people } = await stage.house('demand', '邻舍', [{ login: 'lin-she' }])
    const personId = people['lin-she']?.personId ?? ''
    const act = { kind: 'member_posts' as const, personId, posts: ['signatory' as const], version: 1 }
    await expect(lin.call('POST /api/approvals', { body: { act, purpose } })).rejects.toMatchObject({ status: 404 })
  })
})

describe('a grant of a binding post', () => {
  it('waits for another person, who sees it in words and with its digest', async () => {
    await expect(grant(lin, tao, ['signatory', 'member'])).rejects.toMatchObject({ status: 409, rule: 'TWO-1' })
    const asked = await askGrant(lin, tao, ['signatory', 'member'])
    expect(asked).toMatchObject({ state: 'waiting', mine: true, mayDecide: false, purpose, askedBy: 'lin-fan' })
    const [seen] = (await gao.call('GET /api/approvals', {})).approvals.filter((one) => one.mayDecide)
    expect(seen).toMatchObject({
      approvalId: asked.approvalId,
      digest: asked.digest,
      details: [{ value: { zh: 'tao-li' } }, { value: { zh: '成员、签署人', en: 'member, signatory' } }],
    })
    expect((await gao.call('GET /api/home', {})).waiting).toContainEqual(
      expect.objectContaining({ href: '/approvals' }),
    )
    // Somebody without the post neither sees nor decides it.
    expect((await shu.call('GET /api/approvals', {})).approvals).toEqual([])
    await expect(decide(shu, asked)).rejects.toMatchObject({ status: 404 })
    expect(await decide(gao, asked)).toMatchObject({ state: 'approved', decided: { by: 'gao-shan' } })
    expect(await grant(lin, tao, ['member', 'signatory'])).toMatchObject({ posts: ['member', 'signatory'] })
    expect(await stateOf(lin, asked.approvalId)).toBe('used')
    const [used] = await events('approval.used').then((rows) => rows.filter((row) => row.subject === asked.approvalId))
    expect(JSON.parse(used?.leaf ?? '{}')).toMatchObject({
      actor: lin.personId,
      facts: { act: 'member_posts', digest: asked.digest, approvedBy: gao.personId },
    })
  })
  it('is done once, by the asker, and exactly as approved', async () => {
    const asked = await askGrant(lin, tao, ['security_admin', 'member', 'signatory'])
    await decide(gao, asked)
    // Another content, and another person with the same content.
    await expect(grant(lin, tao, ['security_admin'])).rejects.toMatchObject({ rule: 'TWO-1' })
    await expect(grant(wen, tao, ['security_admin', 'member', 'signatory'])).rejects.toMatchObject({ rule: 'TWO-1' })
    // The member changed after the approval: what was approved is no longer what would be done.
    await grant(lin, tao, ['member'])
    await expect(grant(lin, tao, ['security_admin', 'member', 'signatory'])).rejects.toMatchObject({ rule: 'TWO-1' })
    const again = await askGrant(lin, tao, ['security_admin', 'member'])
    await decide(gao, again)
    await grant(lin, tao, ['security_admin', 'member'])
    await grant(lin, tao, ['member'])
    await expect(grant(lin, tao, ['security_admin', 'member'])).rejects.toMatchObject({ rule: 'TWO-1' })
  })
  it('by an invitation waits as well', async () => {
    const body = { name: '新签署人', posts: ['signatory' as const] }
    await expect(lin.call('POST /api/invitations', { body })).rejects.toMatchObject({ rule: 'TWO-1' })
    await lin.call('POST /api/invitations', { body: { ...body, posts: ['member'] } })
    await decide(
      gao,
      await lin.call('POST /api/approvals', { body: { act: { kind: 'invitation', ...body }, purpose } }),
    )
    await expect(lin.call('POST /api/invitations', { body: { ...body, name: '另一人' } })).rejects.toMatchObject({
      rule: 'TWO-1',
    })
    expect((await lin.call('POST /api/invitations', { body })).link).toContain('/invitations/')
  })
  it('that was refused, taken back or seen otherwise does not go through', async () => {
    const refused = await askGrant(lin, tao, ['security_admin', 'member'])
    expect(await decide(gao, refused, 'refused')).toMatchObject({ state: 'refused' })
    await expect(decide(gao, refused)).rejects.toMatchObject({ status: 409, rule: 'TWO-5' })
    const back = await askGrant(lin, tao, ['security_admin', 'member'])
    await expect(decide(gao, { ...back, digest: 'a'.repeat(64) })).rejects.toMatchObject({ status: 409, rule: 'TWO-6' })
    const at = { params: { approvalId: back.approvalId } }
    await expect(gao.call('POST /api/approvals/:approvalId/withdrawal', at)).rejects.toMatchObject({ rule: 'TWO-9' })
    await decide(gao, back)
    await lin.call('POST /api/approvals/:approvalId/withdrawal', at)
    await expect(lin.call('POST /api/approvals/:approvalId/withdrawal', at)).rejects.toMatchObject({
      status: 409,
      rule: 'TWO-5',
    })
    await expect(grant(lin, tao, ['security_admin', 'member'])).rejects.toMatchObject({ rule: 'TWO-1' })
  })
  it('is not asked for by somebody who could not do it, nor of somebody else’s member', async () => {
    await expect(askGrant(shu, tao, ['security_admin'])).rejects.toMatchObject({ status: 403, rule: 'ROLE-2' })
    const { people } = await stage.house('demand', '邻居', [{ login: 'lin-ju' }])
    const stranger = people['lin-ju'] ?? expect.fail('Lin Ju is missing')
    await expect(askGrant(stranger, tao, ['security_admin'])).rejects.toMatchObject({ status: 404 })
    const asked = await askGrant(lin, tao, ['security_admin'])
    await expect(decide(stranger, asked)).rejects.toMatchObject({ status: 404 })
  })
})

describe('the second person', () => {
  let asked: Awaited<ReturnType<typeof askGrant>>
  beforeAll(async () => {
    asked = await askGrant(lin, tao, ['security_admin', 'member'])
  })
  it('is not the first, and the try stands in the ledger', async () => {
    await expect(decide(lin, asked)).rejects.toMatchObject({ status: 403, rule: 'TWO-2' })
    expect(await stateOf(lin, asked.approvalId)).toBe('waiting')
    const tries = (await events('access.denied')).filter((row) => row.subject === asked.approvalId)
    expect(JSON.parse(tries.at(-1)?.leaf ?? '{}')).toMatchObject({ actor: lin.personId, facts: { rule: 'TWO-2' } })
  })
  it('is not the first under another account: the same browser gives it away, from either side', async () => {
    const browser = await alsoAs(await Person.signIn(stage.base, 'lin-fan', password), 'gao-shan')
    const send = () =>
      browser.fetch('POST /api/approvals/:approvalId/decision', {
        params: { approvalId: asked.approvalId },
        body: { verdict: 'approved', digest: asked.digest, reason: '已当面核实。' },
      })
    const answer = await send()
    expect([answer.status, ((await answer.json()) as { rule: string }).rule]).toEqual([403, 'TWO-3'])
    expect(await stateOf(lin, asked.approvalId)).toBe('waiting')
    // Asked in the browser that Gao also uses, approved by Gao in a clean one.
    const own = await alsoAs(await Person.signIn(stage.base, 'gao-shan', password), 'lin-fan')
    const other = await askGrant(own, tao, ['security_admin', 'member'])
    const clean = await Person.signIn(stage.base, 'gao-shan', password)
    await expect(decide(clean, other)).rejects.toMatchObject({ status: 403, rule: 'TWO-3' })
  })
  it('is not another account that bears the same name', async () => {
    const { people } = await stage.house('demand', '同名', [{ login: 'zhu-ming' }, { login: 'zhu-ming-2' }])
    const [main, side] = [people['zhu-ming'], people['zhu-ming-2']]
    if (!main || !side) expect.fail('both are there')
    const act = { kind: 'two_person_rules' as const, members: false, exports: false, disposals: false, version: 1 }
    const ask = await main.call('POST /api/approvals', { body: { act, purpose } })
    const call = (personId: string, name: string) =>
      stage.deps.database.kysely.updateTable('persons').set({ name }).where('id', '=', personId).execute()
    await call(main.personId, '朱 明')
    await call(side.personId, '朱明')
    await expect(decide(side, ask)).rejects.toMatchObject({ status: 403, rule: 'TWO-3' })
    expect(await rules(main)).toMatchObject({ approvers: 1 })
    await call(side.personId, '朱明远')
    expect(await decide(side, ask)).toMatchObject({ state: 'approved' })
  })
  it('comes in time', async () => {
    clock.advance(hours(1))
    const late = await askGrant(await Person.signIn(stage.base, 'lin-fan', password), tao, ['security_admin'])
    clock.advance(hours(24) + minutes(1))
    const gaoAgain = await Person.signIn(stage.base, 'gao-shan', password)
    await expect(decide(gaoAgain, late)).rejects.toMatchObject({ status: 403, rule: 'TWO-4' })
    lin = Object.assign(await Person.signIn(stage.base, 'lin-fan', password), { personId: lin.personId })
    gao = Object.assign(gaoAgain, { personId: gao.personId })
    expect(await stateOf(lin, late.approvalId)).toBe('lapsed')
  })
  it('and what was approved is used in time', async () => {
    const asked = await askGrant(lin, tao, ['security_admin'])
    await decide(gao, asked)
    clock.advance(hours(25))
    lin = Object.assign(await Person.signIn(stage.base, 'lin-fan', password), { personId: lin.personId })
    await expect(grant(lin, tao, ['security_admin'])).rejects.toMatchObject({ rule: 'TWO-1' })
  })
})

describe('a request of the time before there were three administrators', () => {
  it('shows what it would mean now, and does nothing any more', async () => {
    const other = await stage.house('demand', '旧单', [{ login: 'jiu-an' }, { login: 'xin-an' }])
    const [asker, second] = [other.people['jiu-an'], other.people['xin-an']]
    if (!asker || !second) expect.fail('both are there')
    const body = { posts: ['security_admin' as const, 'member' as const], version: 1 }
    const act = { kind: 'member_posts' as const, personId: second.personId, ...body }
    const { approvalId } = await asker.call('POST /api/approvals', { body: { act, purpose } })
    const row = await stage.deps.database.kysely
      .selectFrom('approvals')
      .select('sealed_words')
      .where('id', '=', approvalId)
      .executeTakeFirstOrThrow()
    await inSystemWork(stage.deps, async (work) => {
      const words = openWords(work, approvalId, row.sealed_words)
      const canonical = words.canonical.replace('security_admin', 'admin')
      await work.db.deleteFrom('approvals').where('id', '=', approvalId).execute()
      await work.db
        .insertInto('approvals')
        .values({
          id: approvalId,
          org_id: other.orgId,
          kind: 'member_posts',
          digest: digestOf(canonical),
          sealed_words: sealWords(work, approvalId, { ...words, canonical }),
          engagement_id: null,
          same_browser: [],
          decided_by: null,
          decided_at: null,
          verdict: null,
          sealed_reason: null,
          withdrawn_at: null,
          used_at: null,
          asked_by: asker.personId,
          asked_at: work.now,
          expires_at: new Date(work.now.getTime() + hours(1)),
        })
        .execute()
    })
    const [seen] = (await second.call('GET /api/approvals', {})).approvals
    expect(seen).toMatchObject({
      act: { posts: ['system_admin', 'security_admin', 'audit_admin', 'member'] },
      details: [{ value: { zh: 'xin-an' } }, { value: { zh: '系统管理员、安全管理员、审计管理员、成员' } }],
    })
  })
})
