import type { OfferView } from '@zhongheng/contracts/http/testers.ts'
import type { EngagementKeyRow } from '../../sealing/engagement-envelope.ts'
import type { Work } from '../../work/work.ts'
import { sealingOf } from '../engagements/reads.ts'

/** Engagements that recruit, and those that invited me: title and announcement only, never a target (GBT43741-5.1-06). */
export async function listOffers(work: Work): Promise<OfferView[]> {
  const { personId } = work.actor
  // An outsider is no party yet, so the few public columns are read as the system.
  const rows = await work.asSystem((db) =>
    db
      .selectFrom('engagements')
      .leftJoin('enrollments', (join) =>
        join.onRef('enrollments.engagement_id', '=', 'engagements.id').on('enrollments.person_id', '=', personId),
      )
      .select([
        'engagements.id',
        'number',
        'title',
        'window_opens',
        'window_closes',
        'min_grade',
        'engagements.state',
        'demand_org_id',
        'wrapped_key',
        'enrollments.id as enrollment_id',
        'enrollments.state as my_state',
      ])
      .where((eb) =>
        eb.or([
          eb('engagements.state', 'in', ['recruiting', 'ready', 'testing']),
          eb('enrollments.id', 'is not', null),
        ]),
      )
      .orderBy('window_opens', 'desc')
      .limit(100)
      .execute(),
  )
  const announced = await announcementsOf(work, rows)
  return rows.flatMap((row): OfferView[] => {
    if (!row.window_opens || !row.window_closes) return []
    return [
      {
        engagementId: row.id,
        number: row.number,
        title: row.title,
        announcement: announced.get(row.id) ?? '',
        windowOpens: row.window_opens.toISOString(),
        windowCloses: row.window_closes.toISOString(),
        minGrade: row.min_grade,
        myState: (row.my_state ?? 'none') as OfferView['myState'],
        enrollmentId: row.enrollment_id,
      },
    ]
  })
}

/** What each engagement's newest plan announces, by engagement; one without a plan is left out. */
async function announcementsOf(work: Work, rows: readonly EngagementKeyRow[]): Promise<ReadonlyMap<string, string>> {
  if (rows.length === 0) return new Map()
  const plans = await work.asSystem((db) =>
    db
      .selectFrom('engagement_records')
      .distinctOn('engagement_id')
      .select(['id', 'engagement_id', 'sealed_fields'])
      .where(
        'engagement_id',
        'in',
        rows.map(({ id }) => id),
      )
      .where('kind', '=', 'test_plan')
      .where('withdrawn_at', 'is', null)
      .orderBy('engagement_id')
      .orderBy('at', 'desc')
      .execute(),
  )
  const keys = new Map(rows.map((row) => [row.id, row]))
  return new Map(
    plans.flatMap((plan): [string, string][] => {
      const row = keys.get(plan.engagement_id)
      if (row === undefined) return []
      const place = { table: 'engagement_records', column: 'sealed_fields', row: plan.id }
      const fields = JSON.parse(sealingOf(work, row).open(place, plan.sealed_fields)) as { announcement?: string }
      return [[row.id, fields.announcement ?? '']]
    }),
  )
}
