import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { move, record, takeLease } from '@zhongheng/tools/demo/prepare.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import {
  type Cast,
  assemble,
  demandDraft,
  inTesting,
  recordedExchange,
  submittedFinding,
} from '../scenes/crowd-test.ts'
import { type Stage, openStage } from '../scenes/stage.ts'

let stage: Stage
let cast: Cast
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
})
afterAll(() => stage.close())

const draftBody = () => demandDraft(cast)

async function submitted(): Promise<string> {
  const { demand } = cast
  const page = await demand.call('POST /api/engagements', { body: draftBody() })
  const params = { engagementId: page.engagementId }
  await demand.call('PUT /api/engagements/:engagementId/scope', {
    params,
    body: { format: 'text', content: 'https://api.yunfan.example/', version: page.version },
  })
  const proof = await demand.call('POST /api/engagements/:engagementId/proofs', {
    params,
    body: { object: 'api.yunfan.example', method: 'letter' },
  })
  const proofParams = { ...params, proofId: proof.proofId }
  await demand.call('POST /api/engagements/:engagementId/proofs/:proofId/letter', {
    params: proofParams,
    body: { reference: '云帆函 2026-7', sha256: 'a'.repeat(64) },
  })
  // The organizer sees nothing of a draft, so a letter is confirmed for real only after submission; here the row is set.
  await stage.deps.database.kysely
    .updateTable('ownership_proofs')
    .set({ state: 'proven', expires_at: new Date(Date.now() + 86_400_000) })
    .where('id', '=', proof.proofId)
    .execute()
  await move(demand, page.engagementId, 'submit')
  return page.engagementId
}

async function agreed(): Promise<string> {
  const id = await submitted()
  const { organizer, organizer2, demand } = cast
  for (const reviewer of [organizer, organizer2])
    await record(reviewer, id, 'review', { verdict: 'pass', reason: '材料齐全，可以受理该需求。' })
  for (const side of [demand, organizer]) {
    await record(side, id, 'service_agreement', { reference: '2026-1', agreed: true })
    await record(side, id, 'nda', { reference: '2026-1', agreed: true })
  }
  await move(organizer, id, 'agree')
  return id
}

describe('a demand', () => {
  it('without scope is refused with the names of what it lacks', async () => {
    const page = await cast.demand.call('POST /api/engagements', { body: draftBody() })
    await expect(move(cast.demand, page.engagementId, 'submit')).rejects.toMatchObject({
      status: 409,
      rule: 'GBT43741-5.1-01',
      message: expect.stringContaining('测试对象') as unknown,
    })
  })
  it('with an object nobody proved to own is refused with the object’s name', async () => {
    const page = await cast.demand.call('POST /api/engagements', { body: draftBody() })
    await cast.demand.call('PUT /api/engagements/:engagementId/scope', {
      params: { engagementId: page.engagementId },
      body: { format: 'text', content: 'shop.yunfan.example', version: page.version },
    })
    await expect(move(cast.demand, page.engagementId, 'submit')).rejects.toMatchObject({
      rule: 'GBT43741-5.1-02',
      message: expect.stringContaining('shop.yunfan.example') as unknown,
    })
  })
  it('with an open question in its scope is refused until somebody answers', async () => {
    const page = await cast.demand.call('POST /api/engagements', { body: draftBody() })
    const params = { engagementId: page.engagementId }
    const scope = await cast.demand.call('PUT /api/engagements/:engagementId/scope', {
      params,
      body: { format: 'text', content: 'https://shop.yunfan.example/\n我们的安卓应用', version: page.version },
    })
    expect(scope.questions).toHaveLength(1)
    await expect(move(cast.demand, page.engagementId, 'submit')).rejects.toMatchObject({ rule: 'SCOPE-OPEN' })
    const answered = await cast.demand.call('POST /api/engagements/:engagementId/scope/answers', {
      params,
      body: {
        scopeVersionId: scope.scopeVersionId,
        questionId: scope.questions[0]?.questionId ?? '',
        answer: { kind: 'letter_only' },
      },
    })
    expect(answered.questions).toEqual([])
    expect(answered.letterLines.map((line) => line.asset)).toContain('我们的安卓应用')
  })
  it('that ends before it begins is refused with field, limit and fix', async () => {
    const response = await cast.demand.fetch('POST /api/engagements', {
      body: { ...draftBody(), windowCloses: '2020-01-01T00:00:00Z' },
    })
    expect(response.status).toBe(422)
    const body = (await response.json()) as { fields: { field: string; limit: { en: string }; fix: { en: string } }[] }
    expect(body.fields[0]).toMatchObject({
      field: 'body.windowCloses',
      limit: { en: 'must be after the opening' },
      fix: { en: expect.any(String) as unknown },
    })
  })
})

describe('the review', () => {
  it('by one person twice is refused: the two reviewers must be two persons', async () => {
    const id = await submitted()
    await record(cast.organizer, id, 'review', { verdict: 'pass', reason: '材料齐全，可以受理该需求。' })
    await expect(
      record(cast.organizer, id, 'review', { verdict: 'pass', reason: '我再审一次，同意受理。' }),
    ).rejects.toMatchObject({ status: 409, rule: 'GBT43741-5.1-09' })
    await expect(move(cast.organizer, id, 'agree')).rejects.toMatchObject({ rule: 'GBT43741-5.1-09' })
  })
  it('is not for the demand side to write', async () => {
    const id = await submitted()
    await expect(
      record(cast.demand, id, 'review', { verdict: 'pass', reason: '我们自己觉得没有问题。' }),
    ).rejects.toMatchObject({ status: 403, rule: 'ROLE-1' })
  })
})

describe('the authorisation', () => {
  it('without both permits is refused and names the missing one', async () => {
    const id = await agreed()
    await record(cast.demand, id, 'risk_notice', { understood: true })
    await record(cast.demand, id, 'permit_run_service', { granted: true })
    await expect(move(cast.demand, id, 'authorise')).rejects.toMatchObject({
      status: 409,
      rule: 'AUTH-MISSING',
      message: expect.stringContaining('引入测试方') as unknown,
    })
  })
  it('of a permit that was not granted is refused with the field', async () => {
    const id = await agreed()
    const response = await cast.demand.fetch('POST /api/engagements/:engagementId/records', {
      params: { engagementId: id },
      body: { kind: 'permit_run_service', fields: { granted: false } },
    })
    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({ fields: [{ field: 'body.fields.granted' }] })
  })
  it('cannot be skipped: nothing later is allowed before it', async () => {
    const id = await agreed()
    for (const name of ['recruit', 'get_ready', 'start', 'deliver', 'close'])
      await expect(move(cast.organizer, id, name), name).rejects.toMatchObject({ status: 409, rule: 'STATE-1' })
  })
})

describe('an engagement in testing', () => {
  let id: string
  beforeAll(async () => {
    id = await inTesting(stage, cast)
  })
  const submission = (cites: string[]) => ({
    title: '搜索存在注入',
    asset: `http://${stage.target.host}:${stage.target.port}/`,
    cwe: 'CWE-89',
    cvssVector: null,
    severity: 'high' as const,
    description: '搜索参数直接拼入查询语句，可以读取数据。',
    steps: '1. 打开搜索\n2. 输入单引号',
    impact: '可以读取顾客数据表。',
    repair: '',
    cites,
  })
  const submit = (person: Person, cites: string[], more: object = {}) =>
    person.call('POST /api/engagements/:engagementId/findings', {
      params: { engagementId: id },
      body: { ...submission(cites), ...more },
    })

  it('refuses a finding that cites a colleague’s exchange, exactly as one that does not exist', async () => {
    const theirs = await recordedExchange(stage, id, cast.tester2)
    const foreign = await cast.tester.fetch('POST /api/engagements/:engagementId/findings', {
      params: { engagementId: id },
      body: submission([theirs]),
    })
    const absent = await cast.tester.fetch('POST /api/engagements/:engagementId/findings', {
      params: { engagementId: id },
      body: submission([theirs.replace(/.{4}$/, '0000')]),
    })
    expect(foreign.status).toBe(422)
    const body = (await foreign.json()) as { rule: string }
    expect(body).toMatchObject({ rule: 'CITE-1' })
    expect(body).toEqual(await absent.json())
  })
  it('refuses a finding that cites a request the gateway refused', async () => {
    const refused = await recordedExchange(stage, id, cast.tester, { kind: 'refusal' })
    await expect(submit(cast.tester, [refused])).rejects.toMatchObject({ rule: 'CITE-3' })
  })
  it('refuses an asset outside the scope, a severity against its vector and a weakness that no catalogue knows', async () => {
    const cite = await recordedExchange(stage, id, cast.tester)
    await expect(submit(cast.tester, [cite], { asset: 'https://elsewhere.example/' })).rejects.toMatchObject({
      rule: 'ASSET-1',
    })
    await expect(submit(cast.tester, [cite], { cwe: 'CWE-99999' })).rejects.toMatchObject({ status: 422 })
    await expect(
      submit(cast.tester, [cite], { cvssVector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', severity: 'low' }),
    ).rejects.toMatchObject({ status: 422 })
  })
  it('hides a finding from the demand side until the organizer passed it on', async () => {
    const findingId = await submittedFinding(stage, id, cast.tester)
    const params = { engagementId: id, findingId }
    expect((await cast.demand.fetch('GET /api/engagements/:engagementId/findings/:findingId', { params })).status).toBe(
      404,
    )
    await cast.organizer.call('POST /api/engagements/:engagementId/findings/:findingId/moves', {
      params,
      body: {
        move: 'pass',
        version: 1,
        reason: '已复现，证据充分，转需求方。',
        severity: 'high',
        cites: '范围第 1 条',
      },
    })
    expect((await cast.demand.fetch('GET /api/engagements/:engagementId/findings/:findingId', { params })).status).toBe(
      200,
    )
  })
  it('records who read a finding’s body, and says nothing of it in the leaf', async () => {
    const findingId = await submittedFinding(stage, id, cast.tester, { title: '机密标题不得出现在账本' })
    await cast.auditor.call('GET /api/engagements/:engagementId/findings/:findingId', {
      params: { engagementId: id, findingId },
    })
    await stage.integrate()
    const { entries } = await cast.auditor.call('GET /api/engagements/:engagementId/ledger', {
      params: { engagementId: id },
      query: { limit: 20 },
    })
    const reading = entries.find(
      (entry) => entry.kind === 'finding.read' && entry.subject === findingId && entry.leaf.includes('"auditor"'),
    )
    expect(reading?.index).toEqual(expect.any(Number))
    expect(entries.map((entry) => entry.leaf).join('\n')).not.toContain('机密标题')
  })
  it('refuses a decision without reason, naming every missing field', async () => {
    const findingId = await submittedFinding(stage, id, cast.tester)
    const response = await cast.organizer.fetch('POST /api/engagements/:engagementId/findings/:findingId/moves', {
      params: { engagementId: id, findingId },
      body: { move: 'invalidate', version: 1 },
    })
    expect(response.status).toBe(422)
    const body = (await response.json()) as { fields: { field: string }[] }
    expect(body.fields.map((one) => one.field)).toEqual(['body.reason', 'body.cites', 'body.reasonCode'])
  })
  it('refuses a decision made from an older version', async () => {
    const findingId = await submittedFinding(stage, id, cast.tester)
    const params = { engagementId: id, findingId }
    await cast.organizer.call('POST /api/engagements/:engagementId/findings/:findingId/moves', {
      params,
      body: { move: 'take_up', version: 1 },
    })
    await expect(
      cast.organizer2.call('POST /api/engagements/:engagementId/findings/:findingId/moves', {
        params,
        body: { move: 'pass', version: 1, reason: '我也看过了，可以通过。', severity: 'low', cites: '范围' },
      }),
    ).rejects.toMatchObject({ status: 409, rule: 'VERSION-1' })
  })
  it('keeps internal comments inside the house that wrote them', async () => {
    const findingId = await submittedFinding(stage, id, cast.tester)
    const params = { engagementId: id, findingId }
    await cast.organizer.call('POST /api/engagements/:engagementId/findings/:findingId/comments', {
      params,
      body: { audience: 'internal', body: '仅供内部讨论' },
    })
    await cast.organizer.call('POST /api/engagements/:engagementId/findings/:findingId/comments', {
      params,
      body: { audience: 'everyone', body: '感谢提交' },
    })
    const seenBy = async (person: Person) =>
      (await person.call('GET /api/engagements/:engagementId/findings/:findingId', { params })).comments.map(
        (comment) => comment.body,
      )
    expect(await seenBy(cast.organizer2)).toEqual(['仅供内部讨论', '感谢提交'])
    expect(await seenBy(cast.tester)).toEqual(['感谢提交'])
    expect(await seenBy(cast.auditor)).toEqual(['感谢提交'])
  })
  it('shows a lease’s secret once: a repeated request with the same key does not show it again', async () => {
    const before = await cast.tester2.call('GET /api/engagements/:engagementId/leases', {
      params: { engagementId: id },
    })
    expect(JSON.stringify(before)).not.toMatch(/secret/i)
    const again = await takeLease(cast.tester2, id, `${stage.folder}/again.pem`)
    expect(again.proxyUrl).toMatch(/^http:\/\/t-/)
    const { leases } = await cast.tester2.call('GET /api/engagements/:engagementId/leases', {
      params: { engagementId: id },
    })
    expect(leases.map((lease) => lease.state).sort()).toEqual(['active', 'revoked'])
  })
  it('is stopped by the auditor and resumed only by stopper and organizer together', async () => {
    await move(cast.auditor, id, 'stop', '发现异常流量，先行暂停核实。')
    await record(cast.organizer, id, 'resume_approval', { reason: '已核实，可以恢复测试。' })
    await expect(move(cast.organizer, id, 'resume')).rejects.toMatchObject({ rule: 'GBT43741-5.2-05' })
    await record(cast.auditor, id, 'resume_approval', { reason: '同意恢复，继续关注。' })
    await move(cast.organizer, id, 'resume')
    expect(
      (await cast.auditor.call('GET /api/engagements/:engagementId', { params: { engagementId: id } })).state,
    ).toBe('testing')
  })
  it('ends: leases are revoked in the same commit, and no report is signed with an empty section', async () => {
    await move(cast.organizer, id, 'end_early', '测试目标已经全部完成，提前结束。')
    const { leases } = await cast.auditor.call('GET /api/engagements/:engagementId/leases', {
      params: { engagementId: id },
    })
    expect(leases.every((lease) => lease.state === 'revoked')).toBe(true)
    await expect(move(cast.organizer, id, 'begin_reporting')).rejects.toMatchObject({ rule: 'GBT43741-4.2-07' })
    await stage.deps.database.kysely
      .updateTable('findings')
      .set({ state: 'invalid' })
      .where('engagement_id', '=', id)
      .where('state', 'in', ['submitted', 'initial_review'])
      .execute()
    await move(cast.organizer, id, 'begin_reporting')
    const report = await cast.organizer.call('POST /api/engagements/:engagementId/reports', {
      params: { engagementId: id },
      body: { kind: 'test', locale: 'en' },
    })
    const params = { engagementId: id, reportId: report.reportId }
    const response = await cast.organizer.fetch('POST /api/engagements/:engagementId/reports/:reportId/signature', {
      params,
      body: { version: 1 },
    })
    expect(response.status).toBe(409)
    const refusal = (await response.json()) as { rule: string; fields: { field: string }[] }
    expect(refusal.rule).toContain('5.3-TR')
    expect(refusal.fields.map((one) => one.field)).toContain('TR4')
    await expect(
      cast.organizer.call('POST /api/engagements/:engagementId/reports', {
        params: { engagementId: id },
        body: { kind: 'audit' },
      }),
    ).rejects.toMatchObject({ rule: 'ROLE-3' })
  })
})
