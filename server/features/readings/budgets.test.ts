import { uploadFile } from '@zhongheng/testing/scenes/attached-files.ts'
import { type Cast, assemble, inTesting, submittedFinding } from '@zhongheng/testing/scenes/crowd-test.ts'
import { recordedTraffic } from '@zhongheng/testing/scenes/recorded-traffic.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultBudgets } from '@zhongheng/domain/audit/reading-budget.ts'

/* Two findings freely, four with a purpose; time goes as the test says. */
let stage: Stage
let cast: Cast
let engagementId: string
let findings: string[]
let exchanges: string[]
let ahead = 0
const hour = 3_600_000
beforeAll(async () => {
  stage = await openStage({
    clock: { now: () => new Date(Date.now() + ahead) },
    settings: {
      readingBudgets: {
        ...defaultBudgets,
        findings: { free: 2, most: 4 },
        unmasked: { free: 1, most: 2 },
        documents: { free: 1, most: 2 },
        files: { free: 1, most: 2 },
      },
      // The clock goes on by hours; logins stay.
      loginIdleMinutes: 1440,
      loginAbsoluteMinutes: 10_080,
    },
  })
  cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast)
  findings = []
  for (const _ of Array.from({ length: 6 })) findings.push(await submittedFinding(stage, engagementId, cast.tester))
  const side = Buffer.from('GET / HTTP/1.1\r\nHost: shop\r\n\r\n')
  const answer = Buffer.from('HTTP/1.1 204 No Content\r\n\r\n')
  exchanges = await recordedTraffic(stage, engagementId, cast.tester, [
    { request: side, response: answer },
    { request: side, response: answer },
  ])
}, 120_000)
afterAll(() => stage.close())

const at = (place: number): string => findings[place] ?? ''
const open = async (person: Person, findingId: string) => {
  const answer = await person.fetch('GET /api/engagements/:engagementId/findings/:findingId', {
    params: { engagementId, findingId },
  })
  const body = (await answer.json()) as { rule?: string; description?: string }
  return { status: answer.status, wait: answer.headers.get('retry-after'), rule: body.rule, body: body.description }
}
const statePurpose = (person: Person, purpose = '复核第二批漏洞，查找重复提交。') =>
  person.call('POST /api/engagements/:engagementId/reading-purposes', { params: { engagementId }, body: { purpose } })
const eventsOf = async (kind: string) =>
  (
    await stage.deps.database.kysely.selectFrom('events').selectAll().where('kind', '=', kind).orderBy('seq').execute()
  ).map((row) => ({ ...row, facts: (JSON.parse(row.leaf) as { facts: Record<string, unknown> }).facts }))

describe('the budget of readings', () => {
  it('refuses the third finding of an hour, says how long and why, and tells the parties', async () => {
    for (const place of [0, 1]) expect((await open(cast.auditor, at(place))).status).toBe(200)
    const reads = (await eventsOf('finding.read')).length
    const refused = await open(cast.auditor, at(2))
    expect(refused).toMatchObject({ status: 429, rule: 'READING-1', body: undefined })
    expect(Number(refused.wait)).toBeGreaterThan(3000)
    expect(await eventsOf('finding.read')).toHaveLength(reads)
    expect((await eventsOf('reading.refused')).at(-1)).toMatchObject({
      engagement_id: engagementId,
      audience: 'parties',
      facts: { rule: 'READING-1' },
    })
  })

  it('lets what was opened in this hour be read again', async () => {
    expect((await open(cast.auditor, at(0))).status).toBe(200)
  })

  it('counts for each person by themselves', async () => {
    expect((await open(cast.organizer2, at(2))).status).toBe(200)
  })

  it('goes on with a stated purpose, which the demand side reads in the record, and which is sealed', async () => {
    await statePurpose(cast.auditor, '抽查第三批漏洞 GEHEIM-88 的定级依据。')
    expect((await open(cast.auditor, at(2))).status).toBe(200)
    const { readings } = await cast.demand.call('GET /api/engagements/:engagementId/readings', {
      params: { engagementId },
    })
    expect(readings[0]).toMatchObject({ subject: at(2), purpose: '抽查第三批漏洞 GEHEIM-88 的定级依据。' })
    expect(readings[1]).toMatchObject({ purpose: null })
    const rows = await stage.deps.database.kysely.selectFrom('reading_purposes').selectAll().execute()
    expect(Buffer.concat(rows.map((row) => row.sealed_purpose)).includes('GEHEIM-88')).toBe(false)
    expect(JSON.stringify(await eventsOf('reading.purpose_stated'))).not.toContain('GEHEIM-88')
  })

  it('ends at the second limit, whatever the purpose', async () => {
    expect((await open(cast.auditor, at(3))).status).toBe(200)
    expect(await open(cast.auditor, at(4))).toMatchObject({ status: 429, rule: 'READING-2' })
    expect((await open(cast.auditor, at(3))).status).toBe(200)
  })

  it('an hour later both are new: nothing counts, and the purpose has to be said again', async () => {
    ahead = hour + 60_000
    for (const place of [0, 1]) expect((await open(cast.auditor, at(place))).status).toBe(200)
    expect(await open(cast.auditor, at(2))).toMatchObject({ status: 429, rule: 'READING-1' })
  })

  it('is not passed by asking for all at once', async () => {
    ahead = 3 * hour
    const answers = await Promise.all(findings.map((id) => open(cast.auditor, id)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2)
    expect(answers.filter(({ rule }) => rule === 'READING-1')).toHaveLength(4)
  })

  it('does not hold up an act: whoever decides gets the answer, and it counts', async () => {
    ahead = 5 * hour
    for (const place of [0, 1]) expect((await open(cast.organizer, at(place))).status).toBe(200)
    const { state } = await cast.organizer.call('POST /api/engagements/:engagementId/findings/:findingId/moves', {
      params: { engagementId, findingId: at(5) },
      body: { move: 'take_up', version: 1 },
    })
    expect(state).toBe('initial_review')
    expect((await open(cast.organizer, at(5))).status).toBe(200)
    expect((await open(cast.organizer, at(3))).status).toBe(429)
  })

  it('counts exchanges with nothing masked by themselves, the sides as they were sent among them', async () => {
    const [first = '', second = ''] = exchanges
    const fetch = async (key: 'unmasked' | 'request' | '', exchangeId: string) =>
      (
        await cast.organizer.fetch(
          `GET /api/engagements/:engagementId/exchanges/:exchangeId${key === '' ? '' : `/${key}`}` as 'GET /api/engagements/:engagementId/exchanges/:exchangeId',
          { params: { engagementId, exchangeId } },
        )
      ).status
    expect(await fetch('', first)).toBe(200)
    expect(await fetch('unmasked', first)).toBe(200)
    expect(await fetch('request', first)).toBe(200)
    expect(await fetch('request', second)).toBe(429)
    expect(await fetch('', second)).toBe(200)
  })

  it('counts letters, reports and packs together; asking beforehand says what the download would say', async () => {
    ahead = 7 * hour
    const { letters } = await cast.auditor.call('GET /api/engagements/:engagementId/letters', {
      params: { engagementId },
    })
    const letterId = letters[0]?.letterId ?? ''
    const letter = async (form: 'pdf' | 'docx') =>
      (
        await cast.auditor.fetch(`GET /api/engagements/:engagementId/letters/:letterId/file.${form}`, {
          params: { engagementId, letterId },
        })
      ).status
    const check = async (what: 'document' | 'pack', subject: string) => {
      const answer = await cast.auditor.fetch('GET /api/engagements/:engagementId/reading-check', {
        params: { engagementId },
        query: { what, subject },
      })
      return [answer.status, ((await answer.json()) as { rule?: string }).rule]
    }
    const evidence = async () => {
      const params = { engagementId }
      const answer = await cast.auditor.fetch('GET /api/engagements/:engagementId/evidence.zip', { params })
      await answer.arrayBuffer().catch(() => undefined)
      return answer.status
    }
    expect([await letter('pdf'), await letter('docx')]).toEqual([200, 200])
    const entered = (await eventsOf('pack.read')).length
    expect(await check('pack', engagementId)).toEqual([429, 'READING-1'])
    expect(await evidence()).toBe(429)
    expect(await eventsOf('pack.read')).toHaveLength(entered)
    expect(await check('document', letterId)).toEqual([200, undefined])
    await statePurpose(cast.auditor, '核对授权书与证据包是否一致。')
    expect(await check('pack', engagementId)).toEqual([200, undefined])
    await evidence()
    expect((await eventsOf('pack.read')).at(-1)?.facts).toMatchObject({
      kind: 'engagement',
      purpose: expect.stringMatching(/^\w+_/) as string,
    })
  })

  it('counts attached files, whether they are looked at or saved', async () => {
    ahead = 9 * hour
    const files: string[] = []
    for (const name of ['甲.txt', '乙.txt', '丙.txt'])
      files.push(await uploadFile(cast.tester, engagementId, name, Buffer.from(name)))
    await cast.tester.call('POST /api/engagements/:engagementId/findings/:findingId/comments', {
      params: { engagementId, findingId: at(0) },
      body: { audience: 'everyone', body: '附上文件', attachments: files },
    })
    const save = async (attachmentId = '') =>
      (
        await cast.auditor.fetch('POST /api/engagements/:engagementId/attachments/:attachmentId/links', {
          params: { engagementId, attachmentId },
        })
      ).status
    expect([await save(files[0]), await save(files[0]), await save(files[1])]).toEqual([201, 201, 429])
    await statePurpose(cast.auditor, '核对附件与漏洞描述是否一致。')
    expect([await save(files[1]), await save(files[2])]).toEqual([201, 429])
  })

  it('does not count a tester, who reads what they wrote themselves; and takes no purpose from them', async () => {
    for (const id of findings) expect((await open(cast.tester, id)).status).toBe(200)
    const answer = await cast.tester.fetch('POST /api/engagements/:engagementId/reading-purposes', {
      params: { engagementId },
      body: { purpose: '我想看看别人的漏洞。' },
    })
    expect(answer.status).toBe(403)
  })
})
