import { clockAt, hours } from '@zhongheng/domain/shared/clock.ts'
import type { Post } from '@zhongheng/domain/access/actor.ts'
import { urgencyOf } from '@zhongheng/domain/audit/checkpoints.ts'
import { type Cast, assemble, findingDraft, inTesting, submittedFinding } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage, password } from '@zhongheng/testing/scenes/stage.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/* Wu Cheng reviews findings for the organizer and reads what nobody asked them to read. */
const clock = clockAt(new Date().toISOString())
let stage: Stage
let cast: Cast
let theirs: Cast
let wu: Person
/** Security administrator of the platform’s house, and its audit administrator; neither works on findings. */
let an: Person
let shen: Person
let engagementId: string
let real: string
let decoy: Awaited<ReturnType<typeof place>>
beforeAll(async () => {
  stage = await openStage({ clock, settings: { loginIdleMinutes: 10_080, loginAbsoluteMinutes: 10_080 } })
  cast = await assemble(stage, 'a')
  theirs = await assemble(stage, 'b', cast)
  wu = cast.organizer2
  an = await colleague('an-guan', ['security_admin'])
  shen = await colleague('shen-ji', ['audit_admin'])
  engagementId = await inTesting(stage, cast)
  real = await submittedFinding(stage, engagementId, cast.tester)
  clock.advance(1000)
}, 120_000)
afterAll(() => stage.close())

/** Somebody else of the platform’s house. */
async function colleague(login: string, posts: Post[]): Promise<Person> {
  const { link } = await cast.organizer.call('POST /api/invitations', { body: { name: login, posts } })
  const token = new URL(link).hash.replace('#token=', '')
  await new Person(stage.base, login).fetch('POST /api/invitations/acceptance', { body: { token, login, password } })
  return Person.signIn(stage.base, login, password)
}
const at = (id = engagementId) => ({ params: { engagementId: id } })
const words = async () => {
  const { cites: _cites, cvssVector: _vector, ...text } = findingDraft(stage, [])
  return { ...text, title: '管理后台存在默认口令', note: '观察谁翻阅已关闭的高危漏洞。' }
}
const testerId = async (): Promise<string> => (await cast.tester.call('GET /api/me', {})).personId
const place = async (who: Person = an, more: object = {}) =>
  who.call('POST /api/engagements/:engagementId/decoys', {
    ...at(),
    body: { ...(await words()), testerId: await testerId(), settleHours: 0, ...more },
  })
const opens = (who: Person, findingId: string) =>
  who.fetch('GET /api/engagements/:engagementId/findings/:findingId', { params: { engagementId, findingId } })
const reads = (who: Person, findingId: string) =>
  who.call('GET /api/engagements/:engagementId/findings/:findingId', { params: { engagementId, findingId } })
const openings = async (who: Person) =>
  (await who.call('GET /api/engagements/:engagementId/decoy-openings', at())).openings
/** Who came upon a decoy while this went on. */
const metBy = async (task: () => Promise<unknown>) => {
  const before = new Set((await openings(cast.auditor)).map((one) => one.eventId))
  await task()
  return (await openings(cast.auditor)).filter((one) => !before.has(one.eventId))
}
const ruleOf = async (answer: Response) => [answer.status, ((await answer.json()) as { rule?: string }).rule]
const told = async (who: Person) =>
  (await who.call('GET /api/notices', {})).notices.filter(({ kind }) => kind === 'decoy_opened')
const inbox = async (who: Person, query: object = {}) => who.call('GET /api/findings', { query })

describe('placing a decoy', () => {
  it('is for security administrators of the organizer and the auditor; of others nobody learns that there are any', async () => {
    for (const person of [wu, shen, cast.demand, cast.tester])
      await expect(place(person)).rejects.toMatchObject({ status: 403, rule: 'ROLE-1' })
    for (const person of [theirs.demand, theirs.auditor, theirs.tester])
      await expect(place(person)).rejects.toMatchObject({ status: 404 })
    for (const person of [wu, cast.demand, cast.tester])
      expect((await person.fetch('GET /api/engagements/:engagementId/decoys', at())).status).toBe(403)
  })
  it('names a tester who could have found it, on an asset of the scope, of a kind that exists', async () => {
    const { personId: stranger } = await theirs.tester.call('GET /api/me', {})
    for (const testerId of [stranger, (await cast.demand.call('GET /api/me', {})).personId])
      await expect(place(an, { testerId })).rejects.toMatchObject({ status: 422, rule: 'DECOY-2' })
    await expect(place(an, { asset: 'https://elsewhere.example/' })).rejects.toMatchObject({ rule: 'ASSET-1' })
    await expect(place(an, { cwe: 'CWE-99999' })).rejects.toMatchObject({ status: 422 })
  })
  it('keeps words and reason sealed, and enters neither its id nor its engagement', async () => {
    decoy = await place()
    const rows = await stage.deps.database.kysely.selectFrom('decoys').selectAll().execute()
    const bytes = Buffer.concat(rows.flatMap((row) => [row.sealed_title, row.sealed_body, row.sealed_note]))
    for (const text of ['默认口令', '搜索参数', '翻阅']) expect(bytes.includes(text), text).toBe(false)
    const [entry] = await stage.deps.database.kysely
      .selectFrom('events')
      .select(['engagement_id', 'subject', 'leaf'])
      .where('kind', '=', 'decoy.placed')
      .execute()
    expect(entry).toMatchObject({ engagement_id: null, subject: null })
    for (const id of [decoy.findingId, engagementId]) expect(entry?.leaf).not.toContain(id)
  })
  it('waits as long as was said before it shows, so that none is closed in the moment of its submission', async () => {
    const later = await place(an, { settleHours: 5, title: '稍后出现的诱饵' })
    const ids = async () => (await inbox(wu)).findings.map((one) => one.findingId)
    expect(await ids()).not.toContain(later.findingId)
    expect((await opens(wu, later.findingId)).status).toBe(404)
    clock.advance(hours(5) + 1000)
    expect(await ids()).toContain(later.findingId)
    const { version } = later
    const params = { engagementId, findingId: later.findingId }
    await an.call('POST /api/engagements/:engagementId/decoys/:findingId/removal', { params, body: { version } })
    // Naming one before it shows tells as well; that was this test's own doing.
    await stage.deps.database.kysely.deleteFrom('decoy_openings').execute()
    await stage.deps.database.kysely.deleteFrom('notices').where('kind', '=', 'decoy_opened').execute()
  })
})

describe('a decoy in lists', () => {
  it('has a row like any other, a number in the same line and an id of the same form', async () => {
    const { findings, views } = await inbox(wu)
    const [row, other] = [decoy.findingId, real].map((id) => findings.find((one) => one.findingId === id))
    expect(Object.keys(row ?? {})).toEqual(Object.keys(other ?? {}))
    expect(row).toMatchObject({
      title: '管理后台存在默认口令',
      state: 'closed',
      citations: 1,
      testerName: other?.testerName,
      waitsForMe: false,
      assignee: null,
      assignable: false,
    })
    expect(row?.number).toMatch(/-F002$/)
    // What the list shows is what the number beside the view says.
    for (const view of ['all', 'closed'] as const)
      expect((await inbox(wu, { view })).findings).toHaveLength(views.find((one) => one.view === view)?.count ?? -1)
    const page = await wu.call('GET /api/engagements/:engagementId', at())
    expect(page.counts.findings).toBe(findings.filter((one) => one.engagementId === engagementId).length)
  })
  it('keeps its place when a list is leafed through, and answers to the filters that a closed finding answers to', async () => {
    const first = await inbox(wu, { limit: 1 })
    const second = await inbox(wu, { limit: 1, after: first.next })
    expect([...first.findings, ...second.findings].map((one) => one.findingId)).toEqual([decoy.findingId, real])
    const found = async (query: object) => (await inbox(wu, query)).findings.map((one) => one.findingId)
    expect(await found({ view: 'closed', severity: 'high', engagementId })).toEqual([decoy.findingId])
    for (const query of [{ view: 'mine' }, { severity: 'low' }, { state: 'fixed' }])
      expect(await found(query)).not.toContain(decoy.findingId)
  })
  it('is found by whoever searches', async () => {
    const search = async (who: Person) =>
      (await who.call('POST /api/findings/search', { body: { words: '默认口令' } })).findings.map(
        (one) => one.findingId,
      )
    expect(await search(wu)).toEqual([decoy.findingId])
    for (const person of [cast.demand, cast.tester, cast.tester2, cast.auditor, theirs.demand])
      expect(await search(person)).toEqual([])
  })
  it('stands in no list of a tester, the demand side, the auditor or another engagement', async () => {
    for (const person of [cast.demand, cast.tester, cast.tester2, cast.auditor, theirs.demand, theirs.tester]) {
      const { findings, views } = await inbox(person)
      expect(JSON.stringify(findings)).not.toContain(decoy.findingId)
      expect(views.find((one) => one.view === 'closed')?.count).toBe(0)
    }
    expect((await cast.tester.call('GET /api/engagements/:engagementId', at())).counts.findings).toBe(1)
  })
  it('is counted nowhere else: not in exports, packs, directories and what waits', async () => {
    const list = await (await wu.fetch('GET /api/engagements/:engagementId/findings.csv', at())).text()
    expect(list).toContain('-F001')
    expect(list).not.toContain('-F002')
    expect(JSON.stringify(await wu.call('GET /api/home', {}))).not.toContain(decoy.findingId)
    await expect(
      cast.organizer.call('POST /api/engagements/:engagementId/packs', {
        ...at(),
        body: { kind: 'finding', findingId: decoy.findingId, redaction: 'secrets' } as never,
      }),
    ).rejects.toMatchObject({ status: 404 })
  })
})

describe('whoever opens a decoy', () => {
  it('sees a page like any other, under the same budget, entry and mark', async () => {
    clock.advance(1000)
    const [page, other] = [await reads(wu, decoy.findingId), await reads(wu, real)]
    expect(Object.keys(page).toSorted()).toEqual(Object.keys(other).toSorted())
    expect(page).toMatchObject({
      title: '管理后台存在默认口令',
      state: 'closed',
      moves: [],
      decisions: [],
      comments: [],
    })
    expect(page.evidence).toHaveLength(1)
    expect(page.may).toEqual(other.may)
    expect(page.letterNumber).toBe(other.letterNumber)
    const { readings } = await wu.call('GET /api/engagements/:engagementId/readings', {
      ...at(),
      query: { code: page.mark.code },
    })
    expect(readings).toMatchObject([{ what: 'finding', subject: decoy.findingId, label: decoy.number }])
  })
  it('is told of at once to the demand side, the auditor and the administrators, and not to themselves', async () => {
    expect(await openings(cast.demand)).toMatchObject([
      { way: 'opened', personName: 'wu-cheng', role: 'organizer', number: decoy.number },
      { way: 'named', personName: 'zhou-heng' },
    ])
    for (const person of [cast.demand, cast.auditor, an, shen]) expect(await told(person)).toHaveLength(1)
    for (const person of [wu, cast.tester, theirs.demand]) expect(await told(person)).toEqual([])
    expect(urgencyOf('decoy.opened', {})).toBe('reveal')
  })
  it('finds no trace of that: not in the ledger, the timeline, their own entries, nor by asking for the openings', async () => {
    for (const query of [{}, { mine: 'true' as const }, { subject: real }]) {
      const { entries } = await wu.call('GET /api/ledger/entries', { query: { limit: 200, ...query } })
      expect(entries.filter((one) => one.kind.startsWith('decoy.'))).toEqual([])
    }
    const timeline = JSON.stringify(await wu.call('GET /api/engagements/:engagementId/timeline', at()))
    expect(timeline).not.toContain('decoy')
    expect((await wu.fetch('GET /api/engagements/:engagementId/decoy-openings', at())).status).toBe(403)
    // Nor does an administrator read of their own.
    expect(
      (await shen.call('GET /api/administration-record', { query: { area: 'decoys' } })).entries.map((one) => one.kind),
    ).toContain('decoy.opened')
    const { entries } = await cast.organizer.call('GET /api/administration-record', { query: { area: 'decoys' } })
    expect(entries.filter((one) => one.kind === 'decoy.opened').map((one) => one.by?.name)).not.toContain('zhou-heng')
  })
  it('leaves no decoy entry in what an evidence pack is made of', async () => {
    const rows = await stage.deps.database.kysely
      .selectFrom('events')
      .select('kind')
      .where('engagement_id', '=', engagementId)
      .execute()
    expect(rows.filter((one) => one.kind.startsWith('decoy.'))).toEqual([])
  })
  it('also tells by naming it: in a move, a comment, as an original, in the ledger', async () => {
    const params = { engagementId, findingId: decoy.findingId }
    const tries: [string, object][] = [
      [
        'POST /api/engagements/:engagementId/findings/:findingId/moves',
        { params, body: { move: 'take_up', version: 1 } },
      ],
      [
        'POST /api/engagements/:engagementId/findings/:findingId/comments',
        { params, body: { audience: 'internal', body: '这条是谁提交的？' } },
      ],
      [
        'POST /api/engagements/:engagementId/findings/:findingId/moves',
        {
          params: { ...params, findingId: real },
          body: { move: 'mark_duplicate', version: 1, duplicateOf: decoy.findingId },
        },
      ],
    ]
    const found = await metBy(async () => {
      for (const [key, input] of tries) expect((await wu.fetch(key, input)).status, key).toBe(404)
      await wu.call('GET /api/ledger/entries', { query: { subject: decoy.findingId } })
    })
    expect(found).toHaveLength(4)
    for (const one of found) expect(one).toMatchObject({ way: 'named', personName: 'wu-cheng' })
  })
  it('tells when the id reached somebody who could not have it from a list', async () => {
    const found = await metBy(async () => {
      for (const person of [cast.demand, cast.tester, theirs.tester])
        expect((await opens(person, decoy.findingId)).status).toBe(404)
    })
    // Somebody of no side here stays without a name, as everywhere.
    expect(new Set(found.map((one) => `${one.role} ${one.personName}`))).toEqual(
      new Set(['demand lin-a', 'tester chen-a', 'null ']),
    )
    const { entries } = await cast.tester.call('GET /api/ledger/entries', { query: { mine: 'true', limit: 200 } })
    expect(entries.filter((one) => one.kind.startsWith('decoy.'))).toEqual([])
  })
  it('is assigned to nobody, as a finding that is settled, and tells', async () => {
    const { personId } = await wu.call('GET /api/me', {})
    const assign = (findingId: string): Promise<Response> =>
      wu.fetch('POST /api/findings/assignments', {
        body: { findings: [{ engagementId, findingId, was: null }], to: personId },
      })
    const found = await metBy(async () => {
      expect(await ruleOf(await assign(decoy.findingId))).toEqual([409, 'ASSIGN-2'])
    })
    expect(found).toMatchObject([{ way: 'named', personName: 'wu-cheng' }])
    const row = (await inbox(wu, { view: 'closed' })).findings.find((one) => one.findingId === decoy.findingId)
    expect(row).toMatchObject({ assignee: null, assignable: false })
  })
  it('tells of an administrator, too, who may read none and tries', async () => {
    const found = await metBy(async () =>
      expect(await ruleOf(await opens(an, decoy.findingId))).toEqual([403, 'ROLE-1']),
    )
    expect(found).toMatchObject([{ way: 'named', personName: 'an-guan' }])
  })
})

describe('which findings are decoys', () => {
  it('is seen by the administrators of the house that placed them, and by the auditor for all', async () => {
    const fang = await place(cast.auditor, { title: '审计方放置的诱饵' })
    const list = async (who: Person) => (await who.call('GET /api/engagements/:engagementId/decoys', at())).decoys
    for (const person of [an, shen])
      expect((await list(person)).map((one) => one.findingId)).not.toContain(fang.findingId)
    expect((await list(cast.auditor)).map((one) => [one.findingId, one.own])).toEqual(
      expect.arrayContaining([
        [fang.findingId, true],
        [decoy.findingId, false],
      ]),
    )
    expect((await list(shen)).find((one) => one.findingId === decoy.findingId)).toMatchObject({
      note: '观察谁翻阅已关闭的高危漏洞。',
      own: true,
      testerName: 'chen-a',
    })
    // The organizer's own security administrators meet it as everybody does.
    expect((await inbox(an)).findings.map((one) => one.findingId)).toContain(fang.findingId)
    const params = { engagementId, findingId: fang.findingId }
    const body = { version: fang.version }
    const removal = 'POST /api/engagements/:engagementId/decoys/:findingId/removal'
    expect((await an.fetch(removal, { params, body })).status).toBe(404)
    expect((await cast.auditor.fetch(removal, { params, body })).status).toBe(200)
  })
  it('may be said otherwise, in the version that was read, and each change is entered', async () => {
    const params = { engagementId, findingId: decoy.findingId }
    const change = async (version: number) =>
      an.call('PUT /api/engagements/:engagementId/decoys/:findingId', {
        params,
        body: { ...(await words()), title: '支付回调可伪造签名', severity: 'critical', version },
      })
    expect(await change(decoy.version)).toMatchObject({ title: '支付回调可伪造签名', version: 2 })
    await expect(change(decoy.version)).rejects.toMatchObject({ rule: 'VERSION-1' })
    const { findings } = await wu.call('POST /api/findings/search', { body: { words: '伪造签名' } })
    expect(findings).toMatchObject([{ findingId: decoy.findingId, severity: 'critical' }])
    const { entries } = await shen.call('GET /api/administration-record', { query: { area: 'decoys' } })
    expect(entries.map((one) => one.kind)).toContain('decoy.changed')
  })
  it('ends with its removal: it shows nowhere, stays on record, and naming it still tells', async () => {
    const params = { engagementId, findingId: decoy.findingId }
    const removal = 'POST /api/engagements/:engagementId/decoys/:findingId/removal'
    expect(await ruleOf(await an.fetch(removal, { params, body: { version: 1 } }))).toEqual([409, 'VERSION-1'])
    expect(await an.call(removal, { params, body: { version: 2 } })).toMatchObject({ removed: { by: 'an-guan' } })
    expect(await ruleOf(await an.fetch(removal, { params, body: { version: 3 } }))).toEqual([409, 'DECOY-4'])
    const changed = an.fetch('PUT /api/engagements/:engagementId/decoys/:findingId', {
      params,
      body: { ...(await words()), version: 3 },
    })
    expect(await ruleOf(await changed)).toEqual([409, 'DECOY-4'])
    expect(JSON.stringify(await inbox(wu))).not.toContain(decoy.findingId)
    const before = (await openings(cast.demand)).length
    expect((await opens(wu, decoy.findingId)).status).toBe(404)
    expect(await openings(cast.demand)).toHaveLength(before + 1)
  })
  it('stays within what one engagement holds', async () => {
    for (let count = 0; count < 20; count++) await place(an, { title: `诱饵 ${count}` })
    await expect(place()).rejects.toMatchObject({ status: 409, rule: 'DECOY-3' })
  })
})

describe('a decoy of the whole house', () => {
  /** Whom the house gives the engagement to; nobody in particular is everybody. */
  const give = async (...personIds: string[]) => {
    const { version } = await cast.organizer.call('GET /api/engagements/:engagementId/work-team', at())
    await cast.organizer.call('PUT /api/engagements/:engagementId/work-team', {
      ...at(),
      body: { grants: personIds.map((personId) => ({ personId })), version },
    })
  }
  const idOf = async (who: Person): Promise<string> => (await who.call('GET /api/me', {})).personId
  let bait: Awaited<ReturnType<typeof place>>
  beforeAll(async () => {
    bait = await place(cast.auditor, { title: '备份接口未设访问控制' })
    clock.advance(1000)
  })

  it('stands in the list of everybody who works there, in whatever post, and counts for each', async () => {
    for (const person of [cast.organizer, wu, an]) {
      const { findings, views } = await inbox(person, { engagementId, view: 'closed' })
      expect(findings.map((one) => one.findingId)).toContain(bait.findingId)
      expect(views.find((one) => one.view === 'closed')?.count).toBe(findings.length)
    }
  })
  it('is gone with the engagement for those whom it is taken from, and what they try with its id still tells', async () => {
    await give(await idOf(wu))
    const ids = async (who: Person) => (await inbox(who)).findings.map((one) => one.findingId)
    expect(await ids(wu)).toContain(bait.findingId)
    for (const person of [an, shen]) {
      expect(await ids(person)).not.toContain(bait.findingId)
      expect((await person.fetch('GET /api/engagements/:engagementId/decoys', at())).status).toBe(404)
    }
    const found = await metBy(async () => expect((await opens(an, bait.findingId)).status).toBe(404))
    expect(found).toMatchObject([{ way: 'named', personName: 'an-guan', number: bait.number }])
    await give()
    expect(await ids(an)).toContain(bait.findingId)
  })
})

describe('emergency access that opens a decoy', () => {
  it('reads it as any finding, under both records, and tells whoever a decoy tells', async () => {
    const bait = await place(cast.auditor, { title: '紧急访问时的诱饵' })
    clock.advance(1000)
    const { version } = await cast.organizer.call('GET /api/two-person-rules', {})
    await cast.organizer.call('PUT /api/two-person-rules', {
      body: { members: true, exports: false, disposals: false, version },
    })
    const act = { kind: 'break_glass', engagementId, minutes: 30 } as const
    const asked = await an.call('POST /api/approvals', { body: { act, purpose: '漏洞正被在野利用，运营人员失联。' } })
    await cast.organizer.call('POST /api/approvals/:approvalId/decision', {
      params: { approvalId: asked.approvalId },
      body: { verdict: 'approved', digest: asked.digest, reason: '已电话核实。' },
    })
    expect((await opens(an, bait.findingId)).status).toBe(403)
    const { breakGlassId } = await an.call('POST /api/engagements/:engagementId/break-glass', {
      ...at(),
      body: { minutes: 30 },
    })
    const found = await metBy(async () => {
      const [page, other] = [await reads(an, bait.findingId), await reads(an, real)]
      expect(Object.keys(page).toSorted()).toEqual(Object.keys(other).toSorted())
      expect(page).toMatchObject({ title: '紧急访问时的诱饵', moves: [] })
    })
    expect(found).toMatchObject([{ way: 'opened', personName: 'an-guan', role: 'organizer', number: bait.number }])
    // The demand side sees it as one of the readings under that access, and as what it is.
    const { accesses } = await cast.demand.call('GET /api/engagements/:engagementId/break-glass', at())
    expect(accesses.find((one) => one.breakGlassId === breakGlassId)).toMatchObject({ open: true, readings: 2 })
    const entries = await stage.deps.database.kysely
      .selectFrom('events')
      .select('leaf')
      .where('kind', '=', 'finding.read')
      .where('subject', '=', bait.findingId)
      .execute()
    expect(entries.map((one) => JSON.parse(one.leaf) as object)).toMatchObject([{ facts: { breakGlassId } }])
    expect((await openings(cast.demand))[0]).toMatchObject({ personName: 'an-guan', number: bait.number })
    // And who opened it reads nothing of that.
    for (const query of [{ mine: 'true' as const }, { subject: real }]) {
      const answer = await an.call('GET /api/ledger/entries', { query: { limit: 200, ...query } })
      expect(answer.entries.filter((one) => one.kind === 'decoy.opened')).toEqual([])
    }
  })
})
