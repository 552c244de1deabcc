import {
  type Cast,
  assemble,
  findingDraft,
  inTesting,
  recordedExchange,
  submittedFinding,
} from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
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

const at = (findingId: string) => ({ params: { engagementId: id, findingId } })
const page = (person: Person, findingId: string) =>
  person.call('GET /api/engagements/:engagementId/findings/:findingId', at(findingId))
const decide = async (person: Person, findingId: string, move: string, more: object = {}) =>
  person.call('POST /api/engagements/:engagementId/findings/:findingId/moves', {
    ...at(findingId),
    body: { move, version: (await page(person, findingId)).version, reason: '已按步骤复现，结论成立。', ...more },
  })
const pass = (findingId: string) =>
  decide(cast.organizer, findingId, 'pass', { severity: 'high', cites: '授权范围第 1 条' })
const confirmed = async (): Promise<string> => {
  const findingId = await submittedFinding(stage, id, cast.tester)
  await pass(findingId)
  await decide(cast.demand, findingId, 'confirm', { severity: 'high' })
  return findingId
}
const propose = (findingId: string, amountFen: number, person: Person = cast.organizer) =>
  person.fetch('POST /api/engagements/:engagementId/findings/:findingId/rewards', {
    ...at(findingId),
    body: { amountFen, note: '按奖励表' },
  })

describe('a reward', () => {
  it('waits for confirmation, stays inside the table and is proposed once a finding', async () => {
    const findingId = await submittedFinding(stage, id, cast.tester)
    expect(await (await propose(findingId, 200_000)).json()).toMatchObject({ status: 409, rule: 'REWARD-1' })
    await pass(findingId)
    await decide(cast.demand, findingId, 'confirm', { severity: 'high' })
    for (const amount of [199_999, 800_001])
      expect(await (await propose(findingId, amount)).json()).toMatchObject({
        status: 422,
        fields: [{ field: 'body.amountFen' }],
      })
    expect((await propose(findingId, 200_000)).status).toBe(201)
    expect(await (await propose(findingId, 200_000)).json()).toMatchObject({ status: 409, rule: 'REWARD-5' })
  })
  it('beyond the budget is refused with what is left of it', async () => {
    const findingId = await confirmed()
    await sql`update engagements set budget_fen = 500000 where id = ${id}`.execute(stage.deps.database.kysely)
    const refused = (await (await propose(findingId, 400_000)).json()) as {
      status: number
      fields: { limit: { en: string } }[]
    }
    expect(refused.status).toBe(422)
    expect(refused.fields[0]?.limit.en).toMatch(/3,?000/)
    expect((await propose(findingId, 300_000)).status).toBe(201)
  })
  it('proposed for two findings at the same moment stays inside one budget', async () => {
    const [one, other] = [await confirmed(), await confirmed()]
    await sql`update engagements set budget_fen = 800000 where id = ${id}`.execute(stage.deps.database.kysely)
    const answers = await Promise.all([propose(one, 300_000), propose(other, 300_000)])
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([201, 422])
  })
  it('is the organizer’s to propose and a signatory of the demand side’s to approve', async () => {
    await sql`update engagements set budget_fen = 50000000 where id = ${id}`.execute(stage.deps.database.kysely)
    const findingId = await confirmed()
    for (const person of [cast.demand, cast.tester, cast.auditor])
      expect((await propose(findingId, 300_000, person)).status).toBe(403)
    const { rewardId } = (await (await propose(findingId, 300_000)).json()) as { rewardId: string }
    const settle = (person: Person, state: string, version = 1) =>
      person.fetch('POST /api/engagements/:engagementId/rewards/:rewardId/state', {
        params: { engagementId: id, rewardId },
        body: { state, note: '按流程处理', version },
      })
    expect((await settle(cast.organizer, 'approved')).status).toBe(403)
    for (const person of [cast.tester, cast.auditor]) expect((await settle(person, 'approved')).status).toBe(403)
    expect(await (await settle(cast.demand, 'approved', 7)).json()).toMatchObject({ status: 409, rule: 'VERSION-1' })
    expect((await settle(cast.demand, 'approved')).status).toBe(200)
    expect((await settle(cast.organizer, 'paid', 2)).status).toBe(200)
    expect(await (await settle(cast.demand, 'refused', 3)).json()).toMatchObject({ status: 409 })
  })
})

describe('a finding', () => {
  it('is decided on by nobody of its tester’s own house', async () => {
    const findingId = await submittedFinding(stage, id, cast.tester)
    // The tester's employer gets the organizer's role: what the matrix would allow, separation of duties forbids.
    await sql`update parties set role = 'organizer' where engagement_id = ${id} and org_id = ${cast.orgIds.tester}`.execute(
      stage.deps.database.kysely,
    )
    const response = await cast.tester.fetch('POST /api/engagements/:engagementId/findings/:findingId/moves', {
      ...at(findingId),
      body: { move: 'pass', version: 1, reason: '自己审查自己的提交。', severity: 'high', cites: '范围' },
    })
    expect([response.status, ((await response.json()) as { rule: string }).rule]).toEqual([403, 'SOD-2'])
    await sql`update parties set role = 'tester' where engagement_id = ${id} and org_id = ${cast.orgIds.tester}`.execute(
      stage.deps.database.kysely,
    )
  })
  it('returned is mended by its tester under the same number; the first submission stays in the ledger', async () => {
    const findingId = await submittedFinding(stage, id, cast.tester)
    const before = await page(cast.tester, findingId)
    await decide(cast.organizer, findingId, 'return', { reasonCode: 'steps' })
    const cite = await recordedExchange(stage, id, cast.tester)
    const body = {
      title: '搜索存在注入（补充步骤）',
      asset: `http://${stage.target.host}:${stage.target.port}/`,
      cwe: 'CWE-89',
      cvssVector: null,
      severity: 'high' as const,
      description: '搜索参数直接拼入查询语句，可以读取数据。',
      steps: '1. 打开搜索\n2. 输入单引号\n3. 观察报错',
      impact: '可以读取顾客数据表。',
      repair: '',
      cites: [cite],
      version: (await page(cast.tester, findingId)).version,
    }
    const other = await cast.tester2.fetch('PUT /api/engagements/:engagementId/findings/:findingId', {
      ...at(findingId),
      body,
    })
    expect(other.status).toBe(404)
    const mend = (version: number) =>
      cast.tester.fetch('PUT /api/engagements/:engagementId/findings/:findingId', {
        ...at(findingId),
        body: { ...body, version },
      })
    expect(await (await mend(body.version + 1)).json()).toMatchObject({ status: 409, rule: 'VERSION-1' })
    const mended = await cast.tester.fetch('PUT /api/engagements/:engagementId/findings/:findingId', {
      ...at(findingId),
      body,
    })
    expect(mended.status).toBe(200)
    // Handed in again, it is under review again.
    expect(await (await mend(body.version + 1)).json()).toMatchObject({ status: 409, rule: 'FND-STATE' })
    expect(await page(cast.tester, findingId)).toMatchObject({
      number: before.number,
      state: 'submitted',
      title: body.title,
    })
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from events where kind = 'finding.submitted' and subject = ${findingId}`.execute(
      stage.deps.database.kysely,
    )
    expect(rows[0]?.n).toBe(2)
  })
  it('makes no move that there is none of', async () => {
    const findingId = await submittedFinding(stage, id, cast.tester)
    await expect(decide(cast.organizer, findingId, 'fly')).rejects.toMatchObject({ status: 422 })
  })
  it('is spoken of by its tester to all sides or to nobody else', async () => {
    const findingId = await submittedFinding(stage, id, cast.tester)
    const comment = cast.tester.call('POST /api/engagements/:engagementId/findings/:findingId/comments', {
      ...at(findingId),
      body: { audience: 'parties', body: '仅供各方' },
    })
    await expect(comment).rejects.toMatchObject({ status: 403, rule: 'COMMENT-1' })
  })
  it('is not submitted once reports are written', async () => {
    const become = (state: 'reporting' | 'testing') =>
      stage.deps.database.kysely.updateTable('engagements').set({ state }).where('id', '=', id).execute()
    await become('reporting')
    await expect(submittedFinding(stage, id, cast.tester)).rejects.toMatchObject({ status: 409, rule: 'STATE-1' })
    await become('testing')
  })
  it('marked as a duplicate names an earlier one of the same engagement, never itself or a later one', async () => {
    const [first, second] = [
      await submittedFinding(stage, id, cast.tester),
      await submittedFinding(stage, id, cast.tester2),
    ]
    await expect(
      decide(cast.organizer, first, 'mark_duplicate', { duplicateOf: first, cites: '流量' }),
    ).rejects.toMatchObject({ status: 422 })
    await expect(
      decide(cast.organizer, first, 'mark_duplicate', { duplicateOf: second, cites: '流量' }),
    ).rejects.toThrow()
    const marked = await decide(cast.organizer, second, 'mark_duplicate', { duplicateOf: first, cites: '流量' })
    expect(marked.state).toBe('duplicate')
    // A tester does not learn from it what a colleague found.
    expect(JSON.stringify(await page(cast.tester2, second))).not.toContain((await page(cast.tester, first)).findingId)
  })
  it('gets numbers without gaps and doubles, however many are submitted at once', async () => {
    const made = await Promise.all(
      [cast.tester, cast.tester2, cast.tester, cast.tester2].map((person) =>
        submittedFinding(stage, id, person).catch((error: unknown) => error as Error),
      ),
    )
    const { rows } = await sql<{ n: number; highest: number }>`
      select count(*)::int as n, (select finding_count from engagements where id = ${id}) as highest,
        count(distinct number)::int as numbers from findings where engagement_id = ${id}`.execute(
      stage.deps.database.kysely,
    )
    expect(made.filter((one) => typeof one === 'string').length).toBeGreaterThan(0)
    expect(rows[0]?.highest).toBe(rows[0]?.n)
  })
})

describe('the likely originals of a finding under review', () => {
  /** Somebody reports what they found at this path. */
  const reported = async (person: Person, path: string, words: object): Promise<string> => {
    const cite = await recordedExchange(stage, id, person, { path })
    const body = { ...findingDraft(stage, [cite]), ...words }
    return (await person.call('POST /api/engagements/:engagementId/findings', { params: { engagementId: id }, body }))
      .findingId
  }
  const candidates = (person: Person, findingId: string) =>
    person.fetch('GET /api/engagements/:engagementId/findings/:findingId/candidates', at(findingId))
  const found = async (findingId: string) =>
    (
      (await (await candidates(cast.organizer, findingId)).json()) as {
        candidates: { findingId: string; title: string; why: string[] }[]
      }
    ).candidates.map((one) => [one.findingId, one.why])
  const cart = {
    title: '购物车越权',
    cwe: 'CWE-639',
    description: '修改路径中的编号即可读取并改写他人的购物车内容。',
    steps: '1. 登录 2. 换成他人编号',
    impact: '任何顾客都受影响',
  }
  const other = {
    title: '昵称未转义',
    cwe: 'CWE-79',
    description: 'Stored markup in a nickname runs for whoever opens the page.',
    steps: 'Save it, then open the page.',
    impact: 'Sessions of customers',
  }
  let first: string
  let same: string
  let elsewhere: string
  let alike: string
  beforeAll(async () => {
    first = await reported(cast.tester, '/cart/7?step=1', cart)
    same = await reported(cast.tester2, '/cart/7?step=2', other)
    elsewhere = await reported(cast.tester2, '/profile', { ...other, title: '昵称可执行脚本', cwe: 'CWE-639' })
    alike = await reported(cast.tester2, '/baskets/9', { ...cart, title: '他人购物车可读写' })
  })

  it('are earlier ones that cite the same address, or of the same kind in like words', async () => {
    expect(await found(first)).toEqual([])
    expect(await found(same)).toEqual([[first, ['address']]])
    expect(await found(alike)).toEqual([[first, ['weakness', 'words']]])
    // The same weakness in other words is one of many.
    expect((await found(elsewhere)).map(([one]) => one)).not.toContain(first)
  })
  it('are told to who reviews it and to nobody else', async () => {
    for (const person of [cast.demand, cast.tester, cast.tester2, cast.auditor])
      expect((await candidates(person, same)).status).toBe(403)
  })
  it('are none once they are no flaw or doubles themselves', async () => {
    await decide(cast.organizer, first, 'invalidate', { reasonCode: 'not_a_flaw', cites: '规则第 2 条' })
    expect(await found(same)).toEqual([])
    expect(await found(alike)).toEqual([])
  })
})
