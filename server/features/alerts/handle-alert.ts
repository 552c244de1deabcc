import type { AlertView } from '@zhongheng/contracts/http/alerts.ts'
import { Problem, badField, say } from '@zhongheng/domain/shared/problem.ts'
import { announcePolicy } from '../../work/notices.ts'
import type { Work } from '../../work/work.ts'
import { type EngagementHandle, ofTesterRef } from '../engagements/reads.ts'
import { tellOfAlert } from './tell-receivers.ts'
import { type AlertRow, readAlert, reasonAt } from './view-alerts.ts'

export const alertRef = ofTesterRef('alerts', 'alert')

type Given = {
  readonly act: 'acknowledge' | 'settle'
  readonly outcome?: 'violation' | 'permitted' | 'false_alarm' | undefined
  readonly reason: string
}

/**
 * Takes an alert up or settles it; what comes after an alert was taken up makes a new one. Settled as no violation, the slow
 * pace ends that came with it; a suspended lease is lifted where leases are. @throws Problem wrong_state ALERT-1, malformed
 */
export async function handleAlert(
  work: Work,
  engagement: EngagementHandle,
  alert: AlertRow,
  given: Given,
): Promise<AlertView> {
  if (alert.state === 'settled' || (alert.state === 'acknowledged' && given.act === 'acknowledge'))
    throw new Problem('wrong_state', say('该告警已处理', 'this alert was dealt with already'), { rule: 'ALERT-1' })
  if (given.act === 'settle' && given.outcome === undefined)
    throw badField(
      'body.outcome',
      say('结案须有结论', 'a settled alert has an outcome'),
      say('选择违规、许可的测试或误报', 'choose violation, permitted test or false alarm'),
    )
  const outcome = given.act === 'settle' ? (given.outcome ?? null) : null
  await work.db
    .updateTable('alerts')
    .set({
      state: given.act === 'settle' ? 'settled' : 'acknowledged',
      handled_by: work.actor.personId,
      handled_at: work.now,
      outcome,
      sealed_reason: engagement.sealing.seal(reasonAt(alert.id), given.reason),
    })
    .where('id', '=', alert.id)
    .execute()
  work.record({
    kind: given.act === 'settle' ? 'alert.settled' : 'alert.acknowledged',
    engagementId: engagement.id,
    subject: alert.id,
    role: engagement.role,
    audience: 'parties',
    facts: { signal: alert.kind, outcome, reasonDigest: engagement.sealing.commit(given.reason) },
  })
  await tellOfAlert(work, engagement.sealing, alert.id, given.act === 'settle' ? 'settled' : 'acknowledged')
  if (outcome !== null && outcome !== 'violation' && alert.response === 'slow')
    await endSlowPace(work, engagement, alert)
  return readAlert(work, engagement, alert.id)
}

async function endSlowPace(work: Work, engagement: EngagementHandle, alert: AlertRow): Promise<void> {
  const others = await work.db
    .selectFrom('alerts')
    .select('id')
    .where('engagement_id', '=', alert.engagement_id)
    .where('person_id', '=', alert.person_id)
    .where('response', '=', 'slow')
    .where((eb) => eb.or([eb('state', '<>', 'settled'), eb('outcome', '=', 'violation')]))
    .executeTakeFirst()
  if (others) return
  // The row belongs to the tester's house; the auditor may end what an alert began, and nothing else of it.
  const lifted = await work.asSystem((db) =>
    db
      .updateTable('leases')
      .set({ slowed_to: null })
      .where('engagement_id', '=', alert.engagement_id)
      .where('person_id', '=', alert.person_id)
      .where('slowed_to', 'is not', null)
      .where('state', '<>', 'revoked')
      .returning(['id', 'person_id'])
      .executeTakeFirst(),
  )
  if (!lifted) return
  work.record({
    kind: 'lease.unslowed',
    engagementId: engagement.id,
    subject: lifted.id,
    role: engagement.role,
    audience: 'everyone',
    facts: { personId: lifted.person_id },
  })
  await announcePolicy(work)
}
