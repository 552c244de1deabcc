import { type Channel, nextTellingAfter, toldKeptFor } from '@zhongheng/domain/conduct/receivers.ts'
import type { SyslogGrade } from '@zhongheng/domain/conduct/syslog-line.ts'
import { mayBeGiven } from '@zhongheng/domain/jurisdiction/border.ts'
import { hours, minutes } from '@zhongheng/domain/shared/clock.ts'
import { say } from '@zhongheng/domain/shared/problem.ts'
import { type Selectable, sql } from 'kysely'
import type { Database } from '../database/schema.ts'
import { secretAt } from '../features/alerts/receivers.ts'
import { type Outbound, type Telling, sendMessage } from '../features/alerts/send-message.ts'
import { sealingOf } from '../features/engagements/reads.ts'
import type { Deps } from '../work/deps.ts'
import { type Work, inSystemWork } from '../work/work.ts'
import { everySoOften, keepTaking, type Stop } from './rounds.ts'

const pause = 1000
/** Milliseconds after which a message whose server fell silent is taken up by another. */
const patience = minutes(1)

type Taken = Selectable<Database['alert_deliveries']> & { readonly out: Outbound | 'held' | null }

/** Of a receiver abroad, or of which nobody said where it is: nothing leaves, and the reason stands beside it. */
const held: Telling = {
  ok: false,
  why: say(
    '接收方的所在地在境外或未登记，依规定不外送（RMSV-9-7）',
    'the receiver is abroad, or where it is is not on record; nothing is sent (RMSV-9-7)',
  ),
  alone: false,
}

/**
 * Sends what waits and is due, the oldest of each receiver first and receivers beside each other, so that one that hangs
 * keeps no other waiting. @returns how many messages were tried
 */
export async function deliverAlerts(deps: Deps): Promise<number> {
  const taken = await inSystemWork(deps, take)
  await Promise.all(
    taken.map(async (one) => {
      if (one.out !== null) await keep(deps, one, one.out === 'held' ? held : await sendMessage(deps, one.out))
    }),
  )
  return taken.length
}

/** Takes the oldest due message of each receiver, so that of several servers one sends it. */
async function take(work: Work): Promise<Taken[]> {
  const { db, now } = work
  const due = await db
    .selectFrom('alert_deliveries')
    .selectAll()
    .where('state', '=', 'waiting')
    .where('next_try_at', '<=', now)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('alert_deliveries as older')
            .select('older.id')
            .whereRef('older.receiver_id', '=', 'alert_deliveries.receiver_id')
            .where('older.state', '=', 'waiting')
            .where('older.next_try_at', '<=', now)
            .whereRef('older.id', '<', 'alert_deliveries.id'),
        ),
      ),
    )
    .orderBy('id')
    .forUpdate()
    .skipLocked()
    .execute()
  const taken: Taken[] = []
  for (const row of due) {
    await db
      .updateTable('alert_deliveries')
      .set({ tries: sql`tries + 1`, next_try_at: new Date(now.getTime() + patience) })
      .where('id', '=', row.id)
      .execute()
    taken.push({ ...row, tries: row.tries + 1, out: await outboundOf(work, row) })
  }
  return taken
}

/** Null, and the message gone, where the engagement was disposed of: its key to sign with is no more. */
async function outboundOf(work: Work, row: Selectable<Database['alert_deliveries']>): Promise<Taken['out']> {
  const { db } = work
  const receiver = await db
    .selectFrom('alert_receivers')
    .selectAll()
    .where('id', '=', row.receiver_id)
    .executeTakeFirstOrThrow()
  const engagement = await db
    .selectFrom('engagements')
    .select(['id', 'demand_org_id', 'wrapped_key'])
    .where('id', '=', row.engagement_id)
    .executeTakeFirstOrThrow()
  const sealing = sealingOf(work, engagement)
  if (sealing.destroyed) {
    await db.deleteFrom('alert_deliveries').where('id', '=', row.id).execute()
    return null
  }
  if (!mayBeGiven({ organisation: receiver.jurisdiction, person: null }, false)) return 'held'
  return {
    channel: receiver.channel as Channel,
    address: receiver.address,
    authority: receiver.authority,
    secret: receiver.sealed_secret === null ? null : sealing.open(secretAt(receiver.id), receiver.sealed_secret),
    id: row.id,
    what: row.what,
    grade: row.grade as SyslogGrade,
    at: row.at,
    message: row.message,
  }
}

const keep = (deps: Deps, one: Taken, telling: Telling): Promise<void> =>
  inSystemWork(deps, async (work) => {
    const { db, now } = work
    // Whoever removed the receiver meanwhile also removed the message.
    const still = await db
      .selectFrom('alert_deliveries')
      .select('id')
      .where('id', '=', one.id)
      .forUpdate()
      .executeTakeFirst()
    if (!still) return
    const wait = telling.ok ? null : nextTellingAfter(one.tries)
    const next = wait === null ? null : new Date(now.getTime() + wait)
    await db
      .updateTable('alert_deliveries')
      .set({ state: telling.ok ? 'sent' : next === null ? 'given_up' : 'waiting', next_try_at: next })
      .where('id', '=', one.id)
      .execute()
    await db
      .updateTable('alert_receivers')
      .set(telling.ok ? { last_sent_at: now } : { last_failure_at: now, last_failure: JSON.stringify(telling.why) })
      .where('id', '=', one.receiver_id)
      .execute()
    // The receiver is away: what else waits for it comes after this one, rather than each by its own time-out.
    if (!telling.ok && !telling.alone && next !== null)
      await db
        .updateTable('alert_deliveries')
        .set({ next_try_at: next })
        .where('receiver_id', '=', one.receiver_id)
        .where('state', '=', 'waiting')
        .where('next_try_at', '<', next)
        .execute()
    if (telling.ok || next !== null) return
    work.record({
      kind: 'alert_receiver.failed',
      engagementId: one.engagement_id,
      subject: one.receiver_id,
      role: 'system',
      audience: 'parties',
      facts: { messageId: one.id, tries: one.tries },
    })
  })

const forget = (deps: Deps): Promise<unknown> =>
  inSystemWork(deps, ({ db, now }) =>
    db
      .deleteFrom('alert_deliveries')
      .where('state', '<>', 'waiting')
      .where('at', '<', new Date(now.getTime() - toldKeptFor))
      .execute(),
  )

/** Rounds until it is stopped. */
export function startAlertDeliveries(deps: Deps, onFault: (error: unknown) => void): Stop {
  const telling = keepTaking(async () => (await deliverAlerts(deps)) > 0, pause, onFault)
  const forgetting = everySoOften(() => forget(deps), hours(1), onFault)
  return async () => {
    await Promise.all([telling.stop(), forgetting.stop()])
  }
}
