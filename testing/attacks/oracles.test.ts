import { randomBytes } from 'node:crypto'
import { makeId, type IdKind } from '@zhongheng/domain/shared/ids.ts'
import { unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demandDraft, findingDraft, recordedExchange, submittedFinding } from '../scenes/crowd-test.ts'
import { type TwoEngagements, canary, endpointOf, listKeys, openTwoEngagements, readingKeys, seenBy } from './scene.ts'

/* What must not be told by a yes, a no, a count or a date. */
let scene: TwoEngagements
beforeAll(async () => {
  scene = await openTwoEngagements()
})
afterAll(() => scene.stage.close())

const ours = (kind: string): string => scene.ourIds[kind] ?? makeId(kind as IdKind, new Date(), randomBytes(10))

describe('a list', () => {
  const hidden = ['sealed_body', 'password_hash', 'wrapped_key', 'internal_note', 'owner.resetToken', 'person.login']
  const invented = ['no_such_field', 'xyzzy', 'a.b.c']
  const question = (field: string): string[] => [
    `filter[${field}][startsWith]`,
    `filter[${field.replaceAll('.', '][')}][$gt]`,
    `where.${field}`,
    `${field}_like`,
  ]
  it.each(listKeys)(
    'PUB-OR-01: %s cannot be asked about a field, hidden or invented, through any spelling',
    async (key) => {
      const answers = new Set<string>()
      for (const field of [...hidden, ...invented])
        for (const name of question(field)) {
          const seen = await seenBy(scene.ours.tester, key, ours, { query: { [name]: 'a' } })
          // Whether the tester may have the list at all is said before; else it is always the same 400.
          expect([400, 403], `${key} ${name}`).toContain(seen.status)
          answers.add(
            `${seen.status} ${seen.headers} ${seen.body.replaceAll(name, '…')}`.replaceAll(/content-length/g, ''),
          )
        }
      expect(answers.size).toBeLessThanOrEqual(2)
    },
  )
  it.each(listKeys)('PUB-OR-02: %s is not sorted, grouped or widened at will', async (key) => {
    for (const query of [
      { sort: 'internal_severity' },
      { order_by: 'title' },
      { group_by: 'reviewer' },
      { fields: '*' },
      { include: 'comments' },
      { expand: 'tester.credentials' },
    ])
      expect([400, 403], key).toContain((await seenBy(scene.ours.tester, key, ours, { query })).status)
  })
})

describe('a search', () => {
  const searches = listKeys.filter(
    (key) => 'search' in ((endpointOf(key).query as { shape?: object } | undefined)?.shape ?? {}),
  )
  it('is there, so that the following is not about nothing', () => {
    expect(searches.length).toBeGreaterThan(1)
  })
  it.each(searches)(
    'PUB-OR-03: %s finds a word of somebody else’s no more than one that stands nowhere',
    async (key) => {
      const home = (kind: string) => scene.theirIds[kind] ?? ours(kind)
      for (const person of [scene.theirs.tester, scene.theirs.demand, scene.theirs.auditor]) {
        const hit = await seenBy(person, key, home, { query: { search: canary } })
        const miss = await seenBy(person, key, home, { query: { search: '无此词语QQQ' } })
        const still = (text: string) => text.replaceAll(/"lagSeconds":[\d.]+/g, '')
        expect({ ...hit, body: still(hit.body) }, key).toEqual({ ...miss, body: still(miss.body) })
      }
    },
  )
  it('PUB-OR-03: does not reach into the text of findings, whoever asks', async () => {
    const { engagements } = await scene.ours.organizer.call('GET /api/engagements', {
      query: { search: '搜索存在注入' },
    })
    expect(engagements).toEqual([])
  })
})

describe('names and titles', () => {
  it('PUB-OR-05: taken by one house are free for the next: nobody learns that they are taken', async () => {
    const { stage, ours: a, theirs: b } = scene
    for (const cast of [a, b]) {
      const page = await cast.demand.call('POST /api/engagements', {
        body: { ...demandDraft(cast), title: '同名众测' },
      })
      const params = { engagementId: page.engagementId }
      await cast.demand.call('PUT /api/engagements/:engagementId/scope', {
        params,
        body: { format: 'text', content: 'https://same.example/', version: page.version },
      })
      await cast.demand.call('POST /api/engagements/:engagementId/proofs', {
        params,
        body: { object: 'same.example', method: 'dns' },
      })
      await cast.demand.call('POST /api/invitations', { body: { name: '同名者', posts: ['member'] } })
    }
    for (const [cast, ids] of [
      [a, scene.ourIds],
      [b, scene.theirIds],
    ] as const) {
      const engagementId = ids['engagement'] ?? ''
      const cite = await recordedExchange(stage, engagementId, cast.tester)
      const made = await cast.tester.fetch('POST /api/engagements/:engagementId/findings', {
        params: { engagementId },
        body: findingDraft(stage, [cite]),
      })
      expect(made.status).toBe(201)
    }
  })
  it('PUB-OR-05: no unique index spans houses over something that people choose', async () => {
    const { rows } = await scene.stage.deps.database.kysely.executeQuery<{ table: string; columns: string[] }>(
      (await import('kysely')).sql<{ table: string; columns: string[] }>`
        select c.relname as table, array_agg(a.attname::text order by a.attname) as columns
        from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey)
        where i.indisunique and n.nspname = 'public' and c.relname <> 'migrations' group by c.relname, i.indexrelid`.compile(
        scene.stage.deps.database.kysely,
      ),
    )
    const owner = /^(id|.+_id|leaf|root|sequence|ledger_index|key|token_digest|proxy_name)$/
    /*
     * Counted by the server; the one name that signs in; one person, one identity, which spans houses on purpose (a keyed
     * digest); and a house and engagement that stand in an expression, which this query does not see.
     */
    const known = [
      'engagements: number',
      'letters: number',
      'findings: number',
      'credentials: login',
      'events: seq',
      'segments: number',
      'feed_positions: name',
      'testers: identity_digest',
      'key_rotations: kind',
      // Of the installation, not of a house.
      'privacy_notices: version',
      'checkpoints: size',
      'time_stamps: size',
      'ledger_scrubs: only_one',
      'ledger_state: only_one',
      'sealing_state: only_one',
      'spent_ceremonies: digest',
      'witnesses: public_key',
      'witnesses: name',
    ]
    const spanning = rows
      .filter(({ columns }) => !columns.some((column) => owner.test(column)))
      .map(({ table, columns }) => `${table}: ${columns.join(', ')}`)
    expect(spanning.filter((one) => !known.includes(one))).toEqual([])
  })
})

describe('internal comments', () => {
  it('PUB-OR-06: change nothing that the tester reads: no date, count or version', async () => {
    const { ours: cast, engagementId, findingId } = scene
    const params = { engagementId, findingId }
    const readable = readingKeys.filter((key) => !/exchanges|evidence|file|ledger\/entries|openapi/.test(key))
    const look = async () => {
      const seen: Record<string, string> = {}
      for (const key of readable) {
        const one = await seenBy(cast.tester, key, ours)
        seen[key] = `${one.status} ${one.body}`
      }
      return seen
    }
    // Reading a finding is an event of its own, which its reader sees: both looks are made once before.
    await look()
    const strip = (seen: Record<string, string>) =>
      JSON.parse(
        JSON.stringify(seen)
          .replaceAll(/\\"lagSeconds\\":[\d.]+/g, '')
          // The mark names the very reading.
          .replaceAll(/\\"mark\\":\{[^}]+\}/g, ''),
      ) as Record<string, string>
    const before = strip(await look())
    for (const person of [cast.organizer, cast.auditor])
      await person.call('POST /api/engagements/:engagementId/findings/:findingId/comments', {
        params,
        body: { audience: 'internal', body: `${canary} 内部意见` },
      })
    const after = strip(await look())
    // Their own refused requests stand in the administration record of their house.
    const own = /timeline|administration-record|\/readings$|\/ledger$|\/receipts$|\/api\/ledger(\/state)?$/
    for (const key of readable.filter((one) => !own.test(one))) expect(after[key], key).toBe(before[key])
    // What grows by the tester's own reading grows by that alone.
    expect(JSON.stringify(after)).not.toContain('内部意见')
    expect(after['GET /api/engagements/:engagementId/timeline']).not.toContain('finding.commented')
  })
})

describe('what becomes of a colleague', () => {
  it('PUB-OR-06: leases, signals, findings and decisions of one tester change nothing that another reads', async () => {
    const { ours: cast, engagementId } = scene
    const params = { engagementId }
    const me = await cast.tester2.call('GET /api/me', {})
    const mine = await cast.tester.call('GET /api/me', {})
    const quiet = readingKeys.filter(
      (key) => !/exchanges|evidence|file|openapi|live$|ledger\/(entries|state|time)/.test(key),
    )
    const look = async () => {
      const seen: Record<string, string> = {}
      for (const key of quiet) {
        const { status, body } = await seenBy(cast.tester, key, (kind) =>
          kind === 'person' ? mine.personId : ours(kind),
        )
        seen[key] = `${status} ${body.replaceAll(/"lagSeconds":[\d.]+|"mark":\{[^}]+\}/g, '')}`
      }
      return seen
    }
    await look()
    const before = await look()
    const { leases } = await cast.organizer.call('GET /api/engagements/:engagementId/leases', { params })
    const leaseId = leases.find(({ personId, state }) => personId === me.personId && state === 'active')?.leaseId
    expect(leaseId).toBeDefined()
    for (const state of ['suspended', 'active'] as const)
      await cast.organizer.call('POST /api/engagements/:engagementId/leases/:leaseId/state', {
        params: { ...params, leaseId: leaseId ?? '' },
        body: { state, reason: '对行为告警的复核。' },
      })
    const finding = await submittedFinding(scene.stage, engagementId, cast.tester2, { title: '同事的发现' })
    await cast.organizer.call('POST /api/engagements/:engagementId/findings/:findingId/comments', {
      params: { ...params, findingId: finding },
      body: { audience: 'everyone', body: '感谢提交' },
    })
    const after = await look()
    // The own tries of a tester who looks everywhere stand in what their house records.
    const own = /timeline|administration-record|\/readings$|\/ledger$|\/receipts$|\/api\/ledger$/
    for (const key of quiet.filter((one) => !own.test(one))) expect(after[key], key).toBe(before[key])
    for (const [key, text] of Object.entries(after)) expect(text, key).not.toContain(me.personId)
    const { events } = await cast.tester.call('GET /api/engagements/:engagementId/timeline', { params, query: {} })
    expect(events.filter(({ subject }) => subject === leaseId || subject === finding)).toEqual([])
    // Who it concerns is told.
    const theirs = await cast.tester2.call('GET /api/engagements/:engagementId/timeline', { params, query: {} })
    expect(theirs.events.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['lease.suspended', 'lease.reactivated']),
    )
  })
})

describe('a download', () => {
  it('PUB-AC-12: of a tester holds no internal comment, colleague, contact or budget, in any format', async () => {
    const { ours: cast, engagementId, findingId } = scene
    const params = { engagementId, findingId }
    for (const audience of ['internal', 'parties'] as const)
      await cast.organizer.call('POST /api/engagements/:engagementId/findings/:findingId/comments', {
        params,
        body: { audience, body: 'GEHEIM-4711 不给测试方' },
      })
    const { name: colleague } = await cast.tester2.call('GET /api/me', {})
    const { name: contact } = await cast.demand.call('GET /api/me', {})
    const files = readingKeys.filter((key) => endpointOf(key).file !== undefined)
    expect(files.length).toBeGreaterThan(4)
    for (const key of files) {
      const seen = await seenBy(cast.tester, key, ours)
      if (/reports|evidence/.test(key)) expect(seen.status, key).toBe(403)
      const bytes = Buffer.from(seen.body, 'latin1')
      const parts = bytes.subarray(0, 2).toString() === 'PK' && bytes.length > 10 ? Object.values(unzipSync(bytes)) : []
      const text = [bytes, ...parts.map((one) => Buffer.from(one))].map((one) => one.toString('utf8')).join('\n')
      // The letter of authorisation is signed by the demand side: its signatory’s name is what the tester shows to others.
      for (const secret of ['GEHEIM-4711', colleague, ...(key.includes('letters') ? [] : [contact])])
        expect(text, `${key} ${secret}`).not.toContain(secret)
    }
  })
  it('PUB-AC-12: the tester’s pages hold no budget and nobody else’s reward', async () => {
    const { ours: cast, engagementId } = scene
    const params = { engagementId }
    expect((await cast.tester.call('GET /api/engagements/:engagementId', { params })).budgetFen).toBeNull()
    const rewards = await cast.tester.call('GET /api/engagements/:engagementId/rewards', { params })
    expect([rewards.budgetFen, rewards.heldFen]).toEqual([null, null])
    expect((await cast.demand.call('GET /api/engagements/:engagementId', { params })).budgetFen).toBeTypeOf('number')
  })
})
