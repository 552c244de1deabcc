import { type SignalKind, signalFacts } from '@zhongheng/domain/conduct/signals.ts'
import { noRules, responseTo, type TestRules } from '@zhongheng/domain/conduct/test-rules.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { announcePolicy } from '../../work/notices.ts'
import type { Work } from '../../work/work.ts'
import type { EngagementSealing } from '../engagements/reads.ts'
import { tellOfAlert } from './tell-receivers.ts'

/** One kind seen on one side of one exchange. `digest` is keyed; the values themselves were left behind. */
export type Signal = {
  readonly row: Pick<
    Selectable<Database['exchanges']>,
    'id' | 'sequence' | 'engagement_id' | 'lease_id' | 'person_id' | 'org_id' | 'host' | 'started_at'
  >
  readonly kind: SignalKind
  readonly side: 'request' | 'response' | 'pattern'
  readonly count: number
  readonly position: number
  readonly digest: string
}

export type AboutEngagement = { readonly sealing: EngagementSealing; readonly rules: TestRules | null }

/** Requests a second of somebody who is held to a slow pace. */
export const slowPace = 1

/**
 * Puts signals into alerts: what one tester goes on doing at one host gathers in one until somebody takes it up. A new alert
 * is an event, and what the rules say follows in the same commit: the gateway has it within the second. Receivers outside are
 * told of it by a job.
 * @returns ids of the alerts that are new
 */
export async function raiseAlerts(
  work: Work,
  signals: readonly Signal[],
  about: ReadonlyMap<string, AboutEngagement>,
): Promise<string[]> {
  const raised = new Map<string, string>()
  for (const signal of signals) {
    const { row, kind, side, count, position, digest } = signal
    const response = responseTo(about.get(row.engagement_id)?.rules ?? noRules, kind)
    const id = work.newId('alert')
    const kept = await work.db
      .insertInto('alerts')
      .values({
        id,
        engagement_id: row.engagement_id,
        lease_id: row.lease_id,
        person_id: row.person_id,
        org_id: row.org_id,
        kind,
        host: row.host,
        severity: signalFacts[kind].severity,
        response,
        state: 'open',
        exchanges: 1,
        most: count,
        first_at: row.started_at,
        last_at: row.started_at,
        raised_at: work.now,
        handled_by: null,
        handled_at: null,
        outcome: null,
        sealed_reason: null,
      })
      .onConflict((conflict) =>
        conflict
          .columns(['lease_id', 'kind', 'host'])
          .where('state', '=', 'open')
          .doUpdateSet((eb) => ({
            response: eb.ref('excluded.response'),
            exchanges: eb('alerts.exchanges', '+', 1),
            most: eb.fn('greatest', ['alerts.most', eb.ref('excluded.most')]),
            last_at: eb.fn('greatest', ['alerts.last_at', eb.ref('excluded.last_at')]),
          })),
      )
      .returning('id')
      .executeTakeFirstOrThrow()
    await work.db
      .insertInto('alert_hits')
      .values({
        alert_id: kept.id,
        exchange_id: row.id,
        sequence: row.sequence,
        engagement_id: row.engagement_id,
        org_id: row.org_id,
        side,
        count,
        position,
        digest,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    await respond(work, signal, response)
    if (kept.id !== id) continue
    raised.set(id, row.engagement_id)
    work.record({
      kind: 'alert.raised',
      engagementId: row.engagement_id,
      subject: id,
      role: 'system',
      audience: 'parties',
      facts: { signal: kind, leaseId: row.lease_id, exchangeId: row.id, count, response, digest },
    })
  }
  // At the end, when everything of this round is in them.
  for (const [id, engagementId] of raised) {
    const sealing = about.get(engagementId)?.sealing
    if (sealing) await tellOfAlert(work, sealing, id, 'raised')
  }
  return [...raised.keys()]
}

async function respond(work: Work, { row, kind }: Signal, response: 'alarm' | 'slow' | 'stop'): Promise<void> {
  if (response === 'alarm') return
  const changed = await work.db
    .updateTable('leases')
    .set(response === 'slow' ? { slowed_to: slowPace } : { state: 'suspended', reason: `alert: ${kind}` })
    // Whatever lease they hold by now: taking a new one is no way out.
    .where('engagement_id', '=', row.engagement_id)
    .where('person_id', '=', row.person_id)
    .where('state', '=', 'active')
    .$if(response === 'slow', (query) => query.where('slowed_to', 'is', null))
    .returning('id')
    .execute()
  const [lease] = changed
  if (lease === undefined) return
  work.record({
    kind: response === 'slow' ? 'lease.slowed' : 'lease.suspended',
    engagementId: row.engagement_id,
    subject: lease.id,
    role: 'system',
    audience: 'everyone',
    facts: { personId: row.person_id, signal: kind },
  })
  await announcePolicy(work)
}
