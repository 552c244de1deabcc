import { randomBytes, X509Certificate } from 'node:crypto'
import type { AlertReceiverList, AlertReceiverView } from '@zhongheng/contracts/http/alert-receivers.ts'
import type { Call } from '@zhongheng/contracts/http/index.ts'
import { may } from '@zhongheng/domain/access/matrix.ts'
import { mostReceivers, readReceiver, tooManyReceivers } from '@zhongheng/domain/conduct/receivers.ts'
import { checkGiven } from '@zhongheng/domain/jurisdiction/border.ts'
import { badField, say } from '@zhongheng/domain/shared/problem.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { notFound } from '../../http/problems.ts'
import type { Reference } from '../../http/registry.ts'
import type { Work } from '../../work/work.ts'
import { type EngagementHandle, handleOf } from '../engagements/reads.ts'
import { tellTest } from './tell-receivers.ts'

export type ReceiverRow = Selectable<Database['alert_receivers']>
type Given = Call<'POST /api/engagements/:engagementId/alert-receivers'>['body']

export const secretAt = (id: string) => ({ table: 'alert_receivers', column: 'sealed_secret', row: id })

export const receiverRef: Reference<ReceiverRow> = {
  about: 'receiver of alerts of the engagement in the path',
  async load(work, id, context) {
    const row = await work.db
      .selectFrom('alert_receivers')
      .selectAll()
      .where('id', '=', id)
      .where('engagement_id', '=', handleOf(context).id)
      .where('removed_at', 'is', null)
      .executeTakeFirst()
    if (!row) throw notFound()
    return row
  },
}

/** Receivers in the order in which they were added, with how it goes. */
export async function listReceivers(
  work: Work,
  engagement: EngagementHandle,
  secret: string | null = null,
): Promise<AlertReceiverList> {
  const rows = await work.db
    .selectFrom('alert_receivers')
    .leftJoin('persons', 'persons.id', 'alert_receivers.added_by')
    .selectAll('alert_receivers')
    .select('persons.name as adder')
    .where('engagement_id', '=', engagement.id)
    .where('removed_at', 'is', null)
    .orderBy('added_at')
    .orderBy('alert_receivers.id')
    .execute()
  const counts = await work.db
    .selectFrom('alert_deliveries')
    .select((eb) => [
      'receiver_id',
      'state',
      eb.fn.countAll<string>().as('count'),
      eb.fn.min('next_try_at').as('next_try_at'),
    ])
    .where('engagement_id', '=', engagement.id)
    .where('state', '<>', 'sent')
    .groupBy(['receiver_id', 'state'])
    .execute()
  const of = (id: string, state: string) => counts.find((one) => one.receiver_id === id && one.state === state)
  const receivers = rows.map((row): AlertReceiverView => {
    const waiting = of(row.id, 'waiting')
    return {
      receiverId: row.id,
      name: row.name,
      channel: row.channel as AlertReceiverView['channel'],
      address: row.address,
      form: row.form as AlertReceiverView['form'],
      ownAuthority: row.authority !== null,
      jurisdiction: row.jurisdiction,
      addedBy: row.adder ?? '',
      addedAt: row.added_at.toISOString(),
      lastSentAt: row.last_sent_at?.toISOString() ?? null,
      lastFailureAt: row.last_failure_at?.toISOString() ?? null,
      lastFailure: row.last_failure,
      waiting: Number(waiting?.count ?? 0),
      nextTryAt: waiting?.next_try_at?.toISOString() ?? null,
      givenUp: Number(of(row.id, 'given_up')?.count ?? 0),
    }
  })
  return { receivers, mayManage: may(work.actor, 'alert_receiver.manage', engagement.role), secret }
}

/**
 * Adds a receiver; a webhook gets a key of 32 random bytes that is shown this once.
 * @throws Problem refused RECEIVER-1 and 2, EGRESS-1 to 3, RMSV-9-7, malformed
 */
export async function addReceiver(work: Work, engagement: EngagementHandle, given: Given): Promise<AlertReceiverList> {
  readReceiver(given.channel, given.address, work.deps.settings.egressAllow, 'body.address')
  checkReceiver(given.jurisdiction)
  const authority = authorityOf(given)
  const { count } = await work.db
    .selectFrom('alert_receivers')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('engagement_id', '=', engagement.id)
    .where('removed_at', 'is', null)
    .executeTakeFirstOrThrow()
  if (Number(count) >= mostReceivers) throw tooManyReceivers()
  const id = work.newId('alertReceiver')
  const secret = given.channel === 'webhook' ? `whsec_${randomBytes(32).toString('base64')}` : null
  await work.db
    .insertInto('alert_receivers')
    .values({
      id,
      engagement_id: engagement.id,
      name: given.name,
      channel: given.channel,
      address: given.address,
      form: given.form,
      authority,
      sealed_secret: secret === null ? null : engagement.sealing.seal(secretAt(id), secret),
      added_by: work.actor.personId,
      added_at: work.now,
      removed_by: null,
      removed_at: null,
      last_sent_at: null,
      last_failure_at: null,
      last_failure: null,
      jurisdiction: given.jurisdiction,
    })
    .execute()
  work.record({
    kind: 'alert_receiver.added',
    engagementId: engagement.id,
    subject: id,
    role: engagement.role,
    audience: 'parties',
    facts: {
      channel: given.channel,
      form: given.form,
      jurisdiction: given.jurisdiction,
      addressDigest: engagement.sealing.commit(given.address),
    },
  })
  return listReceivers(work, engagement, secret)
}

function authorityOf({ channel, authority }: Given): string | null {
  if (authority === undefined || authority.trim() === '') return null
  const wrong = (zh: string, en: string) =>
    badField(
      'body.authority',
      say(zh, en),
      say('粘贴 PEM 格式的 CA 证书，或留空', 'paste the CA certificate as PEM, or leave it empty'),
    )
  if (channel === 'syslog_tcp' || channel === 'syslog_udp')
    throw wrong('此通道不使用 TLS', 'this channel does not use TLS')
  try {
    return new X509Certificate(authority).toString()
  } catch {
    throw wrong('不是有效的证书', 'not a certificate')
  }
}

/** What is told outside goes to the organizer's own systems, so that nobody who receives it is the product's provider. */
const checkReceiver = (jurisdiction: string): void =>
  checkGiven({ organisation: jurisdiction, person: null }, false, 'body.jurisdiction')

/** Says where a receiver is of which nobody said it; what waits for it is sent then. @throws Problem refused RMSV-9-7 */
export async function placeReceiver(
  work: Work,
  engagement: EngagementHandle,
  receiver: ReceiverRow,
  jurisdiction: string,
): Promise<AlertReceiverList> {
  checkReceiver(jurisdiction)
  await work.db.updateTable('alert_receivers').set({ jurisdiction }).where('id', '=', receiver.id).execute()
  work.record({
    kind: 'alert_receiver.placed',
    engagementId: engagement.id,
    subject: receiver.id,
    role: engagement.role,
    audience: 'parties',
    facts: { from: receiver.jurisdiction, to: jurisdiction },
  })
  return listReceivers(work, engagement)
}

/** Takes a receiver away; what waits for it is dropped. */
export async function removeReceiver(
  work: Work,
  engagement: EngagementHandle,
  receiver: ReceiverRow,
): Promise<AlertReceiverList> {
  await work.db
    .updateTable('alert_receivers')
    .set({ removed_by: work.actor.personId, removed_at: work.now })
    .where('id', '=', receiver.id)
    .execute()
  // The queue is the platform's own: nobody writes into it from a page.
  await work.asSystem((db) => db.deleteFrom('alert_deliveries').where('receiver_id', '=', receiver.id).execute())
  work.record({
    kind: 'alert_receiver.removed',
    engagementId: engagement.id,
    subject: receiver.id,
    role: engagement.role,
    audience: 'parties',
    facts: { channel: receiver.channel },
  })
  return listReceivers(work, engagement)
}

/** Queues a test message. */
export async function testReceiver(
  work: Work,
  engagement: EngagementHandle,
  receiver: ReceiverRow,
): Promise<AlertReceiverList> {
  await tellTest(work, receiver)
  work.record({
    kind: 'alert_receiver.tested',
    engagementId: engagement.id,
    subject: receiver.id,
    role: engagement.role,
    audience: 'parties',
    facts: { channel: receiver.channel },
  })
  return listReceivers(work, engagement)
}
