import type { HoldView } from '@zhongheng/contracts/http/retention.ts'
import type { Role } from '@zhongheng/domain/access/actor.ts'
import { notFound } from '../../http/problems.ts'
import type { Work } from '../../work/work.ts'
import { openWords } from './hold-words.ts'
import { maySpeak } from './whose-hold.ts'

/** So many holds nobody oversees; the list says no more than these. */
const most = 200

/** Holds that the person may see under the row policies, standing ones first, the newest before older ones. */
export async function viewHolds(
  work: Work,
  which: { engagementId?: string; holdId?: string } = {},
): Promise<HoldView[]> {
  let query = work.db
    .selectFrom('legal_holds')
    .leftJoin('engagements', 'engagements.id', 'legal_holds.engagement_id')
    .selectAll('legal_holds')
    .select('engagements.title')
    .orderBy((eb) => eb('lifted_at', 'is not', null))
    .orderBy('placed_at', 'desc')
    .limit(most)
  if (which.holdId !== undefined) query = query.where('legal_holds.id', '=', which.holdId)
  if (which.engagementId !== undefined) {
    const houses = await housesOf(work, which.engagementId)
    query = query.where((eb) =>
      eb.or([
        eb('legal_holds.engagement_id', '=', which.engagementId ?? ''),
        eb.and([eb('legal_holds.engagement_id', 'is', null), eb('legal_holds.org_id', 'in', houses)]),
      ]),
    )
  }
  const rows = await query.execute()
  if (rows.length === 0) return []
  const people = new Set(
    rows.flatMap((row) => [row.placed_by, row.lift_asked_by, row.lifted_by].filter((id) => id !== null)),
  )
  // Who stands by a hold is no secret among those who may see it; their rows are another house's.
  const [names, orgs] = await work.asSystem(async (db) => [
    await db
      .selectFrom('persons')
      .select(['id', 'name'])
      .where('id', 'in', [...people])
      .execute(),
    await db
      .selectFrom('organisations')
      .select(['id', 'name', 'kind'])
      .where('id', 'in', [...new Set(rows.map((row) => row.org_id))])
      .execute(),
  ])
  const nameOf = new Map(names.map(({ id, name }) => [id, name]))
  const orgOf = new Map(orgs.map((org) => [org.id, org]))
  return rows.map((row) => {
    const { reason = '', reference = '' } = openWords(work, 'legal_holds', row.id, row.sealed_words)
    const open = row.lifted_at === null && maySpeak(work, row)
    const asked = row.lift_asked_by
    const said = (by: string | null, at: Date | null) =>
      by === null || at === null ? null : { by: nameOf.get(by) ?? '', at: at.toISOString() }
    return {
      holdId: row.id,
      engagement: row.engagement_id === null ? null : { engagementId: row.engagement_id, title: row.title ?? '' },
      orgName: orgOf.get(row.org_id)?.name ?? '',
      orgKind: (orgOf.get(row.org_id)?.kind ?? 'organizer') as Role,
      reason,
      reference,
      placedBy: nameOf.get(row.placed_by) ?? '',
      placedAt: row.placed_at.toISOString(),
      liftAsked: said(asked, row.lift_asked_at),
      lifted: said(row.lifted_by, row.lifted_at),
      mayAsk: open && asked === null,
      mayConfirm: open && asked !== null && asked !== work.actor.personId,
      mayKeep: open && asked !== null,
    }
  })
}

/** One of them, after an act on it. */
export async function viewHold(work: Work, holdId: string): Promise<HoldView> {
  const [hold] = await viewHolds(work, { holdId })
  if (!hold) throw notFound()
  return hold
}

const housesOf = async (work: Work, engagementId: string): Promise<string[]> => {
  const parties = await work.asSystem((db) =>
    db.selectFrom('parties').select('org_id').where('engagement_id', '=', engagementId).execute(),
  )
  return parties.map(({ org_id: id }) => id)
}
