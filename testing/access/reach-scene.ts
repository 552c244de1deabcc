import { randomBytes } from 'node:crypto'
import { type EndpointKey, http } from '@zhongheng/contracts/http/index.ts'
import type { Endpoint } from '@zhongheng/contracts/http/shape.ts'
import { tokenAreas } from '@zhongheng/contracts/http/token-areas.ts'
import { type Post, type Role, posts } from '@zhongheng/domain/access/actor.ts'
import { type LoginWait, loginWaits } from '@zhongheng/domain/access/sign-in.ts'
import { clockAt } from '@zhongheng/domain/shared/clock.ts'
import { type IdKind, makeId } from '@zhongheng/domain/shared/ids.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { features } from '@zhongheng/server/features/all.ts'
import { buildApp } from '@zhongheng/server/http/app.ts'
import type { Route } from '@zhongheng/server/http/registry.ts'
import { makePerson } from '@zhongheng/server/features/people/accounts.ts'
import { inSystemWork, sha256 } from '@zhongheng/server/work/work.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { sql } from 'kysely'
import { assemble, inTesting, submittedFinding } from '../scenes/crowd-test.ts'
import { oneOfEachKind } from '../scenes/one-of-each-kind.ts'
import { type Stage, openStage } from '../scenes/stage.ts'
import type { FreshDatabase } from '../postgres/fresh-database.ts'
import { partsOf } from './sample-input.ts'

/** The parts of a route that a mutant changes, while the server runs with it. */
export type Loose<T> = { -readonly [K in keyof T]: T[K] }

export type Somebody = {
  readonly name: string
  /** Theirs: at home in an engagement that ours have no part in, but for the organizer of both. */
  readonly at: 'ours' | 'theirs'
  readonly role: Role
  readonly posts: readonly Post[]
  /** Whether the house gave its engagements to them, too. */
  readonly works: boolean
  readonly abroad: boolean
  readonly personId: string
  readonly orgId: string
  readonly headers: Readonly<Record<string, string>>
}
export type Ids = { readonly [kind: string]: string }

export type ReachScene = {
  readonly stage: Stage
  now(): Date
  readonly routes: ReadonlyMap<EndpointKey, Loose<Route>>
  readonly people: readonly Somebody[]
  /** Logins of the demand side that wait for something. */
  readonly waiting: Readonly<Record<LoginWait, Somebody>>
  /** One of each kind of house whose login was not confirmed for long. */
  readonly unconfirmed: readonly Somebody[]
  /** Somebody's token with every scope, or every one but this. */
  token(of: Somebody, without?: string): Promise<Somebody>
  /** Objects of the engagement that everything is asked in, of one with the same sides, and of one with others. */
  readonly ids: { readonly here: Ids; readonly beside: Ids; readonly elsewhere: Ids }
  /** Whose an object is. */
  ownerOf(kind: string, id: string): Promise<{ readonly personId: string; readonly orgId: string }>
  /** What somebody is answered: `reached` where the act would begin, else the rule or the code of the refusal. */
  ask(who: Somebody | null, key: EndpointKey, parts: Parts, headers?: Readonly<Record<string, string>>): Promise<string>
  /** What a route is called with, as its contract wants it. */
  partsFor(key: EndpointKey, idFor: (path: string, kind: string) => string, wanted?: string): Parts
  /** Nobody tried anything yet. */
  forgetTries(): Promise<void>
  close(): Promise<void>
}
export type Parts = {
  readonly params?: object | undefined
  readonly query?: object | undefined
  readonly body?: unknown
}

export const absent = (kind: string): string => makeId(kind as IdKind, new Date(), randomBytes(10))
export const endpointAt = (key: EndpointKey): Loose<Endpoint> => http[key] as Endpoint
/** Tables of the objects that somebody may name beside an engagement. */
const tables: { readonly [kind: string]: string } = {
  person: 'persons',
  invitation: 'invitations',
  passkey: 'passkeys',
  oidcIdentity: 'oidc_identities',
  login: 'logins',
  accessToken: 'access_tokens',
  factorRelease: 'factor_releases',
  enrollment: 'enrollments',
  lease: 'leases',
  exchange: 'exchanges',
  finding: 'findings',
  reward: 'rewards',
  attachment: 'attachments',
  pack: 'packs',
  witness: 'witnesses',
  alert: 'alerts',
  hold: 'legal_holds',
  approval: 'approvals',
  notice: 'notices',
  group: 'groups',
  correction: 'correction_requests',
  decoy: 'decoys',
}

/** The same of ours in every house: one for each post, and all posts for each who differs from the others in one thing. */
const members: readonly {
  readonly name: string
  readonly posts: readonly Post[]
  readonly out?: true
  readonly abroad?: true
}[] = [
  { name: 'outside', posts, out: true },
  { name: 'abroad', posts, abroad: true },
  ...posts.map((post) => ({ name: post, posts: [post] })),
  // Somebody whose post came to its end.
  { name: 'retired', posts: [] },
  { name: 'colleague', posts },
]

/**
 * The server with every route as it is declared but for its act: where that would begin, it answers `reached` instead. So every
 * request can be tried by everybody without changing anything. Each of our houses has a member for each post, a colleague
 * who holds all, one who holds none any more, one outside of those to whom the engagements are given, and one abroad.
 */
export async function openReachScene(database?: FreshDatabase): Promise<ReachScene> {
  // Confirmations stay fresh, however long it takes.
  const clock = clockAt(new Date().toISOString())
  const stage = await openStage({ clock, ...(database ? { database } : {}) })
  const ours = await assemble(stage, 'a')
  const theirs = await assemble(stage, 'z', ours)
  const here = await idsOf(stage, await inTesting(stage, ours), ours.tester)
  const beside = await idsOf(stage, await inTesting(stage, ours, '同样各方的另一众测'), ours.tester2)
  const elsewhere = await idsOf(stage, await inTesting(stage, theirs, '别家的众测'), theirs.tester)
  const people: Somebody[] = []
  const unconfirmed: Somebody[] = []
  for (const [cast, at] of [
    [theirs, 'theirs'],
    [ours, 'ours'],
  ] as const)
    for (const side of ['demand', 'tester', 'tester2', 'auditor', 'organizer'] as const) {
      if (at === 'theirs' && side === 'organizer') continue
      const { personId } = await cast[side].call('GET /api/me', {})
      const role = side === 'tester2' ? 'tester' : side
      const base = { at, role, orgId: cast.orgIds[side], works: true, abroad: false }
      people.push({ ...base, name: `${at} ${side}`, posts, personId, headers: { cookie: cast[side].cookie } })
      if (at === 'theirs' || side === 'tester2') continue
      for (const { name, out, abroad, posts: held } of members) {
        const one = { ...base, name: `${side} ${name}`, posts: held, works: !out, abroad: abroad ?? false }
        people.push(await member(stage, one))
      }
      unconfirmed.push(await member(stage, { ...base, name: `${side} unconfirmed`, posts }, { stepped_up_at: null }))
    }
  const lin = { at: 'ours', role: 'demand', orgId: ours.orgIds.demand, works: true, abroad: false, posts } as const
  const waiting = Object.fromEntries(
    await Promise.all(
      loginWaits.map(async (wait) => [wait, await member(stage, { ...lin, name: wait }, { waits_for: wait })] as const),
    ),
  ) as Record<LoginWait, Somebody>
  const db = stage.deps.database.kysely
  const everybody = [...people, ...unconfirmed, ...Object.values(waiting)]
  for (const engagement of [here, beside])
    for (const house of new Set(everybody.filter((one) => one.at === 'ours').map(({ orgId }) => orgId)))
      await giveTo(stage, engagement['engagement'] ?? '', house, everybody)
  await db.updateTable('persons').set({ jurisdiction: 'CN' }).execute()
  const away = people.filter((one) => one.abroad).map(({ personId }) => personId)
  await db.updateTable('persons').set({ jurisdiction: 'DE' }).where('id', 'in', away).execute()
  // Nobody reads by an emergency access here.
  await sql`update break_glass set ended_at = opened_at, ended_by = person_id, ended_org_id = org_id`.execute(db)

  const deps = { ...stage.deps, settings: { ...stage.deps.settings, trustedProxies: ['127.0.0.1'] } }
  const routes = features(deps)
  for (const one of routes as readonly Loose<Route>[])
    one.handle = () => {
      throw new Problem('conflict', say('到此为止', 'this far'), { rule: 'reached' })
    }
  const app = await buildApp(deps, routes)
  const wire = new Person(await app.listen({ host: '127.0.0.1', port: 0 }), 'wire')
  let addresses = 0
  const tokens = new Map<string, Somebody>()
  return {
    stage,
    now: () => clock.now(),
    routes: new Map(routes.map((one) => [one.key, one as Loose<Route>])),
    people,
    waiting,
    unconfirmed,
    ids: { here, beside, elsewhere },
    async token(of, without) {
      const name = `${of.personId} ${without}`
      const known = tokens.get(name)
      if (known) return known
      const token = `zhp_${randomBytes(32).toString('base64url')}`
      const scopes = tokenAreas.flatMap((area) => [`${area}:read`, `${area}:write`])
      await db
        .insertInto('access_tokens')
        .values({
          id: absent('accessToken'),
          person_id: of.personId,
          org_id: of.orgId,
          name: '脚本',
          token_digest: sha256(token),
          hint: 'zhp_',
          scopes: scopes.filter((one) => one !== without),
          created_at: new Date(),
          expires_at: new Date(Date.now() + 86_400_000),
          last_used_at: null,
          ended_at: null,
        })
        .execute()
      const made = { ...of, name: `${of.name}, by token`, headers: { authorization: `Bearer ${token}` } }
      tokens.set(name, made)
      return made
    },
    async ownerOf(kind, id) {
      const { rows } = await sql<{ row: { id: string; person_id?: string; asked_by?: string; org_id: string } }>`
        select to_jsonb(t) as row from ${sql.table(tables[kind] ?? kind)} t where id = ${id}`.execute(db)
      const row = rows[0]?.row
      return { personId: row?.person_id ?? row?.asked_by ?? row?.id ?? '', orgId: row?.org_id ?? '' }
    },
    async ask(who, key, parts, headers) {
      addresses++
      const address = `10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`
      const bytes = endpointAt(key).takes ? { bytes: Buffer.from('x') } : {}
      const answer = await wire.send(key, {
        ...parts,
        ...bytes,
        headers: { 'x-forwarded-for': address, ...who?.headers, ...headers },
      })
      const { rule, code } = JSON.parse((await answer.text()) || '{}') as { rule?: string; code?: string }
      return rule ?? code ?? String(answer.status)
    },
    partsFor: (key, idFor, wanted) => {
      const parts = partsOf(http[key], (path, kind) => idFor(path, kind), wanted)
      // Of the written acts one that is signed.
      if (endpointAt(key).stepUp === 'signed_acts') return { ...parts, body: { kind: 'service_agreement', fields: {} } }
      return parts
    },
    forgetTries: async () => void (await db.deleteFrom('throttles').execute()),
    async close() {
      await app.close()
      await stage.close()
    },
  }
}

/** One of each kind in an engagement, as one tester has them; with files that were announced, and that hang on nothing yet. */
async function idsOf(stage: Stage, engagement: string, tester: Person): Promise<Ids> {
  await submittedFinding(stage, engagement, tester)
  const ids = await oneOfEachKind(stage, engagement, tester)
  const db = stage.deps.database.kysely
  const kept = await db
    .selectFrom('attachments')
    .selectAll()
    .where('id', '=', ids['attachment'] ?? '')
    .executeTakeFirstOrThrow()
  const [announced, loose] = [absent('attachment'), absent('attachment')]
  const free = { ...kept, finding_id: null, attached_at: null }
  await db
    .insertInto('attachments')
    .values([
      { ...free, id: announced, state: 'announced' },
      { ...free, id: loose },
    ])
    .execute()
  return { ...ids, announced, loose, decoy: await decoyOf(stage, engagement, ids) }
}

/** A decoy that the auditor placed. */
async function decoyOf(stage: Stage, engagement: string, ids: Ids): Promise<string> {
  const db = stage.deps.database.kysely
  const auditor = await db
    .selectFrom('parties')
    .innerJoin('persons', 'persons.org_id', 'parties.org_id')
    .select(['parties.org_id', 'persons.id'])
    .where('engagement_id', '=', engagement)
    .where('role', '=', 'auditor')
    .executeTakeFirstOrThrow()
  const [id, at, sealed] = [absent('finding'), new Date(), Buffer.from('x')]
  await db
    .insertInto('decoys')
    .values({
      id,
      engagement_id: engagement,
      org_id: auditor.org_id,
      number: 'x-F001',
      person_id: ids['person'] ?? '',
      severity: 'high',
      cwe: 'CWE-89',
      sealed_title: sealed,
      sealed_asset: sealed,
      sealed_body: sealed,
      sealed_note: sealed,
      tokens: [],
      counts: [],
      exchange_ids: [],
      letter_number: null,
      scope_version_id: ids['scopeVersion'] ?? '',
      submitted_at: at,
      settles_at: at,
      placed_by: auditor.id,
      event_id: ids['event'] ?? '',
      removed_at: null,
      removed_by: null,
    })
    .execute()
  return id
}

type Login = { readonly waits_for?: LoginWait; readonly stepped_up_at?: null }
/** A member with a login, made past the sign-in: what that asks is not the matter here. */
async function member(
  stage: Stage,
  somebody: Omit<Somebody, 'personId' | 'headers'>,
  { waits_for, stepped_up_at }: Login = {},
): Promise<Somebody> {
  const token = randomBytes(32).toString('base64url')
  return inSystemWork(stage.deps, async (work) => {
    const personId = await makePerson(work, {
      orgId: somebody.orgId,
      orgKind: somebody.role,
      name: somebody.name,
      posts: somebody.posts.length > 0 ? somebody.posts : ['member'],
      login: somebody.name.replace(/\W/g, '-'),
      passwordHash: 'x',
    })
    if (somebody.posts.length === 0)
      await work.db
        .updateTable('persons')
        .set({ post_ends: { member: new Date(0).toISOString() } })
        .where('id', '=', personId)
        .execute()
    await work.db
      .insertInto('logins')
      .values({
        id: work.newId('login'),
        person_id: personId,
        token_digest: sha256(token),
        created_at: work.now,
        seen_at: work.now,
        expires_at: new Date(work.now.getTime() + 86_400_000),
        ended_at: null,
        agent: 'x',
        method: 'password',
        address: '127.0.0.1',
        network: '127.0.0.1',
        waits_for: waits_for ?? null,
        stepped_up_at: stepped_up_at === null ? null : work.now,
      })
      .execute()
    return { ...somebody, personId, headers: { cookie: `zh_login=${token}` } }
  })
}

/** Gives an engagement to those of a house who work on it. */
async function giveTo(
  stage: Stage,
  engagementId: string,
  house: string,
  everybody: readonly Somebody[],
): Promise<void> {
  const db = stage.deps.database.kysely
  const [team, at] = [{ engagement_id: engagementId, org_id: house }, new Date(Date.now() - 60_000)]
  const workers = everybody.filter((one) => one.orgId === house && one.works)
  await db
    .insertInto('work_teams')
    .values({ ...team, changed_at: at, version: 1 })
    .execute()
  await db
    .insertInto('engagement_grants')
    .values(
      workers.map(({ personId }) => ({
        ...team,
        group_id: null,
        person_id: personId,
        ends_at: null,
        given_by: personId,
        given_at: at,
      })),
    )
    .execute()
}
