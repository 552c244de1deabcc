import { type EndpointKey, http } from '@zhongheng/contracts/http/index.ts'
import type { Actor } from '@zhongheng/domain/access/actor.ts'
import { may, mayInHouse } from '@zhongheng/domain/access/matrix.ts'
import { loginWaits } from '@zhongheng/domain/access/sign-in.ts'
import { openAbroad } from '@zhongheng/domain/jurisdiction/border.ts'
import type { Reference, Route } from '@zhongheng/server/http/registry.ts'
import { type Ids, type Loose, type ReachScene, type Somebody, absent, endpointAt } from './reach-scene.ts'
import { partsOf } from './sample-input.ts'
import { type Named, type Spoken, spoken } from './spoken.ts'

/** What a try is about; a mutant is put before the tries that are about it. */
export type About =
  | 'entry'
  | 'waiting'
  | 'token'
  | 'confirmation'
  | 'engagement'
  | 'object'
  | 'input'
  | 'tries'
  | 'idleness'

type Try = {
  readonly about: About
  /** Who tries what, for the report. */
  readonly told: string
  ask(): Promise<string>
  right(answer: string): boolean
  readonly wanted: string
}

/**
 * Puts a route before everybody and says what it answers otherwise than `spoken` has it.
 * @param about the only tries to make; all without it
 * @param most faults after which it is enough
 */
export async function faultsOf(
  scene: ReachScene,
  key: EndpointKey,
  about?: readonly About[],
  most = Number.POSITIVE_INFINITY,
): Promise<string[]> {
  const faults: string[] = []
  if (spoken[key].throttled) await scene.forgetTries()
  for (const one of await triesOf(scene, key, about)) {
    const answer = await one.ask()
    if (!one.right(answer)) faults.push(`${key}: ${one.told}: ${answer} instead of ${one.wanted}`)
    if (faults.length >= most) break
  }
  return faults
}

const actorOf = ({ personId, orgId, role, posts, name }: Somebody): Actor => ({
  personId,
  orgId,
  orgKind: role,
  posts,
  name,
})

/** Whether somebody gets past the door of a route, whatever they name. */
const enters = (said: Spoken, who: Somebody): boolean =>
  said.who === 'anybody' || said.who === 'signed_in' || mayInHouse(actorOf(who), said.who)

/** What the engagement of ours answers somebody who names it. */
function atEngagement(said: Spoken, who: Somebody): string {
  if (said.on === 'act') return 'reached'
  const { at, role, works } = who
  const keepsGroups = mayInHouse(actorOf(who), 'groups.keep')
  if (at === 'theirs') return 'not_found'
  if (said.special === 'team' && keepsGroups) return 'reached'
  // Their own enrollment, or nothing.
  if (said.special === 'enrollment' && role === 'tester')
    return /^ours tester2?$/.test(who.name) ? 'reached' : 'not_found'
  if (!works) return said.special === 'opening' && keepsGroups ? 'BREAK-4' : 'not_found'
  const acts = said.on ?? []
  if (!acts.some((one) => may(actorOf(who), one, role))) return 'ROLE-1'
  if (who.abroad && role !== 'demand' && !acts.some((one) => openAbroad.includes(one))) return 'RMSV-9-7'
  return 'reached'
}

async function triesOf(scene: ReachScene, key: EndpointKey, about?: readonly About[]): Promise<Try[]> {
  const said = spoken[key]
  const route = scene.routes.get(key)
  if (!route) throw new Error(`there is no ${key}`)
  const wants = (one: About): boolean => about === undefined || about.includes(one)
  const tries: Try[] = []
  const own = idsFor(key, scene.ids.here)
  const plain = scene.partsFor(key, own)
  const asking = (who: Somebody | null, parts = plain) => scene.ask(who, key, parts)
  /** Looked at are only these fields; every other one is taken as it comes. */
  const only = (fields: readonly string[], ask: () => Promise<string>) => () => looking(route, fields, ask)
  const add = (one: About, told: string, wanted: string, ask: () => Promise<string>): void => {
    tries.push({ about: one, told, wanted, ask, right: (answer) => answer === wanted })
  }
  const full = scene.people.filter(
    ({ at, posts, works, abroad }) => at === 'ours' && posts.length > 1 && works && !abroad,
  )
  const insider = full.find((one) => enters(said, one))
  if (!insider) throw new Error(`nobody may come to ${key}`)

  if (wants('entry')) {
    const door = (who: Somebody | null, wanted: string): void =>
      add(
        'entry',
        who?.name ?? 'nobody',
        wanted,
        only([], () => asking(who)),
      )
    door(null, said.who === 'anybody' ? 'reached' : 'LOGIN-1')
    const asked = said.who === 'anybody' || said.who === 'signed_in' ? [insider] : scene.people
    for (const who of asked) if (who.at === 'ours' && who.works) door(who, enters(said, who) ? 'reached' : 'ROLE-2')
  }
  if (wants('waiting') && said.who !== 'anybody')
    for (const wait of loginWaits)
      add(
        'waiting',
        `a login that waits for ${wait}`,
        !said.waiting?.includes(wait) ? 'LOGIN-5' : enters(said, scene.waiting[wait]) ? 'reached' : 'ROLE-2',
        only([], () => asking(scene.waiting[wait])),
      )
  if (wants('token') && said.who !== 'anybody') {
    const whole = await scene.token(insider)
    if (said.token === undefined)
      tries.push({
        about: 'token',
        told: 'a token with every scope',
        wanted: 'TOKEN-2 or TOKEN-3',
        ask: only([], () => asking(whole)),
        right: (answer) => /^TOKEN-[23]$/.test(answer),
      })
    else {
      const scope = `${said.token}:${route.method === 'GET' ? 'read' : 'write'}`
      const without = await scene.token(insider, scope)
      add(
        'token',
        'a token with every scope',
        'reached',
        only([], () => asking(whole)),
      )
      add(
        'token',
        `a token without ${scope}`,
        'TOKEN-3',
        only([], () => asking(without)),
      )
    }
  }
  const old = scene.unconfirmed.find((one) => enters(said, one))
  if (wants('confirmation') && said.who !== 'anybody' && old) {
    const wanted = said.confirm === undefined ? 'reached' : 'STEPUP-1'
    add(
      'confirmation',
      'a login that was not confirmed',
      wanted,
      only([], () => asking(old)),
    )
    if (said.confirm === 'signed_acts') {
      const unsigned = { ...plain, body: { kind: 'review', fields: {} } }
      add(
        'confirmation',
        'the same, of what is not signed',
        'reached',
        only([], () => asking(old, unsigned)),
      )
    }
  }
  if (wants('engagement') && said.on !== undefined)
    for (const who of scene.people) {
      if (!enters(said, who)) continue
      add(
        'engagement',
        who.name,
        atEngagement(said, who),
        only(['params.engagementId'], () => asking(who)),
      )
    }
  if (wants('object'))
    for (const [field, who] of Object.entries(said.within ?? {}))
      if (who !== 'act') tries.push(...(await triesOfObject(scene, route, field, who)))
  if (wants('input'))
    for (const part of ['body', 'query'] as const) {
      if (!endpointAt(key)[part]) continue
      const more = { ...plain, [part]: { ...(plain[part] as object), [unknownField]: 'x' } }
      tries.push({
        about: 'input',
        told: `a field that is not in the contract, in the ${part}`,
        wanted: 'a refusal of the input',
        ask: only([], () => asking(said.who === 'anybody' ? null : insider, more)),
        right: (answer) => /^INPUT-|^(malformed|unreadable)$/.test(answer),
      })
    }
  if (wants('tries') && said.throttled)
    add(
      'tries',
      'very many tries from one address',
      'LOGIN-2',
      only([], async () => {
        const who = said.who === 'anybody' ? null : insider
        let answer = ''
        for (let n = 0; n < mostTries && answer !== 'LOGIN-2'; n++)
          answer = await scene.ask(who, key, plain, { 'x-forwarded-for': '192.0.2.7' })
        await scene.forgetTries()
        return answer
      }),
    )
  if (wants('idleness') && said.alone)
    add('idleness', 'a page that asks by itself', 'idle', async () => {
      const before = await seenAt(scene, insider, new Date(scene.now().getTime() - 1_800_000))
      await asking(insider)
      return (await seenAt(scene, insider)) === before ? 'idle' : 'used'
    })
  return tries
}

/** Whether somebody may name an object: true, false, or not said here because the act decides. */
async function mayName(
  scene: ReachScene,
  who: Named,
  one: Somebody,
  { ids, kind, id }: { ids: Ids; kind: string; id: string },
): Promise<boolean | undefined> {
  const here = ids === scene.ids.here
  switch (who) {
    case 'anybody':
      return undefined
    case 'engagement':
      return here ? undefined : false
    case 'candidate':
      // The two engagements of ours have the same sides.
      return ids === scene.ids.elsewhere ? false : undefined
    case 'known':
      return (one.at === 'ours') !== (ids !== scene.ids.elsewhere) && one.role !== 'organizer' ? false : undefined
    default: {
      const owner = await scene.ownerOf(kind, id)
      const own = owner.personId === one.personId
      if (who === 'helped' && one.role === 'organizer') return undefined
      if (who === 'house' || who === 'helped') return owner.orgId === one.orgId ? undefined : false
      if (who === 'mine') return own
      if (!here) return false
      if (who === 'placer') return owner.orgId === one.orgId ? undefined : false
      return who === 'maker' || one.role === 'tester' ? own : undefined
    }
  }
}

/** One field that names an object, put before everybody who gets as far as that. */
async function triesOfObject(scene: ReachScene, route: Loose<Route>, field: string, who: Named): Promise<Try[]> {
  const { key } = route
  const said = spoken[key]
  const tries: Try[] = []
  const own = idsFor(key, scene.ids.here)
  const kind = kindAt(key, field)
  const look = said.on === undefined ? [field] : ['params.engagementId', field]
  const asking = (one: Somebody, id: string) =>
    looking(route, look, () =>
      scene.ask(
        one,
        key,
        scene.partsFor(key, (path, of) => (path === field ? id : own(path, of)), field),
      ),
    )
  const add = (one: Somebody, told: string, wanted: string, id: string): void => {
    const name = `${one.name}, ${field} ${told}`
    tries.push({ about: 'object', told: name, wanted, ask: () => asking(one, id), right: (got) => got === wanted })
  }
  const comers = scene.people.filter(
    (one) =>
      one.posts.length > 1 && enters(said, one) && (said.on === undefined || atEngagement(said, one) === 'reached'),
  )
  const able: Somebody[] = []
  const where = [
    ['here', scene.ids.here],
    ['beside', scene.ids.beside],
    ['elsewhere', scene.ids.elsewhere],
  ] as const
  for (const one of comers) {
    add(one, 'of nobody', 'not_found', absent(kind))
    for (const [name, ids] of where) {
      const id = idsFor(key, ids)(field, kind)
      const may = await mayName(scene, who, one, { ids, kind: who === 'placer' ? 'decoy' : kind, id })
      if (may !== undefined) add(one, `from ${name}`, may ? 'reached' : 'not_found', id)
      else if (ids === scene.ids.here) able.push(one)
    }
  }
  // That the field is one of an object which is there: somebody gets past it.
  if (able.length > 0)
    tries.push({
      about: 'object',
      told: `${field}, one of ${able.length}`,
      wanted: 'reached',
      right: (answer) => answer === 'reached',
      async ask() {
        const answers = new Set<string>()
        for (const one of able) answers.add(await asking(one, own(field, kind)))
        return answers.has('reached') ? 'reached' : [...answers].join()
      },
    })
  return tries
}

/** Asks while only these references of a route are looked at, and every other one is taken as it comes. */
async function looking(route: Loose<Route>, fields: readonly string[], ask: () => Promise<string>): Promise<string> {
  const all = route.references
  const taken: Reference<unknown> = { about: 'taken as it comes', load: async (_work, id) => id }
  route.references = Object.fromEntries(
    Object.entries(all).map(([field, one]) => [field, fields.includes(field) ? one : taken]),
  )
  try {
    return await ask()
  } finally {
    route.references = all
  }
}

/** Ids for a route: of the kinds that it names, those in the state that it wants. */
function idsFor(key: EndpointKey, ids: Ids): (path: string, kind: string) => string {
  const file = key.endsWith('/content') ? 'announced' : key.startsWith('DELETE ') ? 'loose' : 'attachment'
  // A decoy looks like a finding.
  const finding = key.includes('/decoys/') ? 'decoy' : 'finding'
  return (_path, kind) => ids[kind === 'attachment' ? file : kind === 'finding' ? finding : kind] ?? absent(kind)
}

/** The kind of object that a field names. */
function kindAt(key: EndpointKey, field: string): string {
  let found = ''
  partsOf(
    http[key],
    (path, kind) => {
      if (path === field) found = kind
      return absent(kind)
    },
    field,
  )
  return found
}

async function seenAt(scene: ReachScene, who: Somebody, at?: Date): Promise<number> {
  const db = scene.stage.deps.database.kysely
  if (at !== undefined)
    await db.updateTable('logins').set({ seen_at: at }).where('person_id', '=', who.personId).execute()
  const rows = await db.selectFrom('logins').select('seen_at').where('person_id', '=', who.personId).execute()
  return Math.max(...rows.map((row) => row.seen_at.getTime()))
}

/** A field of no contract. */
export const unknownField = 'isTenantAdmin'
/** More than any route takes of one address in ten minutes. */
const mostTries = 240
