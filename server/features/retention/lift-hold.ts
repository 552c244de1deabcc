import type { HoldView } from '@zhongheng/contracts/http/retention.ts'
import { afterVerdict, type LiftVerdict } from '@zhongheng/domain/retention/holds.ts'
import type { Work } from '../../work/work.ts'
import { digestOf } from './hold-words.ts'
import { viewHold } from './view-holds.ts'
import type { HoldRow } from './whose-hold.ts'

/** One person's word on lifting a hold; the second one lifts it. @throws Problem as `afterVerdict` */
export async function liftHold(work: Work, row: HoldRow, verdict: LiftVerdict, reason: string): Promise<HoldView> {
  const me = work.actor.personId
  const next = afterVerdict({ liftAskedBy: row.lift_asked_by, lifted: row.lifted_at !== null }, verdict, me)
  await work.db
    .updateTable('legal_holds')
    .set(
      next === 'lifted'
        ? { lifted_by: me, lifted_at: work.now }
        : { lift_asked_by: next === 'asked' ? me : null, lift_asked_at: next === 'asked' ? work.now : null },
    )
    .where('id', '=', row.id)
    .execute()
  work.record({
    kind: ({ asked: 'hold.lift_asked', lifted: 'hold.lifted', kept: 'hold.lift_kept' } as const)[next],
    engagementId: row.engagement_id,
    subject: row.id,
    role: work.actor.orgKind,
    audience: row.engagement_id === null ? 'house' : 'parties',
    facts: {
      reasonDigest: digestOf(work, reason),
      ...(next === 'lifted' ? { askedBy: row.lift_asked_by } : {}),
    },
  })
  return viewHold(work, row.id)
}
