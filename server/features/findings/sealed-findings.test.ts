import { type Cast, assemble, findingDraft, inTesting, recordedExchange } from '@zhongheng/testing/scenes/crowd-test.ts'
import { pastTriggers } from '@zhongheng/testing/postgres/past-triggers.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let stage: Stage
let cast: Cast
let id: string
/** The same people's second engagement: another data key under the same tenant's key. */
let second: string
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  id = await inTesting(stage, cast)
  second = await inTesting(stage, cast, '支付众测')
}, 120_000)
afterAll(() => stage.close())

const submitted = async (engagementId: string, person: Person, text: object): Promise<string> => {
  const cite = await recordedExchange(stage, engagementId, person)
  const body = { ...findingDraft(stage, [cite]), ...text }
  const params = { engagementId }
  return (await person.call('POST /api/engagements/:engagementId/findings', { params, body })).findingId
}
const at = (findingId: string, engagementId = id) => ({ params: { engagementId, findingId } })
const read = (person: Person, findingId: string) =>
  person.fetch('GET /api/engagements/:engagementId/findings/:findingId', at(findingId))
const change = (text: string) => sql.raw(text).execute(stage.deps.database.kysely)

describe('a stored finding that somebody changed past the platform', () => {
  const columns = ['sealed_title', 'sealed_asset', 'sealed_body']
  it.each([
    [
      'another finding’s',
      (one: string, other: string) => `update findings f set sealed_body = o.sealed_body from findings o
      where f.id = '${one}' and o.id = '${other}'`,
    ],
    ['another column’s', (one: string) => `update findings set sealed_body = sealed_title where id = '${one}'`],
    [
      'another finding’s with all its columns',
      (one: string, other: string) =>
        `update findings f set ${columns
          .map((name) => `${name} = o.${name}`)
          .join()} from findings o where f.id = '${one}' and o.id = '${other}'`,
    ],
    [
      'another engagement’s keys',
      (one: string) => `update engagements e set wrapped_key = o.wrapped_key from engagements o
      where e.id = (select engagement_id from findings where id = '${one}') and o.id = '${second}'`,
    ],
    [
      'another tenant',
      (one: string) => `update engagements set demand_org_id = '${cast.orgIds.organizer}'
      where id = (select engagement_id from findings where id = '${one}')`,
    ],
  ])('PUB-CR-01 is never shown: %s', async (_what, damage) => {
    const one = await submitted(id, cast.tester, { title: '越权查看订单' })
    const other = await submitted(second, cast.tester, { title: '支付金额可改' })
    const before = await change(
      `select f.*, e.wrapped_key, e.demand_org_id from findings f join engagements e on e.id = f.engagement_id where f.id = '${one}'`,
    )
    await pastTriggers(stage.deps.settings.databaseUrl, damage(one, other))
    const answer = await read(cast.organizer, one)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(await answer.text()).not.toMatch(/支付金额|越权查看/)
    const [row] = before.rows as { wrapped_key: Buffer; demand_org_id: string }[]
    await pastTriggers(
      stage.deps.settings.databaseUrl,
      `update engagements set wrapped_key = '\\x${row?.wrapped_key.toString('hex')}', demand_org_id = '${row?.demand_org_id}' where id = '${id}'`,
    )
  })
  it('PUB-CR-02 is never shown: its own older text with all its columns; the alarm is an entry for the parties', async () => {
    const one = await submitted(id, cast.tester, { title: '第一版标题不应再现' })
    const old = await change(`select * from findings where id = '${one}'`)
    await cast.organizer.call('POST /api/engagements/:engagementId/findings/:findingId/moves', {
      ...at(one),
      body: { move: 'return', version: 1, reason: '步骤不完整，请补充。', reasonCode: 'steps' },
    })
    const cite = await recordedExchange(stage, id, cast.tester)
    const body = { ...findingDraft(stage, [cite]), title: '第二版标题', version: 2 }
    await cast.tester.call('PUT /api/engagements/:engagementId/findings/:findingId', { ...at(one), body })
    await stage.integrate()
    expect((await read(cast.organizer, one)).status).toBe(200)
    const [row] = old.rows as { [name: string]: Buffer & number }[]
    const back = ['sealed_title', 'sealed_asset', 'sealed_body'].map(
      (name) => `${name} = '\\x${row?.[name]?.toString('hex')}'`,
    )
    // The columns alone do not fit the row's version; with it they do, and the ledger says that they are old.
    for (const more of ['', ', text_version = 1']) {
      await change(`update findings set ${back.join()} ${more} where id = '${one}'`)
      const answer = await read(cast.organizer, one)
      expect([answer.status, ((await answer.json()) as { rule: string }).rule]).toEqual([422, 'SEAL-1'])
    }
    const alarms = await change(`select 1 from events where kind = 'finding.not_as_submitted' and subject = '${one}'`)
    expect(alarms.rows.length).toBeGreaterThanOrEqual(2)
  })
  it('does not keep its words in the answer that an idempotency key repeats', async () => {
    const one = await submitted(id, cast.tester, {})
    const body = { audience: 'everyone' as const, body: '重放内容只在封存中' }
    const post = () =>
      cast.tester.fetch('POST /api/engagements/:engagementId/findings/:findingId/comments', {
        ...at(one),
        body,
        headers: { 'idempotency-key': 'sealed-comment-1' },
      })
    const answers = [await (await post()).text(), await (await post()).text()]
    expect(answers[1]).toBe(answers[0])
    expect(answers[0]).toContain('重放内容')
    const { rows } = await change(`select reply::text from idempotency where key = 'sealed-comment-1'`)
    expect(JSON.stringify(rows)).toMatch(/zhs2:/)
    expect(JSON.stringify(rows)).not.toContain('重放内容')
  })
})

describe('searching in what is sealed', () => {
  const search = (person: Person, words: string, more: object = {}) =>
    person.call('POST /api/findings/search', { body: { words, ...more } })
  const found = async (person: Person, words: string, more: object = {}) =>
    (await search(person, words, more)).findings.map((one) => one.title)
  it('finds Chinese and Latin words of titles, texts and comments, the best answer first', async () => {
    await submitted(id, cast.tester, {
      title: '文件上传绕过 WAF',
      description: '上传的脚本会被执行，影响整个站点的文件。',
    })
    const twice = await submitted(id, cast.tester, {
      title: '上传头像：上传接口泄露路径',
      description: '再次上传后，上传接口的回显含有绝对路径。',
    })
    expect(await found(cast.organizer, '上传')).toEqual(['上传头像：上传接口泄露路径', '文件上传绕过 WAF'])
    expect(await found(cast.organizer, 'ＷＡＦ 绕过')).toEqual(['文件上传绕过 WAF'])
    await cast.tester.call('POST /api/engagements/:engagementId/findings/:findingId/comments', {
      ...at(twice),
      body: { audience: 'everyone', body: '复现环境是 OpenResty' },
    })
    expect(await found(cast.organizer, 'openresty')).toEqual(['上传头像：上传接口泄露路径'])
    expect(await found(cast.organizer, '上传', { engagementId: second })).toEqual([])
  })
  it('finds nothing for those who may not read it', async () => {
    await submitted(id, cast.tester, { title: '仅本人可见的彩虹漏洞' })
    expect(await found(cast.tester, '彩虹')).toEqual(['仅本人可见的彩虹漏洞'])
    expect(await found(cast.tester2, '彩虹')).toEqual([])
    // Not yet passed on.
    expect(await found(cast.demand, '彩虹')).toEqual([])
    const one = await submitted(id, cast.tester, { title: '普通标题' })
    await cast.organizer.call('POST /api/engagements/:engagementId/findings/:findingId/comments', {
      ...at(one),
      body: { audience: 'internal', body: '内部结论：疑似凤凰木马' },
    })
    expect(await found(cast.organizer, '凤凰')).toEqual(['普通标题'])
    expect(await found(cast.tester, '凤凰')).toEqual([])
  })
  it('forgets the words of a text that was written anew', async () => {
    const one = await submitted(id, cast.tester, { title: '琉璃词将被改掉' })
    await cast.organizer.call('POST /api/engagements/:engagementId/findings/:findingId/moves', {
      ...at(one),
      body: { move: 'return', version: 1, reason: '步骤不完整，请补充。', reasonCode: 'steps' },
    })
    const cite = await recordedExchange(stage, id, cast.tester)
    const body = { ...findingDraft(stage, [cite]), title: '改后的标题', version: 2 }
    await cast.tester.call('PUT /api/engagements/:engagementId/findings/:findingId', { ...at(one), body })
    expect(await found(cast.organizer, '琉璃')).toEqual([])
  })
  it('says so when there is nothing to search, and notes each question without its words', async () => {
    expect(await search(cast.organizer, '？！')).toEqual({ findings: [], nothingAsked: true })
    const { rows } = await change(`select leaf from events where kind = 'findings.searched'`)
    expect(rows.length).toBeGreaterThan(3)
    expect(JSON.stringify(rows)).not.toMatch(/彩虹|凤凰|上传/)
  })
  it('keeps digests alone: no word, and none that another engagement’s key would make again', async () => {
    await submitted(id, cast.tester, { title: '同名词珊瑚漏洞' })
    await submitted(second, cast.tester, { title: '同名词珊瑚漏洞' })
    const { rows } = await change(
      `select token from finding_tokens group by token having count(distinct engagement_id) > 1`,
    )
    expect(rows).toEqual([])
  })
})
