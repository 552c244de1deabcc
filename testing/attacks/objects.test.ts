import { randomBytes } from 'node:crypto'
import type { EndpointKey } from '@zhongheng/contracts/http/index.ts'
import { housePermissions } from '@zhongheng/domain/access/matrix.ts'
import { type IdKind, makeId } from '@zhongheng/domain/shared/ids.ts'
import { demandDraft, findingDraft, recordedExchange } from '../scenes/crowd-test.ts'
import { features } from '@zhongheng/server/features/all.ts'
import type { Deps } from '@zhongheng/server/work/deps.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { partsOf } from '../access/sample-input.ts'
import {
  type TwoEngagements,
  canary,
  changingKeys,
  endpointOf,
  everyKey,
  listKeys,
  openTwoEngagements,
  readingKeys,
  refersTo,
  seenBy,
} from './scene.ts'

/* Objects of somebody else, and fields that are nobody's to set. The routes come from the contract that the server serves. */
let scene: TwoEngagements
beforeAll(async () => {
  scene = await openTwoEngagements()
})
afterAll(() => scene.stage.close())

const absent = (kind: string): string => makeId(kind as IdKind, new Date(), randomBytes(10))
const ours = (kind: string): string => scene.ourIds[kind] ?? absent(kind)
const theirs = (kind: string): string => scene.theirIds[kind] ?? absent(kind)
/** Everybody who is at home in the other engagement. */
const strangers = () => [scene.theirs.tester, scene.theirs.demand, scene.theirs.auditor]
const hasCanary = (text: string): boolean =>
  text.includes(Buffer.from(canary, 'utf8').toString('latin1')) || text.includes(canary)

const eventsOf = async (kinds: readonly string[]): Promise<number> =>
  Number(
    (
      await scene.stage.deps.database.kysely
        .selectFrom('events')
        .select((eb) => eb.fn.countAll<string>().as('n'))
        .where('kind', 'in', kinds)
        .executeTakeFirstOrThrow()
    ).n,
  )

describe('somebody of another engagement', () => {
  const readsOne = readingKeys.filter((key) => /:(findingId|reportId|exchangeId|letterId)/.test(key))
  it.each(readsOne)('PUB-AC-01: %s of ours answers as one that is not there, and the try is recorded', async (key) => {
    for (const person of strangers()) {
      const [denied, revealed] = [await eventsOf(['access.denied']), await eventsOf(['finding.read', 'traffic.read'])]
      const hidden = await seenBy(person, key, ours)
      expect(await eventsOf(['access.denied']), key).toBe(denied + 1)
      expect(await eventsOf(['finding.read', 'traffic.read']), key).toBe(revealed)
      expect(hidden).toEqual(await seenBy(person, key, absent))
      // At home, with the one foreign id behind it.
      const behind = await seenBy(person, key, (kind) => (kind === 'engagement' ? theirs(kind) : ours(kind)))
      expect(behind).toEqual(await seenBy(person, key, (kind) => (kind === 'engagement' ? theirs(kind) : absent(kind))))
      expect(hidden.status).toBe(404)
      expect(hasCanary(hidden.body + behind.body)).toBe(false)
    }
  })

  it.each(listKeys)(
    'PUB-AC-02: %s with every filter that names ours is the same as with an id that is nobody’s',
    async (key) => {
      const filters = refersTo(key).filter((field) => field.startsWith('query.'))
      const at = key.includes(':engagementId') ? [theirs, ours] : [theirs]
      for (const person of strangers())
        for (const home of at) {
          const plain = await seenBy(person, key, home)
          expect(hasCanary(plain.body), key).toBe(false)
          for (const filter of filters) {
            const name = filter.slice('query.'.length)
            const kinds = new Map<string, string>()
            partsOf(endpointOf(key), (path, kind) => {
              kinds.set(path, kind)
              return absent(kind)
            })
            const kind = kinds.get(filter) ?? ''
            const foreign = await seenBy(person, key, home, { query: { [name]: ours(kind) } })
            expect(foreign, `${key} ${filter}`).toEqual(
              await seenBy(person, key, home, { query: { [name]: absent(kind) } }),
            )
            expect(hasCanary(foreign.body)).toBe(false)
          }
        }
    },
  )

  const actsOnOne = everyKey.filter((key) => /findings\/:findingId|reports\/:reportId/.test(key))
  it.each(actsOnOne)('PUB-AC-07: %s with a foreign id is absent', async (key) => {
    for (const person of strangers()) {
      expect((await seenBy(person, key, ours)).status).toBe(404)
      const behind = (kind: string) => (kind === 'engagement' ? theirs(kind) : ours(kind))
      expect([403, 404]).toContain((await seenBy(person, key, behind)).status)
      expect(await seenBy(person, key, behind)).toEqual(
        await seenBy(person, key, (kind) => (kind === 'engagement' ? theirs(kind) : absent(kind))),
      )
    }
  })
})

describe('a tester', () => {
  const placed = async () => {
    const row = await scene.stage.deps.database.kysely
      .selectFrom('findings')
      .select(['engagement_id', 'version', 'org_id', 'person_id', 'state'])
      .where('id', '=', scene.findingId)
      .executeTakeFirstOrThrow()
    return JSON.stringify(row)
  }
  it('PUB-AC-03: moves no report of their own to another engagement by naming one in the body', async () => {
    const before = await placed()
    const params = { engagementId: scene.engagementId, findingId: scene.findingId }
    const body = { ...findingDraft(scene.stage, [ours('exchange')]), version: 1 }
    for (const extra of [
      { engagementId: theirs('engagement') },
      { project_id: theirs('engagement') },
      { orgId: theirs('organisation') },
      { findingId: theirs('finding') },
    ]) {
      const answer = await scene.ours.tester.fetch('PUT /api/engagements/:engagementId/findings/:findingId', {
        params,
        body: { ...body, ...extra },
      })
      expect(answer.status).toBe(422)
    }
    expect(await placed()).toBe(before)
    const there = await scene.theirs.demand.call('GET /api/findings', { query: {} })
    expect(there.findings.map((one) => one.findingId)).not.toContain(scene.findingId)
  })

  const seconds = changingKeys.filter(
    (key) => key.includes(':engagementId') && refersTo(key).some((field) => field.startsWith('body.')),
  )
  it.each(seconds)(
    'PUB-AC-05: %s: the path says one engagement, the body another’s object: refused, nothing written',
    async (key) => {
      const rows = async () => {
        const counted: string[] = []
        for (const table of ['findings', 'finding_citations', 'enrollments', 'scope_versions', 'rewards'] as const)
          counted.push(
            (
              await scene.stage.deps.database.kysely
                .selectFrom(table)
                .select((eb) => eb.fn.countAll<string>().as('n'))
                .executeTakeFirstOrThrow()
            ).n,
          )
        return counted.join()
      }
      const before = await rows()
      for (const person of [scene.theirs.tester, scene.theirs.demand, scene.theirs.organizer]) {
        // The organizer serves both, and may invite a tester of one to the other.
        if (key.endsWith('tester-invitations') && person === scene.theirs.organizer) continue
        const mixed = await seenBy(person, key, (kind, path) => (path.startsWith('body.') ? ours(kind) : theirs(kind)))
        const missing = await seenBy(person, key, (kind, path) =>
          path.startsWith('body.') ? absent(kind) : theirs(kind),
        )
        expect(mixed.status, key).toBeGreaterThanOrEqual(400)
        expect(mixed.status, key).toBeLessThan(500)
        if (person !== scene.theirs.organizer) expect(mixed).toEqual(missing)
      }
      expect(await rows()).toBe(before)
    },
  )

  it('PUB-AC-06: citing twenty exchanges of which one is a colleague’s makes nothing, wherever it stands', async () => {
    const own: string[] = []
    for (let at = 0; at < 19; at++) own.push(await recordedExchange(scene.stage, scene.engagementId, scene.ours.tester))
    const colleague = await recordedExchange(scene.stage, scene.engagementId, scene.ours.tester2)
    const count = async () =>
      (await scene.ours.organizer.call('GET /api/findings', { query: { engagementId: scene.engagementId } })).findings
        .length
    const before = await count()
    for (const place of [0, 10, 19]) {
      const cites = own.toSpliced(place, 0, colleague)
      const answer = await scene.ours.tester.fetch('POST /api/engagements/:engagementId/findings', {
        params: { engagementId: scene.engagementId },
        body: findingDraft(scene.stage, cites),
      })
      expect(answer.status).toBe(422)
    }
    expect(await count()).toBe(before)
  })

  const settable = changingKeys.filter((key) => /^(PATCH|PUT) /.test(key))
  it.each(settable)('PUB-AC-08: %s takes no field that is not theirs to set, at any depth', async (key) => {
    const state = async () => {
      const me = await scene.ours.demand.call('GET /api/members', {})
      const { rows } = await scene.stage.deps.database.kysely
        .selectFrom('persons')
        .select(['id', 'org_id', 'posts', 'state', 'version'])
        .orderBy('id')
        .execute()
        .then((found) => ({ rows: found }))
      return JSON.stringify([me.members, rows])
    }
    const before = await state()
    const parts = partsOf(endpointOf(key), (_path, kind) => ours(kind))
    for (const extra of [
      'role',
      'roles',
      'posts',
      'is_staff',
      'tenant_id',
      'orgId',
      'orgKind',
      'verified',
      'balance',
      'mfa_enabled',
      'created_at',
      'login',
      'personId',
    ]) {
      if (extra in ((endpointOf(key).body as { shape?: object } | undefined)?.shape ?? {})) continue
      for (const person of [scene.ours.tester, scene.ours.demand]) {
        for (const body of [
          { ...(parts.body as object), [extra]: ['admin'] },
          { ...(parts.body as object), nested: { [extra]: true } },
        ]) {
          const answer = await seenBy(person, key, ours, { body })
          expect([422, 403], `${key} ${extra}`).toContain(answer.status)
        }
      }
    }
    expect(await state()).toBe(before)
  })
})

describe('the organizer’s staff', () => {
  it('PUB-AC-09: change nobody’s name or login: no route takes them, and members of another house are absent', async () => {
    const member = scene.ours.organizer2
    const { members } = await scene.ours.organizer.call('GET /api/members', {})
    const one = members.find(({ login }) => login === member.name)
    for (const extra of [
      { email: 'x@canary.invalid' },
      { login: 'taken-over' },
      { name: '别人' },
      { password: 'Neues-Passwort-77' },
    ]) {
      const answer = await scene.ours.organizer.fetch('PATCH /api/members/:personId', {
        params: { personId: one?.personId },
        body: { posts: ['member'], version: one?.version ?? 1, ...extra },
      })
      expect(answer.status).toBe(422)
    }
    const foreign = await scene.ours.organizer.fetch('PATCH /api/members/:personId', {
      params: { personId: theirs('person') },
      body: { posts: ['member'], version: 1 },
    })
    expect(foreign.status).toBe(404)
    expect(
      (await scene.ours.organizer.call('GET /api/members', {})).members.find(({ login }) => login === member.name),
    ).toEqual(one)
  })
})

describe('an auditor', () => {
  /**
   * What an auditor is there for: signing in and their own account, their written acts on findings and reports, alerts, packs, what they
   * look for, legal holds, what their own house has two persons for, who of it works on what, and the stop order that every side may give; and, where they administer it, what the matrix gives them in
   * their own house.
   */
  const own: readonly RegExp[] = [
    / \/api\/(sign-in|sign-out|me|account|step-up|cvss)\b(?!-)/,
    // Corrections: which of them are theirs to decide says the post.
    / \/api\/(factor-releases|approvals|corrections)\b/,
    // What they were told, and have read.
    /POST \/api\/notices\/(:noticeId\/)?read$/,
    /POST \/api\/engagements\/:engagementId\/(moves|records|scope\/probe|reports|packs|holds|reading-purposes)$/,
    /POST \/api\/(findings\/search|holds\/:holdId\/lift)$/,
    /findings\/:findingId\/(moves|comments)$/,
    // Files of their comments, and reading those that hang on what they read.
    /engagements\/:engagementId\/attachments(\/:attachmentId(\/(content|links))?)?$/,
    /alerts\/:alertId\/decision$/,
    /leases\/:leaseId\/state$/,
    /packs\/:packId\/cancellation$/,
    // Decoys of their own house, which hold the organizer’s people to their work.
    /engagements\/:engagementId\/decoys(\/:findingId(\/removal)?)?$/,
    // Who of their own house works on it.
    /engagements\/:engagementId\/work-team$/,
    /reports\/:reportId(\/signature)?$/,
  ]
  /** Open to everybody, or the matrix’s own word for an auditor’s house. */
  const declared = (key: EndpointKey): boolean => {
    const access = features({ settings: {} } as Deps).find((route) => route.key === key)?.access ?? 'public'
    if (access === 'public') return true
    return access !== 'signed_in' && housePermissions[access].kinds.some((kind) => kind === 'auditor')
  }
  it.each(changingKeys.filter((key) => !declared(key) && !own.some((one) => one.test(key))))(
    'PUB-AC-10: is forbidden %s',
    async (key) => {
      const { status, body } = await seenBy(scene.ours.auditor, key, ours)
      expect(status, body).toBe(403)
    },
  )
  it('PUB-AC-10: makes no move that is another side’s', async () => {
    const params = { engagementId: scene.engagementId, findingId: scene.findingId }
    for (const move of ['take_up', 'pass', 'confirm', 'return', 'close', 'begin_remediation', 'accept_risk'])
      expect(
        (
          await scene.ours.auditor.fetch('POST /api/engagements/:engagementId/findings/:findingId/moves', {
            params,
            body: { move, version: 1, reason: '审计方不应能做这件事。' },
          })
        ).status,
        move,
      ).toBeGreaterThanOrEqual(400)
    for (const move of ['submit', 'agree', 'authorise', 'start', 'accept', 'cancel', 'publish'])
      expect(
        (
          await scene.ours.auditor.fetch('POST /api/engagements/:engagementId/moves', {
            params,
            body: { move, version: 1, reason: '审计方不应能做这件事。' },
          })
        ).status,
        move,
      ).toBeGreaterThanOrEqual(400)
  })
})

describe('a state', () => {
  const body = () => findingDraft(scene.stage, [ours('exchange')])
  it('PUB-AC-15: is set by nobody in a body: not when something is made, not when it is changed', async () => {
    const { demand, tester } = scene.ours
    const params = { engagementId: scene.engagementId, findingId: scene.findingId }
    for (const state of ['published', 'accepted', 'paid', 'confirmed', 'testing', 'signed']) {
      for (const [person, key, extra] of [
        [demand, 'POST /api/engagements', { ...demandDraft(scene.ours), state }],
        [demand, 'PATCH /api/engagements/:engagementId', { state, version: 1 }],
        [tester, 'POST /api/engagements/:engagementId/findings', { ...body(), state }],
        [tester, 'PUT /api/engagements/:engagementId/findings/:findingId', { ...body(), version: 1, state }],
      ] as const)
        expect((await person.fetch(key, { params, body: extra })).status, `${key} ${state}`).toBe(422)
      const undeclared = await scene.ours.organizer.fetch(
        'POST /api/engagements/:engagementId/findings/:findingId/moves',
        {
          params,
          body: { move: state, version: 1 },
        },
      )
      expect([409, 422]).toContain(undeclared.status)
    }
  })
  it('PUB-AC-15: is not reached twice by one move: the old request played again is refused', async () => {
    const params = { engagementId: scene.engagementId, findingId: scene.findingId }
    const key = 'POST /api/engagements/:engagementId/findings/:findingId/moves' as const
    const version = (
      await scene.ours.organizer.call('GET /api/engagements/:engagementId/findings/:findingId', { params })
    ).version
    const taken = await scene.ours.organizer.call(key, { params, body: { move: 'take_up', version } })
    expect((await scene.ours.organizer.fetch(key, { params, body: { move: 'take_up', version } })).status).toBe(409)
    expect(
      (await scene.ours.organizer.fetch(key, { params, body: { move: 'take_up', version: taken.version } })).status,
    ).toBe(409)
  })
})
