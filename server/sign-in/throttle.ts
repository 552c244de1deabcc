import { isIPv4 } from 'node:net'
import { days, minutes } from '@zhongheng/domain/shared/clock.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { sql } from 'kysely'
import type { Deps } from '../work/deps.ts'
import { type Work, inSystemWork, sha256 } from '../work/work.ts'

/** How long a browser stays known after its last sign-in (milliseconds). */
export const deviceLife = days(180)

const span = minutes(10)
/** Checks in ten minutes: of one account from wherever, of one account from a browser it knows, of one address. */
export const throttleLimits = { account: 10, device: 10, address: 60, matter: 10 } as const

/** Somebody who is about to show a credential of an account: by its login name, which may exist or not. */
export type Attempt = { readonly account: string; readonly address: string; readonly devices: readonly string[] }

/**
 * The one throttle over every check of a credential: password, one-time code, recovery code, step-up, password change.
 * All of them share one counter per account in the database, in a window that slides. It counts before the check, in a
 * transaction of its own, so that a refused guess stays counted.
 *
 * A browser in which the account was signed in before counts by itself: guessing from elsewhere does not lock its
 * owner out, and its cookie is nothing that a stranger has.
 * @throws Problem too_many LOGIN-2
 */
export async function admit(deps: Deps, attempt: Attempt): Promise<void> {
  const admitted = await inSystemWork(deps, async (work) => {
    const device = await knownDevice(work, attempt)
    if (device) return take(work, deviceKey(device), throttleLimits.device)
    // The address first: one address cannot fill the table with names.
    return (
      (await take(work, addressKey(attempt.address), throttleLimits.address)) &&
      (await take(work, accountKey(attempt.account), throttleLimits.account))
    )
  })
  if (!admitted) throw tooMany(throttleLimits.account)
}

/** A right credential was no guess: its own mark goes, the marks of others stay. */
export async function forgive(work: Work, attempt: Attempt): Promise<void> {
  await work.asSystem(async () => {
    const device = await knownDevice(work, attempt)
    if (device) {
      await work.db.deleteFrom('throttles').where('key', '=', deviceKey(device)).execute()
      return
    }
    for (const key of [addressKey(attempt.address), accountKey(attempt.account)])
      await sql`update throttles set marks = trim_array(marks, 1) where key = ${key} and cardinality(marks) > 0`.execute(
        work.db,
      )
  })
}

/** Checks of one kind are counted apart from those of another, each in ten minutes. */
export type ThrottleKind = { readonly mark: string; readonly matter: number; readonly address: number }
const links: ThrottleKind = { mark: '', matter: throttleLimits.matter, address: throttleLimits.address }
/** Every witness hands in a line several times a minute, and several may share an address. */
export const cosigning: ThrottleKind = { mark: 'cosign ', matter: 200, address: 1000 }

/**
 * Counts an address and what it tries where no account is named: links with long random tokens, public look-ups.
 * @throws Problem too_many LOGIN-2
 */
export async function throttle(deps: Deps, address: string, matter: string, kind: ThrottleKind = links): Promise<void> {
  const admitted = await inSystemWork(
    deps,
    async (work) =>
      (await take(work, kind.mark + addressKey(address), kind.address)) &&
      (await take(work, sha256(`${kind.mark}matter ${matter} ${networkOf(address)}`), kind.matter)),
  )
  if (!admitted) throw tooMany(kind.matter)
}

/** Whether this is still within `limit` in ten minutes; what is refused is not counted again. */
async function take(work: Work, key: string, limit: number): Promise<boolean> {
  const since = new Date(work.now.getTime() - span)
  const live = sql`array(select mark from unnest(throttles.marks) as mark where mark > ${since} order by mark)`
  const counted = await sql<{ count: number }>`
    insert into throttles (key, since, count, marks) values (${key}, ${work.now}, 1, array[${work.now}::timestamptz])
    on conflict (key) do update set since = ${work.now},
      count = case when cardinality(${live}) < ${limit} then 1 else 0 end,
      marks = case when cardinality(${live}) < ${limit} then ${live} || ${work.now}::timestamptz else ${live} end
    returning count`.execute(work.db)
  return counted.rows[0]?.count === 1
}

/** The id of the browser, when this account was signed in there before. */
async function knownDevice(work: Work, { account, devices }: Attempt): Promise<string | null> {
  // Asked for every attempt, with or without a cookie, so that no answer is quicker than another.
  const row = await work.db
    .selectFrom('devices')
    .innerJoin('credentials', 'credentials.person_id', 'devices.person_id')
    .select('devices.id')
    .where('credentials.login', '=', account)
    .where('devices.token_digest', 'in', [sha256(''), ...devices.map(sha256)])
    .where('devices.last_at', '>', new Date(work.now.getTime() - deviceLife))
    .executeTakeFirst()
  return row?.id ?? null
}

const accountKey = (account: string): string => sha256(`account ${account}`)
const deviceKey = (deviceId: string): string => sha256(`device ${deviceId}`)
const addressKey = (address: string): string => sha256(`address ${networkOf(address)}`)

/** What one visitor has at their disposal: an IPv4 address, or the /64 of an IPv6 one. */
const networkOf = (address: string): string => {
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address
  return isIPv4(plain) ? plain : firstGroups(plain, 4)
}

/** The first groups of an IPv6 address, written out. */
export function firstGroups(address: string, count: number): string {
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? []
  const front = head ? head.split(':') : []
  const back = tail ? tail.split(':') : []
  const groups =
    tail === undefined
      ? front
      : [...front, ...Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0'), ...back]
  return groups.slice(0, count).join(':')
}

const tooMany = (most: number): Problem =>
  new Problem('too_many', say('尝试次数过多，请 10 分钟后再试', 'too many attempts; try again in 10 minutes'), {
    rule: 'LOGIN-2',
    fields: [
      {
        field: 'login',
        limit: say(`10 分钟内最多 ${most} 次`, `at most ${most} attempts in 10 minutes`),
        fix: say('稍后再试', 'wait and try again'),
      },
    ],
  })
