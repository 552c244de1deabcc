import { randomBytes } from 'node:crypto'
import { isIPv4 } from 'node:net'
import type { Actor, Post, Role } from '@zhongheng/domain/access/actor.ts'
import { type PostEnds, heldPosts } from '@zhongheng/domain/access/held-posts.ts'
import { type LoginWait, type SignInMethod, nextWait, secondFactorDemanded } from '@zhongheng/domain/access/sign-in.ts'
import { minutes } from '@zhongheng/domain/shared/clock.ts'
import { sql } from 'kysely'
import type { Deps } from '../work/deps.ts'
import { type Work, inSystemWork, sha256 } from '../work/work.ts'
import { tellOwner } from './security-notices.ts'
import { deviceLife, firstGroups } from './throttle.ts'

/** 256 random bits as 43 characters: login tokens and links. Only its SHA-256 is stored. */
export const newToken = (): string => randomBytes(32).toString('base64url')
export const isToken = (text: string): boolean => /^[\w-]{43}$/.test(text)

export type Login = {
  readonly loginId: string
  readonly actor: Actor
  readonly locale: string
  /** The account's login name: what the throttle counts by. */
  readonly account: string
  readonly waitsFor: LoginWait | null
  readonly steppedUpAt: Date | null
}

/** From where somebody calls; `devices` are the tokens in the browser's device cookie, one for each account it knew. */
export type Whence = { readonly agent: string; readonly address: string; readonly devices: readonly string[] }

/** Logins that hold at this moment: not ended, not idle, not too old, of somebody who is still there. */
const liveLogins = (work: Work) => {
  const { loginIdleMinutes, loginAbsoluteMinutes } = work.deps.settings
  // An organisation may set shorter limits than the installation (GBT43741-PS-03); they hold for logins that exist, too.
  const limit = (column: 'idle_minutes' | 'absolute_minutes', house: number) =>
    sql<Date>`${work.now}::timestamptz - make_interval(mins => least(${house}::int, sign_in_rules.${sql.ref(column)}))`
  return work.db
    .selectFrom('logins')
    .innerJoin('persons', 'persons.id', 'logins.person_id')
    .innerJoin('organisations', 'organisations.id', 'persons.org_id')
    .innerJoin('credentials', 'credentials.person_id', 'persons.id')
    .leftJoin('sign_in_rules', 'sign_in_rules.org_id', 'persons.org_id')
    .where('logins.ended_at', 'is', null)
    .where('logins.expires_at', '>', work.now)
    .where('logins.seen_at', '>', limit('idle_minutes', loginIdleMinutes))
    .where('logins.created_at', '>', limit('absolute_minutes', loginAbsoluteMinutes))
    .where('persons.state', '=', 'active')
}

/**
 * Finds the live login behind a cookie. Ended, idle and expired logins and removed people answer null.
 * @param counts whether this call is a use of the login; what a page asks by itself is none, or nobody's screen would fall idle
 */
export async function findLogin(deps: Deps, token: string, counts = true): Promise<Login | null> {
  if (!isToken(token)) return null
  return inSystemWork(deps, async (work) => {
    const row = await liveLogins(work)
      .select([
        'logins.id',
        'logins.seen_at',
        'logins.waits_for',
        'logins.stepped_up_at',
        'persons.id as person_id',
        'persons.name',
        'persons.posts',
        'persons.post_ends',
        'persons.locale',
        'organisations.id as org_id',
        'organisations.kind',
        'credentials.login',
      ])
      .where('logins.token_digest', '=', sha256(token))
      .executeTakeFirst()
    if (!row) return null
    // One write a minute is enough for the idle limit and keeps reads cheap.
    if (counts && work.now.getTime() - row.seen_at.getTime() > minutes(1))
      await work.db.updateTable('logins').set({ seen_at: work.now }).where('id', '=', row.id).execute()
    return {
      loginId: row.id,
      locale: row.locale,
      account: row.login,
      waitsFor: row.waits_for as LoginWait | null,
      steppedUpAt: row.stepped_up_at,
      actor: {
        personId: row.person_id,
        orgId: row.org_id,
        orgKind: row.kind as Role,
        posts: heldPosts(row.posts, row.post_ends, work.now),
        name: row.name,
      },
    }
  })
}

/** Whether a login that began earlier still holds, with every post that it had: for streams that outlive their request. */
export async function loginStillLives(deps: Deps, loginId: string, posts: readonly Post[]): Promise<boolean> {
  return inSystemWork(deps, async (work) => {
    const row = await liveLogins(work)
      .select(['persons.posts', 'persons.post_ends'])
      .where('logins.id', '=', loginId)
      .executeTakeFirst()
    return row !== undefined && stillHolds(row, posts, work.now)
  })
}

/** Whether somebody still has the posts that a stream was opened with. */
export function stillHolds(
  row: { readonly posts: readonly string[]; readonly post_ends: PostEnds },
  posts: readonly Post[],
  now: Date,
): boolean {
  const held = heldPosts(row.posts, row.post_ends, now)
  return posts.every((post) => held.includes(post))
}

/** What was begun: the cookies to set and what the login still waits for. */
export type BegunLogin = { readonly token: string; readonly waitsFor: LoginWait | null; readonly device: string | null }

/** Begins a login. Runs as the system: there is no signed-in person yet. */
export async function beginLogin(
  work: Work,
  personId: string,
  whence: Whence,
  how: { method: SignInMethod; strong: boolean },
): Promise<BegunLogin> {
  const token = newToken()
  const loginId = work.newId('login')
  await work.db
    .insertInto('logins')
    .values({
      id: loginId,
      person_id: personId,
      token_digest: sha256(token),
      created_at: work.now,
      seen_at: work.now,
      expires_at: new Date(work.now.getTime() + minutes(work.deps.settings.loginAbsoluteMinutes)),
      ended_at: null,
      agent: whence.agent,
      method: how.method,
      address: whence.address,
      network: networkName(whence.address),
      // Nothing is open until `settleLogin` says so, in this same transaction.
      waits_for: 'second_factor',
    })
    .execute()
  const settled = await settleLogin(work, { loginId, personId, strong: how.strong }, whence)
  return { token, ...settled }
}

/**
 * Works out what a login waits for after one more step, and makes it whole when that is nothing: this counts as fresh
 * re-authentication, and the device and network are noted, and told where they are new.
 */
export async function settleLogin(
  work: Work,
  login: { loginId: string; personId: string; strong: boolean },
  whence: Whence,
): Promise<{ waitsFor: LoginWait | null; device: string | null }> {
  const { loginId, personId } = login
  const begun = await work.db.selectFrom('logins').select('method').where('id', '=', loginId).executeTakeFirstOrThrow()
  const method = begun.method as SignInMethod
  const standing = await standingOf(work, personId)
  const { passwordDays } = work.deps.settings
  const waitsFor = nextWait({ ...standing, method, strong: login.strong, passwordDays }, work.now)
  await work.db
    .updateTable('logins')
    .set({ waits_for: waitsFor, stepped_up_at: waitsFor === 'second_factor' ? null : work.now })
    .where('id', '=', loginId)
    .execute()
  if (waitsFor !== null) return { waitsFor, device: null }
  await work.db.updateTable('credentials').set({ last_seen_at: work.now }).where('person_id', '=', personId).execute()
  work.record({
    kind: 'login.began',
    engagementId: null,
    subject: personId,
    role: 'system',
    audience: 'house',
    facts: { loginId, method, strong: login.strong },
  })
  return { waitsFor, device: await noteWhence(work, loginId, personId, whence) }
}

/** What `nextWait` asks about a person. */
export async function standingOf(work: Work, personId: string) {
  const row = await work.db
    .selectFrom('persons')
    .innerJoin('organisations', 'organisations.id', 'persons.org_id')
    .innerJoin('credentials', 'credentials.person_id', 'persons.id')
    .leftJoin('sign_in_rules', 'sign_in_rules.org_id', 'persons.org_id')
    .select((eb) => [
      'persons.posts',
      'organisations.kind',
      'sign_in_rules.second_factor',
      'credentials.password_set_at',
      eb
        .exists(
          eb
            .selectFrom('one_time_code_secrets as s')
            .select('s.id')
            .whereRef('s.person_id', '=', 'persons.id')
            .where('s.confirmed_at', 'is not', null)
            .where('s.ended_at', 'is', null),
        )
        .as('has_code'),
      eb
        .exists(
          eb
            .selectFrom('passkeys as k')
            .select('k.id')
            .whereRef('k.person_id', '=', 'persons.id')
            .where('k.ended_at', 'is', null),
        )
        .as('has_passkey'),
    ])
    .where('persons.id', '=', personId)
    .executeTakeFirstOrThrow()
  const organisation = row.second_factor === 'everybody' ? 'everybody' : 'installation'
  return {
    hasCode: Boolean(row.has_code),
    hasPasskey: Boolean(row.has_passkey),
    hasFactor: Boolean(row.has_code) || Boolean(row.has_passkey),
    demanded: secondFactorDemanded(
      { orgKind: row.kind as Role, posts: row.posts as Post[] },
      { installation: work.deps.settings.secondFactor, organisation },
    ),
    passwordSetAt: row.password_set_at,
  }
}

/** Puts another value in the place of a login's cookie: after this step the old one opens nothing. */
export async function rotateLogin(work: Work, loginId: string, stepUp: boolean): Promise<string> {
  const token = newToken()
  await work.asSystem((db) =>
    db
      .updateTable('logins')
      .set({ token_digest: sha256(token), ...(stepUp ? { stepped_up_at: work.now } : {}) })
      .where('id', '=', loginId)
      .where('ended_at', 'is', null)
      .execute(),
  )
  return token
}

/**
 * Ends one login, or all of a person's but one. Each caller records an event in the same commit: its notice makes open
 * streams look again. Logins belong to the system role.
 */
export async function endLogins(
  work: Work,
  personId: string,
  which: { only: string } | { but: string | null },
  reason: string,
): Promise<string[]> {
  return work.asSystem(async (db) => {
    let update = db
      .updateTable('logins')
      .set({ ended_at: work.now, end_reason: reason })
      .where('person_id', '=', personId)
      .where('ended_at', 'is', null)
    if ('only' in which) update = update.where('id', '=', which.only)
    else if (which.but !== null) update = update.where('id', '<>', which.but)
    return (await update.returning('id').execute()).map((row) => row.id)
  })
}

/**
 * Notes device and network of a login that is whole. The device cookie opens nothing, it only
 * tells this browser from others. @returns the account's token for the device cookie
 */
async function noteWhence(work: Work, loginId: string, personId: string, whence: Whence): Promise<string> {
  const earlier = await work.db
    .selectFrom('devices')
    .select(['id', 'token_digest'])
    .where('person_id', '=', personId)
    .where('last_at', '>', new Date(work.now.getTime() - deviceLife))
    .execute()
  const kept = whence.devices.find((one) => earlier.some((row) => row.token_digest === sha256(one)))
  // A token that this account did not give is never taken over: somebody may have put it there.
  const token = kept ?? newToken()
  const known = earlier.find((one) => one.token_digest === sha256(token))
  const deviceId = known?.id ?? work.newId('device')
  await work.db
    .insertInto('devices')
    .values({
      id: deviceId,
      person_id: personId,
      token_digest: sha256(token),
      agent: whence.agent,
      first_at: work.now,
      last_at: work.now,
    })
    .onConflict((conflict) =>
      conflict.columns(['person_id', 'token_digest']).doUpdateSet({ last_at: work.now, agent: whence.agent }),
    )
    .execute()
  await work.db.updateTable('logins').set({ device_id: deviceId }).where('id', '=', loginId).execute()
  const network = networkName(whence.address)
  const networks = await work.db
    .selectFrom('known_networks')
    .select('network')
    .where('person_id', '=', personId)
    .execute()
  await work.db
    .insertInto('known_networks')
    .values({ person_id: personId, network, first_at: work.now, last_at: work.now })
    .onConflict((conflict) => conflict.columns(['person_id', 'network']).doUpdateSet({ last_at: work.now }))
    .execute()
  // The very first device and network of an account are no news to its owner.
  if (!known && earlier.length > 0) await tellOwner(work, personId, 'new_device', { agent: whence.agent, network })
  if (networks.length > 0 && !networks.some((one) => one.network === network))
    await tellOwner(work, personId, 'new_network', { agent: whence.agent, network })
  return token
}

/** The network of an address as people tell networks apart: the /24 of IPv4, the /48 of IPv6. */
export function networkName(address: string): string {
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address
  return isIPv4(plain) ? `${plain.split('.').slice(0, 3).join('.')}.0/24` : `${firstGroups(plain, 3)}::/48`
}
