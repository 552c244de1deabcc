import { type Cast, assemble, inTesting, submittedFinding } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import type { Call } from '@zhongheng/contracts/http/index.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let stage: Stage
let ours: Cast
let theirs: Cast
let engagementId: string
let findingId: string
beforeAll(async () => {
  stage = await openStage()
  ours = await assemble(stage, 'a')
  theirs = await assemble(stage, 'b', ours)
  engagementId = await inTesting(stage, ours, '检索众测')
  findingId = await submittedFinding(stage, engagementId, ours.tester)
  await stage.integrate()
}, 120_000)
afterAll(() => stage.close())

const search = (person: Person, query: Partial<Call<'GET /api/ledger/entries'>['query']>) =>
  person.call('GET /api/ledger/entries', { query: { limit: 200, ...query } })

describe('searching the ledger’s entries', () => {
  it('finds what happened to one object, with words and place', async () => {
    const { entries } = await search(ours.organizer, { subject: findingId })
    expect(entries.length).toBeGreaterThan(0)
    for (const entry of entries) {
      expect(entry).toMatchObject({ subject: findingId, engagementId, index: expect.any(Number) as number })
      expect(entry.text.zh).not.toBe('')
    }
    expect(entries.map(({ kind }) => kind)).toContain('finding.submitted')
  })
  it('finds all of an engagement, by its id as subject or as filter, and one family of it', async () => {
    const [bySubject, byFilter] = [
      await search(ours.auditor, { subject: engagementId }),
      await search(ours.auditor, { engagementId }),
    ]
    expect(bySubject.entries).toEqual(byFilter.entries)
    const { entries } = await search(ours.auditor, { engagementId, family: 'lease' })
    expect(new Set(entries.map(({ kind }) => kind.split('.')[0]))).toEqual(new Set(['lease']))
  })
  it('finds one’s own acts', async () => {
    const me = await ours.tester.call('GET /api/me', {})
    const { entries } = await search(ours.tester, { mine: 'true' })
    expect(new Set(entries.map(({ actor }) => actor))).toEqual(new Set([me.personId]))
    expect((await search(ours.tester, { subject: me.personId })).entries.length).toBeGreaterThanOrEqual(entries.length)
  })
  it('goes through everything page by page, nothing twice', async () => {
    const all = (await search(ours.organizer, { engagementId })).entries.map(({ leaf }) => leaf)
    const found: string[] = []
    let after: string | undefined
    do {
      const page = await search(ours.organizer, { engagementId, limit: 7, ...(after === undefined ? {} : { after }) })
      found.push(...page.entries.map(({ leaf }) => leaf))
      after = page.next ?? undefined
    } while (after !== undefined)
    expect(found).toEqual(all)
  })
  it('shows nothing of others: a stranger’s search is as empty as one for nothing', async () => {
    for (const subject of [engagementId, findingId, `fnd_${'0'.repeat(26)}`])
      expect((await search(theirs.demand, { subject })).entries).toEqual([])
    expect((await search(theirs.auditor, { engagementId })).entries).toEqual([])
    const kinds = (await search(ours.tester2, { engagementId })).entries.map(({ kind }) => kind)
    expect(kinds).not.toContain('finding.submitted')
    await expect(search(ours.demand, { subject: "x' or 1=1" })).rejects.toMatchObject({ status: 400 })
  })
})
