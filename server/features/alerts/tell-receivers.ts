import { alertAsGbt44886 } from '@zhongheng/domain/conduct/alert-as-gbt44886.ts'
import { alertAsOcsf } from '@zhongheng/domain/conduct/alert-as-ocsf.ts'
import { type AlertNews, type NewsForm, asciiJson } from '@zhongheng/domain/conduct/alert-news.ts'
import type { SyslogGrade } from '@zhongheng/domain/conduct/syslog-line.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import type { Db, Work } from '../../work/work.ts'
import type { EngagementSealing } from '../engagements/reads.ts'

type Receiver = Pick<Selectable<Database['alert_receivers']>, 'id' | 'engagement_id' | 'form'>

const forms = { ocsf: alertAsOcsf, gbt44886: alertAsGbt44886 } satisfies { [form in NewsForm]: unknown }
/** Exchanges that a message names. */
const shownExchanges = 2

/**
 * Queues the news of an alert for each receiver of its engagement, in the commit that it tells of; a job sends it. As the
 * system, because whoever deals with an alert neither chooses nor writes what is told outside.
 */
export async function tellOfAlert(
  work: Work,
  sealing: EngagementSealing,
  alertId: string,
  what: 'raised' | 'acknowledged' | 'settled',
): Promise<void> {
  await work.asSystem(async (db) => {
    const alert = await db.selectFrom('alerts').selectAll().where('id', '=', alertId).executeTakeFirstOrThrow()
    const receivers = await db
      .selectFrom('alert_receivers')
      .select(['id', 'engagement_id', 'form'])
      .where('engagement_id', '=', alert.engagement_id)
      .where('removed_at', 'is', null)
      .execute()
    if (receivers.length === 0) return
    const seen = await db
      .selectFrom('alert_hits')
      .select(['exchange_id', 'count', 'digest'])
      .where('alert_id', '=', alertId)
      .orderBy('sequence', 'desc')
      .limit(shownExchanges)
      .execute()
    const facts: AlertNews['alert'] = {
      id: alert.id,
      kind: alert.kind as 'flood',
      severity: alert.severity as 'low',
      response: alert.response as 'alarm',
      outcome: alert.outcome as null,
      testerId: alert.person_id,
      leaseId: alert.lease_id,
      hostDigest: sealing.commit(alert.host),
      exchanges: alert.exchanges,
      most: alert.most,
      firstAt: alert.first_at,
      lastAt: alert.last_at,
      seen: seen.map((hit) => ({ exchangeId: hit.exchange_id, count: hit.count, digest: hit.digest })),
    }
    const grade = what === 'raised' ? (alert.severity as SyslogGrade) : 'none'
    for (const receiver of receivers) await queue(work, db, receiver, { what, alert: facts }, grade)
  })
}

/** Queues a test message for one receiver. */
export const tellTest = (work: Work, receiver: Receiver): Promise<void> =>
  work.asSystem((db) => queue(work, db, receiver, { what: 'test' }, 'none'))

async function queue(
  work: Work,
  db: Db,
  receiver: Receiver,
  news: Pick<AlertNews, 'what' | 'alert'>,
  grade: SyslogGrade,
): Promise<void> {
  const id = work.newId('alertDelivery')
  const page = `${work.deps.settings.publicUrl}/engagements/${receiver.engagement_id}/alerts`
  const message = asciiJson(
    forms[receiver.form as NewsForm]({ ...news, id, at: work.now, page, engagementId: receiver.engagement_id }),
  )
  await db
    .insertInto('alert_deliveries')
    .values({
      id,
      receiver_id: receiver.id,
      engagement_id: receiver.engagement_id,
      what: news.what,
      grade,
      at: work.now,
      message,
      state: 'waiting',
      next_try_at: work.now,
    })
    .execute()
}
