import { copyMarksIn } from '@zhongheng/contracts/records/copy-marks.ts'
import { createHash } from 'node:crypto'
import type { Post } from '@zhongheng/domain/access/actor.ts'
import { type Cast, assemble, inTesting, submittedFinding } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage, password } from '@zhongheng/testing/scenes/stage.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { move, record } from '@zhongheng/tools/demo/prepare.ts'
import { strFromU8, unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inWork } from '../../work/work.ts'
import { openEngagement } from '../engagements/reads.ts'
import { buildModel, reportRef } from './reports.ts'

/*
 * From the end of testing to acceptance, with one delivery that the demand side returns.
 */
let stage: Stage
let cast: Cast
let id: string
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  id = await inTesting(stage, cast)
  const findingId = await submittedFinding(stage, id, cast.tester)
  await cast.organizer.call('POST /api/engagements/:engagementId/findings/:findingId/moves', {
    params: { engagementId: id, findingId },
    body: { move: 'pass', version: 1, reason: '已复现，证据充分，转需求方。', severity: 'high', cites: '范围第 1 条' },
  })
})
afterAll(() => stage.close())

const texts = {
  test: {
    TR4: '商城整体防护薄弱：输入校验与访问控制缺失。',
    TR5: '漏洞集中在输入处理与访问控制两类，缺少统一组件。',
    TR8: '建议建立统一的数据访问层与鉴权中间件。',
  },
  audit: {
    AR4: '全量查看网关拒绝记录与停止令，逐一查看处理决定。',
    AR5: '测试活动均在授权范围与时间内进行，未发现违规。',
    OPINION: 'conforming',
  },
} as const
type Kind = keyof typeof texts
const begin = (person: Person, kind: Kind) =>
  person.call('POST /api/engagements/:engagementId/reports', { params: { engagementId: id }, body: { kind } })
async function colleague(of: Person, login: string, post: Post): Promise<Person> {
  const { link } = await of.call('POST /api/invitations', { body: { name: login, posts: [post] } })
  const token = new URL(link).hash.replace('#token=', '')
  await new Person(stage.base, login).fetch('POST /api/invitations/acceptance', { body: { token, login, password } })
  return Person.signIn(stage.base, login, password)
}
const at = (reportId: string) => ({ params: { engagementId: id, reportId } })
const write = (person: Person, report: { reportId: string; version: number }, sections: { [id: string]: string }) =>
  person.call('PATCH /api/engagements/:engagementId/reports/:reportId', {
    ...at(report.reportId),
    body: { sections, version: report.version },
  })
const sign = (person: Person, report: { reportId: string; version: number }) =>
  person.call('POST /api/engagements/:engagementId/reports/:reportId/signature', {
    ...at(report.reportId),
    body: { version: report.version },
  })
const writer = (kind: Kind) => (kind === 'test' ? cast.organizer : cast.auditor)
const whole = async (kind: Kind) => {
  const made = await begin(writer(kind), kind)
  return sign(writer(kind), await write(writer(kind), made, texts[kind]))
}

describe('reports', () => {
  it('are not written while testing goes on', async () => {
    await expect(begin(cast.organizer, 'test')).rejects.toMatchObject({ status: 409, rule: 'STATE-1' })
    await move(cast.organizer, id, 'end_early', '测试目标已经全部完成，提前结束。')
    await move(cast.organizer, id, 'begin_reporting')
    await stage.integrate()
  })
  it('belong to their authors: the audit report to the auditor, the test report to the organizer', async () => {
    for (const person of [cast.organizer, cast.demand])
      await expect(begin(person, 'audit')).rejects.toMatchObject({ status: 403, rule: 'ROLE-3' })
    for (const person of [cast.auditor, cast.demand])
      await expect(begin(person, 'test')).rejects.toMatchObject({ status: 403, rule: 'ROLE-3' })
    await expect(begin(cast.tester, 'test')).rejects.toMatchObject({ status: 403, rule: 'ROLE-1' })
  })
  it('exist once a kind, hide from the demand side while drafted, and take text only where people write', async () => {
    const made = await begin(cast.organizer, 'test')
    await expect(begin(cast.organizer2, 'test')).rejects.toMatchObject({ rule: 'REPORT-1' })
    expect(
      (await cast.demand.call('GET /api/engagements/:engagementId/reports', { params: { engagementId: id } })).reports,
    ).toEqual([])
    expect(
      (await cast.demand.fetch('GET /api/engagements/:engagementId/reports/:reportId', at(made.reportId))).status,
    ).toBe(404)
    await expect(write(cast.organizer, made, { TR1: '这一章由记录生成。' })).rejects.toMatchObject({ status: 422 })
    await expect(sign(cast.organizer, { ...made, version: 9 })).rejects.toMatchObject({
      status: 409,
      rule: 'VERSION-1',
    })
    await expect(write(cast.auditor, made, { TR4: '审计方不写这一份。' })).rejects.toMatchObject({ rule: 'ROLE-3' })
    const written = await write(cast.organizer, made, texts.test)
    const become = (state: 'window_closed' | 'reporting') =>
      stage.deps.database.kysely.updateTable('engagements').set({ state }).where('id', '=', id).execute()
    await become('window_closed')
    await expect(sign(cast.organizer, written), 'not yet').rejects.toMatchObject({ status: 409, rule: 'STATE-1' })
    await become('reporting')
    await expect(write(cast.organizer, made, texts.test)).rejects.toMatchObject({ status: 409, rule: 'VERSION-1' })
    await expect(sign(cast.organizer2, written), 'no signatory').rejects.toMatchObject({ status: 403, rule: 'SIGN-1' })
  })
  it('are written by those whose work they are, and by nobody who keeps rights or records', async () => {
    const [draft] = (
      await cast.organizer.call('GET /api/engagements/:engagementId/reports', { params: { engagementId: id } })
    ).reports
    if (!draft) throw new Error('the draft of before')
    for (const [of, kind, post] of [
      [cast.organizer, 'test', 'security_admin'],
      [cast.organizer, 'test', 'audit_admin'],
      [cast.auditor, 'audit', 'system_admin'],
    ] as const) {
      const somebody = await colleague(of, `${kind}-${post}`, post)
      expect(
        (await somebody.fetch('GET /api/engagements/:engagementId/reports/:reportId', at(draft.reportId))).status,
      ).toBe(200)
      const refused = { status: 403, rule: 'ROLE-1' }
      await expect(begin(somebody, kind), post).rejects.toMatchObject(refused)
      if (kind === 'test')
        await expect(write(somebody, draft, { TR4: '改写他人的结论。' }), post).rejects.toMatchObject(refused)
    }
  })
  it('as drafts say whose copy they are, in their properties and on the foot of each page', async () => {
    const [draft] = (
      await cast.organizer.call('GET /api/engagements/:engagementId/reports', { params: { engagementId: id } })
    ).reports
    const marksFor = async (person: Person) => {
      const file = await person.file('GET /api/engagements/:engagementId/reports/:reportId/file.docx', {
        params: { engagementId: id, reportId: draft?.reportId ?? '' },
      })
      const parts = Object.entries(unzipSync(file)).map(
        ([name, bytes]) => [name, copyMarksIn(strFromU8(bytes))] as const,
      )
      return parts.filter(([, codes]) => codes.length > 0)
    }
    const mine = await marksFor(cast.organizer2)
    expect(mine.map(([name]) => name.replace(/\d/, ''))).toEqual(['docProps/core.xml', 'word/footer.xml'])
    const codes = [...new Set(mine.flatMap(([, found]) => found))]
    expect(codes).toHaveLength(1)
    expect((await marksFor(cast.organizer))[0]?.[1]).not.toEqual(codes)
    const { copies } = await cast.organizer.call('POST /api/copies/trace', { body: { codes } })
    expect(copies).toMatchObject([{ personName: 'wu-cheng', what: 'document', subject: draft?.reportId }])
  })
  it('made twice at one ledger position are the same bytes', async () => {
    const [draft] = (
      await cast.organizer.call('GET /api/engagements/:engagementId/reports', { params: { engagementId: id } })
    ).reports
    const me = await cast.organizer.call('GET /api/me', {})
    const actor = { personId: me.personId, orgId: me.orgId, orgKind: me.orgKind, posts: me.posts, name: me.name }
    const anchor = {
      position: stage.deps.ledger.size(),
      root: stage.deps.ledger.root(),
      checkCode: 'TEST',
      verifyAt: 'http://x',
    }
    const moment = new Date('2026-03-12T00:00:00Z')
    const print = async (form: 'pdf' | 'docx') => {
      const model = await inWork(stage.deps, actor, async (work) => {
        const engagement = await openEngagement(work, id, 'report.read')
        const row = await reportRef.load(work, draft?.reportId ?? '', {
          params: {},
          on: { 'params.engagementId': engagement },
        })
        return buildModel(work, engagement, row, anchor, [], moment)
      })
      return createHash('sha256')
        .update(await stage.deps.documents[form](model))
        .digest('hex')
    }
    for (const form of ['pdf', 'docx'] as const) expect(await print(form), form).toBe(await print(form))
  })
  it('signed do not change any more, are downloaded as the bytes whose digests were entered, and count for delivery', async () => {
    const [draft] = (
      await cast.organizer.call('GET /api/engagements/:engagementId/reports', { params: { engagementId: id } })
    ).reports
    if (!draft) throw new Error('the draft of before')
    await expect(move(cast.organizer, id, 'deliver')).rejects.toMatchObject({ rule: 'GBT43741-5.3-01' })
    const signed = await sign(cast.organizer, draft)
    expect(signed).toMatchObject({
      state: 'signed',
      signedBy: 'zhou-heng',
      anchor: { position: stage.deps.ledger.size() },
    })
    await expect(write(cast.organizer, signed, texts.test)).rejects.toMatchObject({ status: 409, rule: 'REPORT-2' })
    await expect(sign(cast.organizer, signed)).rejects.toMatchObject({ status: 409, rule: 'REPORT-2' })
    const bytes = await cast.demand.file(
      'GET /api/engagements/:engagementId/reports/:reportId/file.pdf',
      at(signed.reportId),
    )
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(signed.sha256?.pdf)
    await whole('audit')
    await move(cast.organizer, id, 'deliver')
  })
})

describe('a delivery that the demand side returns', () => {
  it('needs a reason, keeps the signed reports readable and asks for both anew', async () => {
    await record(cast.demand, id, 'acceptance', { opinion: '先写下意见，随后发现附录有误。' })
    await move(cast.demand, id, 'return', '附录中的资产清单有误，请修正后再交付。')
    const { reports } = await cast.demand.call('GET /api/engagements/:engagementId/reports', {
      params: { engagementId: id },
    })
    expect(reports.map((one) => one.state)).toEqual(['superseded', 'superseded'])
    for (const one of reports)
      expect(
        (await cast.demand.fetch('GET /api/engagements/:engagementId/reports/:reportId/file.docx', at(one.reportId)))
          .status,
      ).toBe(200)
    await expect(move(cast.organizer, id, 'deliver')).rejects.toMatchObject({ rule: 'GBT43741-5.3-01' })
  })
  it('begins its second revision with the texts of the first, and is accepted with an opinion of its own', async () => {
    const again = await begin(cast.organizer, 'test')
    expect(again.revision).toBe(2)
    expect(again.sections.find((one) => one.sectionId === 'TR4')?.text).toBe(texts.test.TR4)
    await sign(cast.organizer, again)
    await whole('audit')
    await move(cast.organizer, id, 'deliver')
    await expect(move(cast.demand, id, 'accept'), 'the opinion of before does not count').rejects.toMatchObject({
      rule: 'GBT43741-5.3-02',
    })
    await record(cast.demand, id, 'acceptance', { opinion: '两份报告内容完整，同意验收。' })
    await move(cast.demand, id, 'accept')
  })
})

describe('the evidence pack', () => {
  it('is not for testers', async () => {
    const response = await cast.tester.fetch('GET /api/engagements/:engagementId/evidence.zip', {
      params: { engagementId: id },
    })
    expect([response.status, ((await response.json()) as { rule: string }).rule]).toEqual([403, 'ROLE-1'])
  })
  it('is refused as long as the recorder is away, with a way out and no half of a file', async () => {
    const response = await cast.auditor.fetch('GET /api/engagements/:engagementId/evidence.zip', {
      params: { engagementId: id },
    })
    expect(response.status).toBe(503)
    expect(response.headers.get('content-type')).toContain('application/problem+json')
  })
})

describe('the ledger over the API', () => {
  it('proves an entry that the reader may see, and hides others’ as absent', async () => {
    await stage.integrate()
    const { entries } = await cast.demand.call('GET /api/engagements/:engagementId/ledger', {
      params: { engagementId: id },
      query: { limit: 1 },
    })
    const index = entries[0]?.index ?? -1
    const proof = await cast.demand.call('GET /api/ledger/entries/:index/proof', { params: { index } })
    expect(proof.leaf).toBe(entries[0]?.leaf)
    expect(proof.size).toBe(stage.deps.ledger.size())
    const ask = async (at: number) => {
      const response = await cast.tester.fetch('GET /api/ledger/entries/:index/proof', { params: { index: at } })
      return { status: response.status, body: (await response.json()) as object }
    }
    expect(await ask(index)).toEqual(await ask(10_000_000))
    expect((await ask(index)).status).toBe(404)
  })
})
