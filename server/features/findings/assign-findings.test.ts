import { type Cast, assemble, inTesting, submittedFinding } from '@zhongheng/testing/scenes/crowd-test.ts'
import { inSystemWork } from '../../work/work.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const key = 'POST /api/findings/assignments'
let stage: Stage
let cast: Cast
/** Engagements of the same parties. */
let shop: string
let bank: string
/** One that the organizer's house gave to 周衡 alone. */
let vault: string
let ids: { organizer: string; organizer2: string; demand: string; tester: string }
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  shop = await inTesting(stage, cast)
  bank = await inTesting(stage, cast, '银行众测')
  vault = await inTesting(stage, cast, '金库众测')
  const id = async (person: Person): Promise<string> => (await person.call('GET /api/me', {})).personId
  ids = {
    organizer: await id(cast.organizer),
    organizer2: await id(cast.organizer2),
    demand: await id(cast.demand),
    tester: await id(cast.tester),
  }
  await cast.organizer.call('PUT /api/engagements/:engagementId/work-team', {
    params: { engagementId: vault },
    body: { grants: [{ personId: ids.organizer }], version: 0 },
  })
})
afterAll(() => stage.close())

type One = { engagementId: string; findingId: string; was: string | null }
const fresh = async (engagementId = shop): Promise<One> => ({
  engagementId,
  findingId: await submittedFinding(stage, engagementId, cast.tester),
  was: null,
})
const assign = async (
  person: Person,
  findings: readonly One[],
  to: string | null,
): Promise<Record<string, unknown>> => {
  const answer = await person.fetch(key, { body: { findings: [...findings], to } })
  return { status: answer.status, ...((await answer.json()) as object) }
}
const assigneeSeen = async (person: Person, { engagementId, findingId }: One): Promise<string | null> => {
  const { findings } = await person.call('GET /api/findings', { query: { engagementId, view: 'all', limit: 100 } })
  return findings.find((one) => one.findingId === findingId)?.assignee?.personId ?? null
}
const settle = async ({ engagementId, findingId }: One): Promise<void> => {
  const params = { engagementId, findingId }
  const { version } = await cast.organizer.call('GET /api/engagements/:engagementId/findings/:findingId', { params })
  await cast.organizer.call('POST /api/engagements/:engagementId/findings/:findingId/moves', {
    params,
    body: {
      move: 'invalidate',
      version,
      reason: '按所述步骤无法复现该问题。',
      reasonCode: 'not_a_flaw',
      cites: '授权范围第 1 条',
    },
  })
}

describe('naming who takes care of findings', () => {
  it('names a colleague for findings of several engagements at once; the list and the page say so', async () => {
    const [one, other] = [await fresh(), await fresh(bank)]
    expect(await assign(cast.organizer, [one, other], ids.organizer2)).toMatchObject({ status: 200, assigned: 2 })
    expect(await assigneeSeen(cast.organizer, one)).toBe(ids.organizer2)
    expect(await assigneeSeen(cast.organizer2, other)).toBe(ids.organizer2)
    const page = await cast.organizer.call('GET /api/engagements/:engagementId/findings/:findingId', {
      params: { engagementId: one.engagementId, findingId: one.findingId },
    })
    expect(page).toMatchObject({ assignee: { personId: ids.organizer2 }, assignable: true })
  })

  it('is a matter of one house: the demand side, testers and auditor see nothing of it', async () => {
    const one = await fresh()
    await assign(cast.organizer, [one], ids.organizer)
    for (const person of [cast.demand, cast.tester, cast.auditor]) expect(await assigneeSeen(person, one)).toBeNull()
    const { events } = await cast.auditor.call('GET /api/engagements/:engagementId/timeline', {
      params: { engagementId: shop },
      query: { limit: 200 },
    })
    expect(events.filter(({ kind }) => kind === 'finding.assigned')).toEqual([])
  })

  it('lists what I take care of, and what nobody does', async () => {
    const [mine, nobodys] = [await fresh(bank), await fresh(bank)]
    await assign(cast.organizer, [mine], ids.organizer)
    const listed = async (assignee: 'me' | 'nobody'): Promise<string[]> => {
      const query = { engagementId: bank, view: 'all', assignee, limit: 100 } as const
      return (await cast.organizer.call('GET /api/findings', { query })).findings.map(({ findingId }) => findingId)
    }
    expect(await listed('me')).toContain(mine.findingId)
    expect(await listed('me')).not.toContain(nobodys.findingId)
    expect(await listed('nobody')).toContain(nobodys.findingId)
    expect(await listed('nobody')).not.toContain(mine.findingId)
  })

  it('names another, and nobody any more, by whoever saw who is named now', async () => {
    const one = await fresh()
    await assign(cast.organizer, [one], ids.organizer)
    expect(await assign(cast.organizer2, [one], ids.organizer2)).toMatchObject({ status: 409, rule: 'ASSIGN-3' })
    const seen = { ...one, was: ids.organizer }
    expect(await assign(cast.organizer2, [seen], ids.organizer2)).toMatchObject({ assigned: 1 })
    expect(await assign(cast.organizer2, [{ ...one, was: ids.organizer2 }], null)).toMatchObject({ assigned: 1 })
    expect(await assigneeSeen(cast.organizer, one)).toBeNull()
  })

  it('tells whoever is named, and not who named themselves', async () => {
    const one = await fresh()
    const told = async (person: Person): Promise<number> => {
      const { notices } = await person.call('GET /api/notices', { query: { limit: 100 } })
      return notices.filter(({ kind, read }) => kind === 'finding_assigned' && !read).length
    }
    const before = [await told(cast.organizer), await told(cast.organizer2)]
    await assign(cast.organizer, [one], ids.organizer)
    await assign(cast.organizer, [{ ...one, was: ids.organizer }], ids.organizer2)
    expect([await told(cast.organizer), await told(cast.organizer2)]).toEqual([before[0], (before[1] ?? 0) + 1])
  })

  it('stands in the ledger for each finding that changed, and for no other', async () => {
    const [one, other] = [await fresh(), await fresh()]
    await assign(cast.organizer, [one], ids.organizer)
    expect(await assign(cast.organizer, [{ ...one, was: ids.organizer }, other], ids.organizer)).toMatchObject({
      assigned: 1,
    })
    const events = await inSystemWork(stage.deps, (work) =>
      work.db
        .selectFrom('events')
        .select('subject')
        .where('kind', '=', 'finding.assigned')
        .where('subject', 'in', [one.findingId, other.findingId])
        .execute(),
    )
    expect(new Set(events.map(({ subject }) => subject))).toEqual(new Set([one.findingId, other.findingId]))
    expect(events).toHaveLength(2)
  })
})

describe('is refused', () => {
  it('PUB-AC-06: as a whole when one of twenty findings is of a project that is not mine, wherever it stands', async () => {
    const own: One[] = []
    while (own.length < 19) own.push(await fresh())
    const strange = await fresh(vault)
    // Under its own project, and under mine.
    for (const place of [0, 10, 19])
      for (const engagementId of [vault, shop]) {
        const twenty = own.toSpliced(place, 0, { ...strange, engagementId })
        expect(await assign(cast.organizer2, twenty, ids.organizer2)).toMatchObject({ status: 404 })
      }
    const { findings } = await cast.organizer.call('GET /api/findings', {
      query: { engagementId: shop, view: 'all', limit: 100 },
    })
    for (const { findingId } of own) expect(findings.find((one) => one.findingId === findingId)?.assignee).toBeNull()
    expect(await assign(cast.organizer2, own, ids.organizer2)).toMatchObject({ assigned: 19 })
  })

  it('PUB-AC-03: when a finding of mine is named with another project, and it stays where it is', async () => {
    const one = await fresh()
    expect(await assign(cast.organizer, [{ ...one, engagementId: bank }], ids.organizer)).toMatchObject({ status: 404 })
    expect(await assigneeSeen(cast.organizer, one)).toBeNull()
    expect(await assigneeSeen(cast.organizer, { ...one, engagementId: bank })).toBeNull()
  })

  it('as a whole for one that is settled, by its number', async () => {
    const [open, settled] = [await fresh(), await fresh()]
    await settle(settled)
    expect(await assign(cast.organizer, [open, settled], ids.organizer)).toMatchObject({
      status: 409,
      rule: 'ASSIGN-2',
      fields: [{ field: 'body.findings' }],
    })
    expect(await assigneeSeen(cast.organizer, open)).toBeNull()
  })

  it.each([
    ['a tester', () => ids.tester],
    ['somebody of the other side', () => ids.demand],
    ['nobody known', () => 'per_0123456789abcdefghjkmnpqrs'],
  ])('to %s, who cannot act for this house', async (_name, to) => {
    const one = await fresh()
    expect(await assign(cast.organizer, [one], to())).toMatchObject({ status: 422, rule: 'ASSIGN-1' })
  })

  it('to a colleague to whom the house did not give one of the engagements', async () => {
    const [one, other] = [await fresh(), await fresh(vault)]
    expect(await assign(cast.organizer, [one, other], ids.organizer2)).toMatchObject({ status: 422, rule: 'ASSIGN-1' })
    expect(await assign(cast.organizer, [one, other], ids.organizer)).toMatchObject({ assigned: 2 })
  })

  it.each([
    ['a tester', () => cast.tester, 403],
    ['the auditor', () => cast.auditor, 403],
    // What was not passed on is not there for the demand side.
    ['the demand side', () => cast.demand, 404],
  ])('by %s', async (_name, who, status) => {
    const one = await fresh()
    expect(await assign(who(), [one], ids.organizer)).toMatchObject({ status })
  })

  it('when a finding is named twice', async () => {
    const one = await fresh()
    expect(await assign(cast.organizer, [one, one], ids.organizer)).toMatchObject({
      status: 422,
      fields: [{ field: 'body.findings' }],
    })
  })
})
