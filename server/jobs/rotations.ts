import { minutes } from '@zhongheng/domain/shared/clock.ts'
import { say } from '@zhongheng/domain/shared/problem.ts'
import { type Selectable, type Updateable, sql } from 'kysely'
import type { Database } from '../database/schema.ts'
import { type EngagementKeyRow, wrappedBy } from '../sealing/engagement-envelope.ts'
import type { DataKeys } from '../sealing/seal.ts'
import { tenantKeyOf } from '../sealing/tenant-keys.ts'
import type { Deps } from '../work/deps.ts'
import { type Work, inSystemWork } from '../work/work.ts'
import { resealSome } from './reseal.ts'
import { everySoOften, type Stop } from './rounds.ts'

type Order = Selectable<Database['key_rotations']>
export type RotationOptions = {
  /** Rows of one transaction. */
  readonly batch?: number
  /** How long everything that was under way at the beginning may go on with the keys it has. */
  readonly settleMs?: number
}

/** What a step says of itself: there is more of it, it has come to its end, or it must wait. */
type Came = 'on' | 'through' | 'waits'
type Step = (work: Work, order: Order, options: Required<RotationOptions>) => Promise<Came>

const usual = { batch: 20, settleMs: minutes(5) }
/** How often orders are looked for, and waiting ones looked at again. */
const lookMs = 5_000

/**
 * Carries the open order one small transaction further. Its place is kept in that same commit, so that a stop or a kill
 * at any moment costs nothing but the step under way. Reading and writing go on: both keys open, the newest seals.
 * @returns whether there is more to do at once
 * @throws what went wrong, after it was noted at the order; it is tried again
 */
export async function rotateSome(deps: Deps, options: RotationOptions = {}): Promise<boolean> {
  const given = { ...usual, ...options }
  const quiet = await isQuiet(deps, given.settleMs)
  let orderId: string | undefined
  try {
    return await inSystemWork(deps, async (work) => {
      const order = await work.db
        .selectFrom('key_rotations')
        .selectAll()
        .where('state', '<>', 'done')
        .orderBy('asked_at')
        .limit(1)
        .forUpdate()
        .skipLocked()
        .executeTakeFirst()
      if (!order) return false
      orderId = order.id
      const plan = plans[order.kind]
      const step = plan[order.step]
      if (step === undefined) throw new Error(`a rotation has no step ${order.step}`)
      if (step === settle && !quiet) return false
      const came = await step(work, order, given)
      if (came !== 'through') return came === 'on'
      const over = order.step + 1 === plan.length
      await change(work, order, {
        step: order.step + 1,
        cursor: '',
        fault: null,
        ...(over
          ? { state: 'done', ended_at: work.now, done: order.total }
          : plan[order.step + 1] === settle
            ? { state: 'settling', settling_since: await databaseNow(work) }
            : { state: 'running' }),
      })
      if (over)
        work.record({
          kind: 'rotation.done',
          engagementId: null,
          subject: order.id,
          role: 'system',
          audience: 'house',
          facts: { kind: order.kind, kek: order.target },
        })
      return !over
    })
  } catch (error) {
    if (orderId !== undefined) await noteFault(deps, orderId)
    throw error
  }
}

/** Of the key-encryption key: a new one wraps the keys of all organisations, and with them those of all engagements. */
const kek: readonly Step[] = [
  async (work, order) => {
    const target = await work.deps.keys.addKek(work.now)
    await work.db.updateTable('sealing_state').set({ kek: target }).execute()
    await begin(work, order, { target, total: 2 * ((await tenants(work)) + (await engagements(work))) })
    return 'through'
  },
  rewrapTenants,
  eachEngagement(rewrap),
  settle,
  // Once more, for what was made with the old key in memory while the first round went.
  rewrapTenants,
  eachEngagement(rewrap),
  async (work, order) => {
    await work.deps.keys.keepOnlyKek(order.target ?? 0)
    return 'through'
  },
]

/** Of the organisations' keys: each gets a new one, which wraps the keys of its engagements. */
const tenant: readonly Step[] = [
  async (work, order) => {
    await begin(work, order, { total: (await tenants(work)) + 2 * (await engagements(work)) })
    return 'through'
  },
  newTenantKeys,
  eachEngagement(rewrap),
  settle,
  eachEngagement(rewrap),
  async (work) => {
    await work.db
      .deleteFrom('tenant_keys as old')
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('tenant_keys as newer')
            .select('newer.version')
            .whereRef('newer.org_id', '=', 'old.org_id')
            .whereRef('newer.version', '>', 'old.version'),
        ),
      )
      .execute()
    return 'through'
  },
]

/** Of the engagements' keys: each gets a new one, every value is sealed anew under it, then the old one goes. */
const engagement: readonly Step[] = [
  async (work, order) => {
    await begin(work, order, { total: 3 * (await engagements(work)) })
    return 'through'
  },
  eachEngagement(addKey),
  settle,
  eachEngagement(reseal, 1),
  eachEngagement(forgetOldKeys),
]

const plans: { readonly [kind in Order['kind']]: readonly Step[] } = { kek, tenant, engagement }

/** Passed by the caller, who looked from outside of any transaction. */
async function settle(): Promise<Came> {
  return 'through'
}

async function rewrapTenants(work: Work, order: Order, { batch }: Required<RotationOptions>): Promise<Came> {
  const { rows } = await sql<{ org_id: string; version: number; wrapped: Buffer }>`
    select org_id, version, wrapped from tenant_keys
    where get_byte(wrapped, 2) * 256 + get_byte(wrapped, 3) <> ${order.target}
    order by org_id, version limit ${batch} for update`.execute(work.db)
  for (const { org_id, version, wrapped } of rows)
    await work.db
      .updateTable('tenant_keys')
      .set({ wrapped: Buffer.from(work.deps.keys.rewrapTenantKey({ orgId: org_id, version, wrapped }).wrapped) })
      .where('org_id', '=', org_id)
      .where('version', '=', version)
      .execute()
  if (rows.length === 0) return 'through'
  await change(work, order, { done: order.done + rows.length })
  return 'on'
}

async function newTenantKeys(work: Work, order: Order, { batch }: Required<RotationOptions>): Promise<Came> {
  const rows = await work.db
    .selectFrom('tenant_keys')
    .select(({ fn }) => ['org_id', fn.max('version').as('version')])
    .where('org_id', '>', order.cursor)
    .groupBy('org_id')
    .orderBy('org_id')
    .limit(batch)
    .execute()
  for (const { org_id, version } of rows) {
    const made = work.deps.keys.newTenantKey(org_id, version + 1)
    await work.db
      .insertInto('tenant_keys')
      .values({ org_id, version: made.version, wrapped: Buffer.from(made.wrapped), made_at: work.now })
      .execute()
  }
  return onwards(work, order, rows, (row) => row.org_id)
}

/** Goes through the engagements whose keys were not destroyed, in the order of their ids, some at a time. */
function eachEngagement(
  act: (work: Work, row: EngagementKeyRow, keys: DataKeys) => Promise<Came>,
  atOnce?: number,
): Step {
  return async (work, order, { batch }) => {
    const rows = await work.db
      .selectFrom('engagements')
      .select(['id', 'demand_org_id', 'wrapped_key'])
      .where('id', '>', order.cursor)
      .orderBy('id')
      .limit(atOnce ?? batch)
      .forUpdate()
      .execute()
    for (const [at, row] of rows.entries()) {
      const keys = work.deps.keys.engagement(row)
      const came = keys === null ? 'through' : await act(work, row, keys)
      if (came === 'through') continue
      if (at > 0) await onwards(work, order, rows.slice(0, at), (one) => one.id)
      return came
    }
    return onwards(work, order, rows, (row) => row.id)
  }
}

/** Under the newest key of its organisation, and with it the newest key-encryption key. */
async function rewrap(work: Work, row: EngagementKeyRow, keys: DataKeys): Promise<Came> {
  const wrapped = work.deps.keys.wrap(await tenantKeyOf(work, row.demand_org_id), keys)
  const [now, wanted] = [wrappedBy(row.wrapped_key), wrappedBy(wrapped)]
  if (now?.kek !== wanted?.kek || now?.tenant !== wanted?.tenant) await keep(work, row, wrapped)
  return 'through'
}

async function addKey(work: Work, row: EngagementKeyRow, keys: DataKeys): Promise<Came> {
  await wrapAnew(work, row, work.deps.keys.renewed(keys))
  return 'through'
}

async function reseal(work: Work, _row: EngagementKeyRow, keys: DataKeys): Promise<Came> {
  return (await resealSome(work, keys)) > 0 ? 'on' : 'through'
}

async function forgetOldKeys(work: Work, row: EngagementKeyRow, keys: DataKeys): Promise<Came> {
  if (keys.keys.size === 1) return 'through'
  // Packs lie on the disk under the key of their day; they are gone after some days, and it with them.
  const pack = await work.db
    .selectFrom('packs')
    .select('id')
    .where('engagement_id', '=', row.id)
    .where('state', 'in', ['building', 'ready'])
    .limit(1)
    .executeTakeFirst()
  if (pack) return 'waits'
  const only = new Map([...keys.keys].filter(([version]) => version === keys.current))
  await wrapAnew(work, row, { ...keys, keys: only })
  return 'through'
}

const wrapAnew = async (work: Work, row: EngagementKeyRow, keys: DataKeys): Promise<void> =>
  keep(work, row, work.deps.keys.wrap(await tenantKeyOf(work, row.demand_org_id), keys))

const keep = async (work: Work, row: EngagementKeyRow, wrapped: Buffer): Promise<void> =>
  void (await work.db.updateTable('engagements').set({ wrapped_key: wrapped }).where('id', '=', row.id).execute())

async function onwards<R>(work: Work, order: Order, rows: readonly R[], idOf: (row: R) => string): Promise<Came> {
  const last = rows.at(-1)
  if (last === undefined) return 'through'
  await change(work, order, { cursor: idOf(last), done: order.done + rows.length })
  return 'on'
}

const begin = (work: Work, order: Order, facts: { target?: number; total: number }): Promise<void> =>
  change(work, order, { state: 'running', ...facts })

const change = async (work: Work, order: Order, to: Updateable<Database['key_rotations']>): Promise<void> =>
  void (await work.db.updateTable('key_rotations').set(to).where('id', '=', order.id).execute())

const tenants = (work: Work): Promise<number> => count(work, 'tenant_keys')
const engagements = (work: Work): Promise<number> => count(work, 'engagements')
/** Not the clock of tests: it is held against what the database says of its transactions. */
const databaseNow = async (work: Work): Promise<Date> =>
  (await sql<{ now: Date }>`select now() as now`.execute(work.db)).rows[0]?.now ?? work.now

async function count(work: Work, table: 'tenant_keys' | 'engagements'): Promise<number> {
  const { n } = await work.db
    .selectFrom(table)
    .select(({ fn }) => fn.countAll<string>().as('n'))
    .executeTakeFirstOrThrow()
  return Number(n)
}

/**
 * Whether nothing is under way any more that read keys before the order came to rest: no transaction, no pack that is
 * being built, and no request that goes on after its commit, for which the time is given.
 */
async function isQuiet(deps: Deps, settleMs: number): Promise<boolean> {
  const resting = await inSystemWork(deps, async ({ db }) => {
    const order = await db
      .selectFrom('key_rotations')
      .select(['settling_since', sql<boolean>`settling_since <= now() - ${settleMs} * interval '1 ms'`.as('long')])
      .where('state', '=', 'settling')
      .executeTakeFirst()
    if (!order?.settling_since || !order.long) return undefined
    const building = await db.selectFrom('packs').select('id').where('state', '=', 'building').limit(1).execute()
    return building.length > 0 ? undefined : order.settling_since
  })
  if (resting === undefined) return false
  // Transactions are told to the account that opened them, not to the role it takes within.
  const { rows } = await sql<{ busy: boolean }>`select exists (select 1 from pg_stat_activity
    where datname = current_database() and usename = current_user and xact_start < ${resting}) as busy`.execute(
    deps.database.kysely,
  )
  return rows[0]?.busy === false
}

const noteFault = (deps: Deps, id: string): Promise<void> =>
  inSystemWork(deps, async ({ db }) => {
    const fault = say(
      '上一步未成功，将重试；原因见 logs/server.log',
      'the last step failed and is tried again; see logs/server.log',
    )
    await db
      .updateTable('key_rotations')
      .set({ fault: JSON.stringify(fault) })
      .where('id', '=', id)
      .execute()
  })

/** Carries orders out as they come. @returns stops it, after the transaction under way */
export function startRotations(deps: Deps, onFault: (error: unknown) => void): Stop {
  let stopped = false
  const turn = async (): Promise<void> => {
    while (!stopped && (await rotateSome(deps)));
  }
  const rotating = everySoOften(turn, lookMs, onFault)
  return async () => {
    stopped = true
    await rotating.stop()
  }
}
