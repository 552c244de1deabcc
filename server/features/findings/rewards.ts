import type { RewardView } from '@zhongheng/contracts/http/findings.ts'
import type { FindingState } from '@zhongheng/domain/findings/moves.ts'
import type { Severity } from '@zhongheng/domain/findings/severity.ts'
import { type RewardBand, type RewardState, decideReward, rewardFor } from '@zhongheng/domain/rewards/table.ts'
import { type Selectable, sql } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { notFound } from '../../http/problems.ts'
import type { Work } from '../../work/work.ts'
import { checkVersion } from '../../work/versions.ts'
import { type EngagementHandle, ofTesterRef } from '../engagements/reads.ts'
import { type FindingDbRow, noteAt } from './reads.ts'

type RewardRow = Selectable<Database['rewards']>

export const rewardRef = ofTesterRef('rewards', 'reward')

/** Proposes a reward from the engagement's own table; the engagement's lock keeps two proposals inside one budget. */
export async function proposeReward(
  work: Work,
  engagement: EngagementHandle,
  finding: FindingDbRow,
  given: { amountFen: number; note: string },
): Promise<RewardView> {
  const live = await work.db
    .selectFrom('rewards')
    .select('id')
    .where('finding_id', '=', finding.id)
    .where('state', '<>', 'refused')
    .executeTakeFirst()
  const confirmed = await work.db
    .selectFrom('finding_decisions')
    .select('id')
    .where('finding_id', '=', finding.id)
    .where('to_state', '=', 'confirmed')
    .executeTakeFirst()
  rewardFor(
    engagement.row.reward_table as RewardBand[],
    {
      state: finding.state as FindingState,
      severity: finding.severity as Severity,
      confirmed: confirmed !== undefined,
      submitterId: finding.person_id,
      submitterOrgId: finding.org_id,
    },
    { amountFen: given.amountFen, by: { actor: work.actor, role: engagement.role }, hasReward: live !== undefined },
    { totalFen: Number(engagement.row.budget_fen), heldFen: await heldFen(work, engagement.id) },
  )
  const id = work.newId('reward')
  await work.db
    .insertInto('rewards')
    .values({
      id,
      finding_id: finding.id,
      engagement_id: engagement.id,
      org_id: finding.org_id,
      person_id: finding.person_id,
      amount_fen: given.amountFen,
      state: 'proposed',
      note: engagement.sealing.sealToText(noteAt({ id, version: 1 }), given.note),
      proposed_by: work.actor.personId,
      proposed_at: work.now,
    })
    .execute()
  work.record({
    kind: 'reward.proposed',
    engagementId: engagement.id,
    subject: id,
    role: engagement.role,
    audience: 'parties',
    facts: { findingId: finding.id, amountFen: given.amountFen },
  })
  return viewReward(work, engagement, id)
}

/** Approve or refuse (a signatory of the demand side), record the payment (organizer). */
export async function moveReward(
  work: Work,
  engagement: EngagementHandle,
  reward: RewardRow,
  given: { state: 'approved' | 'refused' | 'paid'; note: string; version: number },
): Promise<RewardView> {
  checkVersion(reward.version, given.version)
  const state = decideReward(
    { state: reward.state as RewardState, submitterId: reward.person_id, submitterOrgId: reward.org_id },
    given.state,
    { actor: work.actor, role: engagement.role },
  )
  await work.db
    .updateTable('rewards')
    .set({
      state,
      note: engagement.sealing.sealToText(noteAt({ id: reward.id, version: reward.version + 1 }), given.note),
      version: reward.version + 1,
    })
    .where('id', '=', reward.id)
    .execute()
  work.record({
    kind: `reward.${state}`,
    engagementId: engagement.id,
    subject: reward.id,
    role: engagement.role,
    audience: 'parties',
    facts: { findingId: reward.finding_id, amountFen: Number(reward.amount_fen) },
  })
  return viewReward(work, engagement, reward.id)
}

async function heldFen(work: Work, engagementId: string): Promise<number> {
  const row = await work.db
    .selectFrom('rewards')
    .select(sql<string>`coalesce(sum(amount_fen), 0)`.as('held'))
    .where('engagement_id', '=', engagementId)
    .where('state', '<>', 'refused')
    .executeTakeFirst()
  return Number(row?.held ?? 0)
}

const rewardQuery = (work: Work) =>
  work.db
    .selectFrom('rewards')
    .innerJoin('findings', 'findings.id', 'rewards.finding_id')
    .leftJoin('persons', 'persons.id', 'rewards.person_id')
    .selectAll('rewards')
    .select(['findings.number', 'persons.name'])

const view = (engagement: EngagementHandle, row: RewardRow & { number: string; name: string | null }): RewardView => ({
  rewardId: row.id,
  findingId: row.finding_id,
  findingNumber: row.number,
  testerName: row.name ?? '',
  amountFen: Number(row.amount_fen),
  state: row.state as RewardView['state'],
  proposedAt: row.proposed_at.toISOString(),
  note: row.note === '' ? '' : engagement.sealing.openFromText(noteAt(row), row.note),
  version: row.version,
})

async function viewReward(work: Work, engagement: EngagementHandle, id: string): Promise<RewardView> {
  const row = await rewardQuery(work).where('rewards.id', '=', id).executeTakeFirst()
  if (!row) throw notFound()
  return view(engagement, row)
}

export async function rewardOf(
  work: Work,
  engagement: EngagementHandle,
  findingId: string,
): Promise<RewardView | null> {
  const row = await rewardQuery(work)
    .where('finding_id', '=', findingId)
    .orderBy('proposed_at', 'desc')
    .executeTakeFirst()
  return row ? view(engagement, row) : null
}

export async function listRewards(
  work: Work,
  engagement: EngagementHandle,
): Promise<{ rewards: RewardView[]; budgetFen: number | null; heldFen: number | null }> {
  let query = rewardQuery(work)
    .where('rewards.engagement_id', '=', engagement.id)
    .orderBy('proposed_at', 'desc')
    .limit(500)
  if (engagement.role === 'tester') query = query.where('rewards.person_id', '=', work.actor.personId)
  return {
    rewards: (await query.execute()).map((row) => view(engagement, row)),
    budgetFen: engagement.role === 'tester' ? null : Number(engagement.row.budget_fen),
    heldFen: engagement.role === 'tester' ? null : await heldFen(work, engagement.id),
  }
}
