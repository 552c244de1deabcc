import type { EndpointKey } from '@zhongheng/contracts/http/index.ts'
import { tokenAreas } from '@zhongheng/contracts/http/token-areas.ts'
import { type Actor, type Post, type Role, posts, roles } from '@zhongheng/domain/access/actor.ts'
import { type EngagementAction, engagementPermissions, housePermissions } from '@zhongheng/domain/access/matrix.ts'
import { loginWaits } from '@zhongheng/domain/access/sign-in.ts'
import { openAbroad } from '@zhongheng/domain/jurisdiction/border.ts'
import type { EngagementHandle } from '@zhongheng/server/features/engagements/reads.ts'
import type { Reference, Route } from '@zhongheng/server/http/registry.ts'
import type { Work } from '@zhongheng/server/work/work.ts'
import { z } from 'zod'
import { type Loose, type ReachScene, type Somebody, endpointAt } from '../access/reach-scene.ts'
import { type About, unknownField } from '../access/reach.ts'
import { type Named, type Spoken, spoken } from '../access/spoken.ts'

/** One check of one route taken out or weakened, in the very table that the server runs with. */
export type RouteMutant = {
  readonly key: EndpointKey
  readonly name: string
  /** The tries that it is put before. */
  readonly about: About
  apply(): void
  undo(): void
}
type Grant = Partial<Record<Role, readonly Post[]>>
type HouseGrant = { kinds: readonly Role[]; posts: readonly Post[] }
type Load = Reference<unknown>['load']

/** Every mutant of what the routes declare. */
export function routeMutants(scene: ReachScene): RouteMutant[] {
  return [...scene.routes.values()].flatMap((route) => [
    ...ofDoor(route),
    ...ofInput(route),
    ...ofReferences(scene, route),
  ])
}

/** Puts a value in a place, or takes the place away, and back. */
function put<T extends object, K extends keyof T>(
  at: T,
  name: K,
  value: T[K] | undefined,
): Pick<RouteMutant, 'apply' | 'undo'> {
  const was = at[name]
  const set = (what: T[K] | undefined): void => {
    if (what === undefined) delete at[name]
    else at[name] = what
  }
  return { apply: () => set(value), undo: () => set(was) }
}

/** Who may come at all: the house, the login, its confirmation, the token, how often. */
function ofDoor(route: Loose<Route>): RouteMutant[] {
  const { key, access } = route
  const mutants: RouteMutant[] = []
  const endpoint = endpointAt(key)
  const add = (about: About, name: string, change: Pick<RouteMutant, 'apply' | 'undo'>): void => {
    mutants.push({ key, about, name, ...change })
  }
  if (access !== 'public') {
    add('entry', 'open to anybody', put(route, 'access', 'public'))
    for (const wait of loginWaits)
      if (!route.whileWaiting.includes(wait))
        add(
          'waiting',
          `open while a login waits for ${wait}`,
          put(route, 'whileWaiting', [...route.whileWaiting, wait]),
        )
  }
  if (access !== 'public' && access !== 'signed_in') {
    const grant: HouseGrant = housePermissions[access]
    add('entry', 'open to anybody signed in', put(route, 'access', 'signed_in'))
    if (grant.kinds.length < roles.length)
      add('entry', 'open to houses of every kind', asHouse(route, { ...grant, kinds: roles }))
    if (grant.posts.length < posts.length) add('entry', 'open to every post', asHouse(route, { ...grant, posts }))
  }
  if (endpoint.stepUp === true) add('confirmation', 'without a confirmation', put(endpoint, 'stepUp', undefined))
  if (route.stepUpWhen)
    add(
      'confirmation',
      'without a confirmation',
      put(route, 'stepUpWhen', () => false),
    )
  // What no area names is shut to tokens a second time.
  if (endpoint.personOnly && route.area !== null) add('token', 'open to tokens', put(endpoint, 'personOnly', undefined))
  if (access !== 'public' && route.area === null && !endpoint.stepUp && !endpoint.personOnly)
    add('token', 'open to tokens', put(route, 'area', tokenAreas[0]))
  if (access !== 'public' && spoken[key].token)
    add(
      'token',
      'open to tokens for something else',
      put(route, 'area', tokenAreas.find((one) => one !== route.area) ?? null),
    )
  if (route.before) add('tries', 'tries are not counted', put(route, 'before', undefined))
  if (route.byItself) add('idleness', 'keeps a login from falling idle', put(route, 'byItself', false))
  return mutants
}

/** The route as if the matrix had this row for it. */
function asHouse(route: Loose<Route>, grant: HouseGrant): Pick<RouteMutant, 'apply' | 'undo'> {
  const table = housePermissions as unknown as Record<string, HouseGrant>
  const { apply, undo } = put(route, 'access', 'mutant' as Route['access'])
  return {
    apply: () => ((table['mutant'] = grant), apply()),
    undo: () => (delete table['mutant'], undo()),
  }
}

/** A field of no contract is taken. */
function ofInput({ key }: Loose<Route>): RouteMutant[] {
  const endpoint = endpointAt(key)
  return (['body', 'query'] as const).flatMap((part) => {
    const shape = endpoint[part]
    if (!shape) return []
    const without = (given: unknown): unknown => {
      if (typeof given !== 'object' || given === null) return given
      const { [unknownField]: _taken, ...rest } = given as Record<string, unknown>
      return rest
    }
    const loose = z.preprocess(without, shape) as unknown as z.ZodObject
    return [{ key, about: 'input' as const, name: `${part} takes unknown fields`, ...put(endpoint, part, loose) }]
  })
}

/** What each reference looks at. */
function ofReferences(scene: ReachScene, route: Loose<Route>): RouteMutant[] {
  const { key } = route
  const said = spoken[key]
  const mutants: RouteMutant[] = []
  const add = (field: string, name: string, load: (load: Load) => Load): void => {
    const one = route.references[field]
    if (!one) throw new Error(`${key} has no ${field}`)
    const weak = { ...route.references, [field]: { ...one, load: load(one.load) } }
    const about = field === 'params.engagementId' ? 'engagement' : 'object'
    mutants.push({ key, about, name: `${field}: ${name}`, ...put(route, 'references', weak) })
  }
  if (said.on !== undefined && said.on !== 'act') {
    const at = 'params.engagementId'
    const acts = said.on
    const grants: Grant[] = acts.map((act) => engagementPermissions[act])
    const held = (role: Role): readonly Post[] => grants.flatMap((grant) => grant[role] ?? [])
    const some = roles.flatMap(held)
    if (roles.some((role) => held(role).length > 0 && posts.some((post) => !held(role).includes(post))))
      add(at, 'every post of the sides that may', (load) =>
        widened(load, (grant, role) => (grant[role] ? posts : undefined)),
      )
    // An invited tester comes by another way.
    if (said.special === undefined && roles.some((role) => held(role).length === 0))
      add(at, 'every side, with the posts of one that may', (load) =>
        widened(load, (grant, role) => grant[role] ?? [...new Set(some)]),
      )
    const mayAll = scene.people.find(
      (one) => one.at === 'ours' && one.works && !one.abroad && one.posts.length > 1 && held(one.role).length > 0,
    )
    if (!mayAll) throw new Error(`nobody may do ${acts.join()}`)
    add(at, 'houses that have no part in it', (load) =>
      lent(load, (who) => (who.at === 'theirs' ? [mayAll] : []), scene),
    )
    add(at, 'members to whom it was not given', (load) =>
      lent(load, (who) => (who.works || who.at === 'theirs' ? [] : [alike(scene, who)]), scene),
    )
    const closed = !acts.some((one) => openAbroad.includes(one))
    if (closed && roles.some((role) => role !== 'demand' && held(role).length > 0))
      add(at, 'people abroad', (load) => lent(load, (who) => (who.abroad ? [alike(scene, who)] : []), scene))
  }
  for (const [field, who] of Object.entries(said.within ?? {})) {
    const named: Named = who
    if (named === 'act' || named === 'anybody') continue
    if (said.on !== undefined && named !== 'candidate')
      add(field, 'of another engagement', (load) => elsewhere(load, scene))
    // Of the sides only testers know of some and not of others.
    const told = named === 'engagement' || (named === 'tester' && !mayAtAll(said, 'tester'))
    if (!told) add(field, 'of anybody', (load) => lent(load, () => scene.people, scene))
  }
  return mutants
}

const mayAtAll = ({ on }: Spoken, role: Role): boolean =>
  Array.isArray(on) &&
  on.some((act: EngagementAction) => ((engagementPermissions[act] as Grant)[role] ?? []).length > 0)

/** A colleague who differs only in that the engagement is given to them, and that they are at home. */
const alike = (scene: ReachScene, who: Somebody): Somebody =>
  scene.people.find((one) => one.name === `${who.role} colleague`) ?? who

/** The load under a matrix of which each row gives more. */
function widened(load: Load, wider: (grant: Grant, role: Role) => readonly Post[] | undefined): Load {
  const table = engagementPermissions as unknown as Record<string, Grant>
  return async (work, id, context) => {
    const was = { ...table }
    for (const [act, grant] of Object.entries(was))
      table[act] = Object.fromEntries(
        roles.flatMap((role) => {
          const held = wider(grant, role)
          return held === undefined ? [] : [[role, held]]
        }),
      )
    try {
      return await load(work, id, context)
    } finally {
      Object.assign(table, was)
    }
  }
}

/** The load by the right of somebody else who may, past the row policies: what this person has is not looked at. */
function lent(load: Load, whose: (who: Somebody) => readonly Somebody[], scene: ReachScene): Load {
  return async (work, id, context) => {
    const who = scene.people.find((one) => one.personId === work.actor.personId)
    const first = await load(work, id, context).then(
      (found) => ({ found }),
      (error: unknown) => ({ error }),
    )
    if (!('error' in first)) return first.found
    for (const { personId, orgId, role, name } of who === undefined ? [] : whose(who)) {
      const actor: Actor = { personId, orgId, orgKind: role, posts, name }
      const on = { ...context.on }
      const engagement = on['params.engagementId'] as EngagementHandle | undefined
      if (engagement) on['params.engagementId'] = { ...engagement, role }
      try {
        return await work.asSystem((db) => load({ ...work, db, actor } as Work, id, { ...context, on }))
      } catch {
        // The next one may.
      }
    }
    throw first.error
  }
}

/** The load as if the engagement in the path were the one that the object belongs to. */
function elsewhere(load: Load, scene: ReachScene): Load {
  return async (work, id, context) => {
    const handle = context.on['params.engagementId'] as EngagementHandle
    for (const ids of [scene.ids.here, scene.ids.beside, scene.ids.elsewhere])
      if (Object.values(ids).includes(id))
        return load(work, id, {
          ...context,
          on: { ...context.on, 'params.engagementId': { ...handle, id: ids['engagement'] ?? '' } },
        })
    return load(work, id, context)
  }
}
