import { clockAt, hours, minutes } from '@zhongheng/domain/shared/clock.ts'
import { urgencyOf } from '@zhongheng/domain/audit/checkpoints.ts'
import { pastTriggers } from '@zhongheng/testing/postgres/past-triggers.ts'
import {
  type Cast,
  assemble,
  inTesting,
  recordedExchange,
  submittedFinding,
} from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage, password } from '@zhongheng/testing/scenes/stage.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const clock = clockAt(new Date().toISOString())
let stage: Stage
let cast: Cast
/** Runs the platform and reads no findings. */
let he: Person & { personId: string }
let engagementId: string
let otherId: string
let findingId: string
let exchangeId: string
beforeAll(async () => {
  stage = await openStage({ clock })
  cast = await assemble(stage, 'a')
  const { people } = await stage.house('organizer', '平台', [
    { login: 'he-ping', posts: ['system_admin', 'security_admin', 'audit_admin'] },
  ])
  he = people['he-ping'] ?? expect.fail('He Ping is missing')
  await pastTriggers(stage.deps.settings.databaseUrl, [
    'update persons set org_id = $2 where id = $1',
    [he.personId, cast.orgIds.organizer],
  ])
  engagementId = await inTesting(stage, cast, '商城众测')
  otherId = await inTesting(stage, cast, '另一项目')
  findingId = await submittedFinding(stage, engagementId, cast.tester)
  exchangeId = await recordedExchange(stage, engagementId, cast.tester, { path: '/orders/1' })
  // Two whole engagements: on a busy machine more than the usual half minute.
}, 120_000)
afterAll(() => stage.close())

const purpose = '漏洞正被在野利用，运营人员全部失联。'
const at = (id = engagementId) => ({ params: { engagementId: id } })
const reads = (who: Person, id = engagementId) =>
  who.fetch('GET /api/engagements/:engagementId/findings/:findingId', { params: { engagementId: id, findingId } })
const ask = (who: Person, asked = 60, id = engagementId) =>
  who.call('POST /api/approvals', { body: { act: { kind: 'break_glass', engagementId: id, minutes: asked }, purpose } })
const decide = (
  who: Person,
  one: { approvalId: string; digest: string },
  verdict: 'approved' | 'refused' = 'approved',
) =>
  who.fetch('POST /api/approvals/:approvalId/decision', {
    params: { approvalId: one.approvalId },
    body: { verdict, digest: one.digest, reason: '已电话核实。' },
  })
const open = (who: Person, asked = 60, id = engagementId) =>
  who.call('POST /api/engagements/:engagementId/break-glass', { ...at(id), body: { minutes: asked } })
const seen = (who: Person, id = engagementId) => who.call('GET /api/engagements/:engagementId/break-glass', at(id))
const stateOf = async (who: Person, approvalId: string) =>
  (await who.call('GET /api/approvals', {})).approvals.find((one) => one.approvalId === approvalId)?.state
const leaves = async (kind: string, subject?: string) =>
  (
    await stage.deps.database.kysely
      .selectFrom('events')
      .select(['leaf', 'subject', 'audience'])
      .where('kind', '=', kind)
      .orderBy('seq')
      .execute()
  )
    .filter((row) => subject === undefined || row.subject === subject)
    .map((row) => ({ audience: row.audience, ...(JSON.parse(row.leaf) as { actor: string; facts: object }) }))
const ruleOf = async (answer: Response) => [answer.status, ((await answer.json()) as { rule?: string }).rule]
/** After a jump of the clock everybody signs in anew. */
const again = async (login: string) => Person.signIn(stage.base, login, password)

describe('emergency access', () => {
  it('is not asked for while one person alone could make the account that approves', async () => {
    expect(await ruleOf(await reads(he))).toEqual([403, 'ROLE-1'])
    await expect(ask(he)).rejects.toMatchObject({ status: 409, rule: 'BREAK-1' })
    const { version } = await cast.organizer.call('GET /api/two-person-rules', {})
    await cast.organizer.call('PUT /api/two-person-rules', {
      body: { members: true, exports: false, disposals: false, version },
    })
  })
  it('is for administrators of the organizer who may not read otherwise', async () => {
    await expect(ask(cast.organizer)).rejects.toMatchObject({ status: 409, rule: 'BREAK-2' })
    for (const person of [cast.organizer2, cast.demand, cast.auditor])
      await expect(ask(person)).rejects.toMatchObject({ status: 403, rule: 'ROLE-1' })
    await expect(open(he)).rejects.toMatchObject({ status: 409, rule: 'TWO-1' })
    await expect(open(cast.demand)).rejects.toMatchObject({ status: 403, rule: 'ROLE-1' })
  })
})

describe('PUB-AC-16 break-glass', () => {
  it('is approved by nobody for themselves: 403, it stays pending, and the ledger has the attempt', async () => {
    const asked = await ask(he)
    expect(await ruleOf(await decide(he, asked))).toEqual([403, 'TWO-2'])
    expect(await stateOf(he, asked.approvalId)).toBe('waiting')
    expect((await leaves('access.denied', asked.approvalId)).at(-1)).toMatchObject({
      actor: he.personId,
      facts: { rule: 'TWO-2' },
    })
    await expect(open(he)).rejects.toMatchObject({ rule: 'TWO-1' })
  })
  it('is not approved by the same human on a second account: 403, it stays pending, and the ledger has the attempt', async () => {
    const browser = await again('he-ping')
    const asked = await ask(browser)
    // The second account in the same browser, and in a browser of its own.
    await browser.call('POST /api/sign-in', { body: { login: 'zhou-heng', password } })
    await browser.call('POST /api/step-up', { body: { password } })
    expect(await ruleOf(await decide(browser, asked))).toEqual([403, 'TWO-3'])
    const { personId } = await cast.organizer.call('GET /api/me', {})
    const call = (name: string) =>
      stage.deps.database.kysely.updateTable('persons').set({ name }).where('id', '=', personId).execute()
    await call('HE-PING')
    expect(await ruleOf(await decide(await again('zhou-heng'), asked))).toEqual([403, 'TWO-3'])
    await call('zhou-heng')
    expect(await stateOf(he, asked.approvalId)).toBe('waiting')
    expect(await leaves('access.denied', asked.approvalId)).toMatchObject([
      { actor: personId, facts: { rule: 'TWO-3' } },
      { actor: personId, facts: { rule: 'TWO-3' } },
    ])
  })
  it('is not approved once its request has lapsed: 403, and the ledger has the attempt', async () => {
    const asked = await ask(he)
    clock.advance(hours(4) + minutes(1))
    he = Object.assign(await again('he-ping'), { personId: he.personId })
    cast = {
      ...cast,
      organizer: await again('zhou-heng'),
      demand: await again('lin-a'),
      auditor: await again('fang-a'),
      tester: await again('chen-a'),
    }
    expect(await ruleOf(await decide(cast.organizer, asked))).toEqual([403, 'TWO-4'])
    expect(await stateOf(he, asked.approvalId)).toBe('lapsed')
    expect(await leaves('access.denied', asked.approvalId)).toMatchObject([{ facts: { rule: 'TWO-4' } }])
  })
})

describe('an approved emergency access', () => {
  let breakGlassId: string
  it('opens for what was approved only, and tells the demand side in the same commit', async () => {
    const asked = await ask(he)
    expect((await decide(cast.organizer, asked)).status).toBe(200)
    await expect(open(he, 240)).rejects.toMatchObject({ rule: 'TWO-1' })
    await expect(open(he, 60, otherId)).rejects.toMatchObject({ rule: 'TWO-1' })
    expect(await ruleOf(await reads(he))).toEqual([403, 'ROLE-1'])
    ;({ breakGlassId } = await open(he))
    await expect(open(he)).rejects.toMatchObject({ rule: 'TWO-1' })
    expect((await seen(cast.demand)).accesses).toMatchObject([
      { breakGlassId, reader: 'he-ping', approvedBy: 'zhou-heng', purpose, open: true, readings: 0 },
    ])
    expect((await cast.demand.call('GET /api/home', {})).waiting).toContainEqual(
      expect.objectContaining({ kind: 'break_glass', engagementId }),
    )
    const [told] = await leaves('break_glass.opened', breakGlassId)
    expect(told).toMatchObject({ audience: 'parties', facts: { approvalId: asked.approvalId, minutes: 60 } })
    expect(urgencyOf('break_glass.opened', {})).toBe('reveal')
    await expect(seen(cast.tester)).rejects.toMatchObject({ status: 403 })
  })
  it('opens single readings of this engagement, each marked', async () => {
    expect((await reads(he)).status).toBe(200)
    const oneExchange = { params: { engagementId, exchangeId } }
    const exchange = await he.fetch('GET /api/engagements/:engagementId/exchanges/:exchangeId', oneExchange)
    expect(exchange.status).toBe(200)
    expect((await leaves('finding.read')).at(-1)).toMatchObject({ actor: he.personId, facts: { breakGlassId } })
    expect((await leaves('traffic.read')).at(-1)).toMatchObject({ actor: he.personId, facts: { breakGlassId } })
    expect((await seen(cast.demand)).accesses[0]?.readings).toBe(2)
    // Whoever may read anyway is not marked.
    await reads(await again('wu-cheng'))
    expect((await leaves('finding.read')).at(-1)?.facts).not.toHaveProperty('breakGlassId')
  })
  it('opens nothing else: no change, no file, no search in content, no other engagement', async () => {
    const params = { engagementId, findingId }
    const tries: [string, object][] = [
      [
        'POST /api/engagements/:engagementId/findings/:findingId/moves',
        { params, body: { move: 'take_up', version: 1 } },
      ],
      [
        'POST /api/engagements/:engagementId/findings/:findingId/comments',
        { params, body: { audience: 'internal', body: '内容' } },
      ],
      ['GET /api/engagements/:engagementId/evidence.zip', at()],
      ['GET /api/engagements/:engagementId/captures', { ...at(), query: { format: 'har' } }],
    ]
    for (const [key, input] of tries) expect((await he.fetch(key, input)).status, key).toBe(403)
    const elsewhere = { params: { engagementId: otherId, findingId } }
    expect((await he.fetch('GET /api/engagements/:engagementId/findings/:findingId', elsewhere)).status).toBe(403)
  })
  it('is ended by the demand side, at once', async () => {
    const end = (who: Person, id = breakGlassId) =>
      who.call('POST /api/engagements/:engagementId/break-glass/:breakGlassId/end', {
        params: { engagementId, breakGlassId: id },
        body: { reason: '情况已由我方接手。' },
      })
    await expect(end(cast.auditor)).rejects.toMatchObject({ status: 403, rule: 'ROLE-1' })
    expect(await end(cast.demand)).toMatchObject({ open: false, ended: { by: 'lin-a', reason: '情况已由我方接手。' } })
    expect(await ruleOf(await reads(he))).toEqual([403, 'ROLE-1'])
    await expect(end(cast.demand)).rejects.toMatchObject({ status: 409, rule: 'BREAK-3' })
    expect(await leaves('break_glass.ended', breakGlassId)).toHaveLength(1)
  })
  it('ends by the clock', async () => {
    clock.advance(minutes(1))
    await decide(cast.organizer, await ask(he, 30))
    await open(he, 30)
    expect((await reads(he)).status).toBe(200)
    clock.advance(minutes(31))
    expect(await ruleOf(await reads(he))).toEqual([403, 'ROLE-1'])
    expect((await seen(he)).accesses[0]).toMatchObject({ open: false, ended: null })
  })
})
