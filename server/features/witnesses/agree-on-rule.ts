import type { WitnessRulePage, WitnessRuleView } from '@zhongheng/contracts/http/witnesses.ts'
import type { Role } from '@zhongheng/domain/access/actor.ts'
import { may } from '@zhongheng/domain/access/matrix.ts'
import type { EngagementState } from '@zhongheng/domain/engagements/states.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { checkRule, isAgreed, ruleIsOpen } from '@zhongheng/domain/witnesses/rule.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { notFound } from '../../http/problems.ts'
import type { Reference } from '../../http/registry.ts'
import type { Work } from '../../work/work.ts'
import { type EngagementHandle, handleOf, namesOf } from '../engagements/reads.ts'
import { type WitnessRow, seatsOf } from './seats.ts'
import { candidatesOf, stateOf } from './view-witness.ts'

type RuleRow = Selectable<Database['witness_rules']>

/** Only the demand side's and the auditor's witnesses watch the organizer; those that are at work. */
export const candidateRef: Reference<WitnessRow> = {
  about: 'witness of the demand side or the auditor of the engagement in the path',
  async load(work, id, context) {
    const { row } = handleOf(context)
    const found = await work.db
      .selectFrom('witnesses')
      .selectAll()
      .where('id', '=', id)
      .where('removed_at', 'is', null)
      .where('org_id', 'in', housesOf(row))
      .executeTakeFirst()
    if (!found) throw notFound()
    return found
  },
}

export const ruleRef: Reference<RuleRow> = {
  about: 'rule about witnesses of the engagement in the path',
  async load(work, id, context) {
    const row = await work.db
      .selectFrom('witness_rules')
      .selectAll()
      .where('id', '=', id)
      .where('engagement_id', '=', handleOf(context).id)
      .executeTakeFirst()
    if (!row) throw notFound()
    return row
  },
}

const housesOf = (row: { demand_org_id: string; auditor_org_id: string | null }): string[] =>
  row.auditor_org_id === null ? [row.demand_org_id] : [row.demand_org_id, row.auditor_org_id]

/**
 * Proposes the rule; it takes the place of one that waits. A signatory's proposal is their side's approval.
 * @throws Problem as `checkRule`
 */
export async function proposeRule(
  work: Work,
  engagement: EngagementHandle,
  given: { needed: number; witnessIds: readonly string[] },
): Promise<WitnessRulePage> {
  checkRule(engagement.row.state as EngagementState, given.needed, given.witnessIds)
  await work.db
    .updateTable('witness_rules')
    .set({ state: 'refused' })
    .where('engagement_id', '=', engagement.id)
    .where('state', '=', 'proposed')
    .execute()
  const id = work.newId('witnessRule')
  const approvals = may(work.actor, 'witness_rule.decide', engagement.role) ? [engagement.role] : []
  await work.db
    .insertInto('witness_rules')
    .values({
      id,
      engagement_id: engagement.id,
      needed: given.needed,
      witness_ids: [...given.witnessIds],
      state: 'proposed',
      approvals,
      proposed_by: work.actor.personId,
      proposed_at: work.now,
      in_force_at: null,
    })
    .execute()
  work.record({
    kind: 'witness.rule_proposed',
    engagementId: engagement.id,
    subject: id,
    role: engagement.role,
    audience: 'parties',
    facts: { needed: given.needed, witnessIds: [...given.witnessIds], approvals },
  })
  return readRule(work, engagement)
}

/**
 * One side's word on the proposed rule; it is in force when both have approved.
 * @throws Problem wrong_state WITNESS-6 once testing has begun or the proposal is no longer open
 */
export async function decideRule(
  work: Work,
  engagement: EngagementHandle,
  rule: RuleRow,
  verdict: 'approve' | 'refuse',
): Promise<WitnessRulePage> {
  checkRule(engagement.row.state as EngagementState, rule.needed, rule.witness_ids)
  if (rule.state !== 'proposed')
    throw new Problem('wrong_state', say('该提议已有结论', 'this proposal was decided already'), { rule: 'WITNESS-6' })
  const approvals = [...new Set([...rule.approvals, engagement.role])]
  const agreed = verdict === 'approve' && isAgreed(approvals)
  if (agreed)
    await work.db
      .updateTable('witness_rules')
      .set({ state: 'replaced' })
      .where('engagement_id', '=', engagement.id)
      .where('state', '=', 'in_force')
      .execute()
  await work.db
    .updateTable('witness_rules')
    .set(
      verdict === 'refuse'
        ? { state: 'refused' }
        : { approvals, ...(agreed ? { state: 'in_force', in_force_at: work.now } : {}) },
    )
    .where('id', '=', rule.id)
    .execute()
  work.record({
    kind: verdict === 'approve' ? 'witness.rule_approved' : 'witness.rule_refused',
    engagementId: engagement.id,
    subject: rule.id,
    role: engagement.role,
    audience: 'parties',
    facts: { needed: rule.needed, witnessIds: [...rule.witness_ids], inForce: agreed },
  })
  return readRule(work, engagement)
}

export async function readRule(work: Work, engagement: EngagementHandle): Promise<WitnessRulePage> {
  const rows = await work.db
    .selectFrom('witness_rules')
    .leftJoin('persons', 'persons.id', 'witness_rules.proposed_by')
    .selectAll('witness_rules')
    .select('persons.name as proposer')
    .where('engagement_id', '=', engagement.id)
    .where('witness_rules.state', 'in', ['in_force', 'proposed'])
    .execute()
  const views = new Map<string, WitnessRuleView>()
  for (const row of rows) views.set(row.state, await viewRule(work, row))
  const open = ruleIsOpen(engagement.row.state as EngagementState)
  return {
    inForce: views.get('in_force') ?? null,
    proposed: views.get('proposed') ?? null,
    candidates: await candidatesOf(work, housesOf(engagement.row)),
    mayPropose: open && may(work.actor, 'witness_rule.propose', engagement.role),
    mayDecide: open && may(work.actor, 'witness_rule.decide', engagement.role),
  }
}

async function viewRule(work: Work, row: RuleRow & { proposer: string | null }): Promise<WitnessRuleView> {
  const seats = await seatsOf(work.db, row.witness_ids)
  const names = await namesOf(
    work,
    seats.map((seat) => seat.org_id),
  )
  return {
    ruleId: row.id,
    needed: row.needed,
    witnesses: seats.map((seat) => ({
      witnessId: seat.id,
      name: seat.name,
      orgName: names.get(seat.org_id) ?? '',
      state: stateOf(seat),
      lastSize: seat.last_size === null ? null : Number(seat.last_size),
    })),
    approvals: row.approvals as Role[],
    proposedBy: row.proposer ?? '',
    proposedAt: row.proposed_at.toISOString(),
    inForceAt: row.in_force_at?.toISOString() ?? null,
  }
}
