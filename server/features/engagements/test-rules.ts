import type { TestRulesPage, TestRulesView } from '@zhongheng/contracts/http/test-rules.ts'
import { type Json, canonicalJson } from '@zhongheng/contracts/records/canonical-json.ts'
import type { Role } from '@zhongheng/domain/access/actor.ts'
import { may } from '@zhongheng/domain/access/matrix.ts'
import { describeRules } from '@zhongheng/domain/conduct/describe-rules.ts'
import { isNoLooser, noRules, type TestRules } from '@zhongheng/domain/conduct/test-rules.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { announcePolicy } from '../../work/notices.ts'
import type { Work } from '../../work/work.ts'
import { issueLetter } from './letters.ts'
import { type EngagementHandle, type EngagementSealing, ofEngagementRef } from './reads.ts'
import { openRules, rulesAt, rulesInForce } from './rules-in-force.ts'

type Row = Selectable<Database['test_rules']>

const reasonAt = (id: string) => ({ table: 'test_rules', column: 'sealed_reason', row: id })

export const rulesRef = ofEngagementRef('test_rules', 'version of the test rules')

const writable = ['draft', 'submitted', 'agreed', 'authorised', 'recruiting', 'ready', 'testing', 'suspended']

function checkWritable(engagement: EngagementHandle): void {
  if (writable.includes(engagement.row.state)) return
  throw new Problem('wrong_state', say('测试已结束，规则不再变更', 'testing is over; its rules do not change'), {
    rule: 'STATE-1',
  })
}

/**
 * Writes a version of the rules. Before anything is signed, and when it allows nothing new, it takes force at once; a version
 * that loosens what the permits were signed under waits until signatories of both sides have approved exactly it.
 * @throws Problem wrong_state STATE-1, conflict RULES-1 when a version came in between
 */
export async function writeTestRules(
  work: Work,
  engagement: EngagementHandle,
  given: { rules: TestRules; reason: string; after: number },
): Promise<TestRulesPage> {
  checkWritable(engagement)
  const { sealing, role, row } = engagement
  const last = await work.db
    .selectFrom('test_rules')
    .select((eb) => eb.fn.max('number').as('number'))
    .where('engagement_id', '=', engagement.id)
    .executeTakeFirst()
  const newest = last?.number ?? 0
  if (newest !== given.after)
    throw new Problem(
      'conflict',
      say('其间已有新的规则版本，请刷新后重写', 'another version was written meanwhile; load it and write again'),
      { rule: 'RULES-1' },
    )
  const before = (await rulesInForce(work.db, engagement.id, sealing))?.rules ?? noRules
  const unsigned = row.state === 'draft' || row.state === 'submitted'
  const atOnce = unsigned || isNoLooser(given.rules, before)
  const approvals = !atOnce && may(work.actor, 'test_rules.decide', role) ? [role] : []
  await end(work, engagement, 'proposed', 'refused')
  if (atOnce) await end(work, engagement, 'in_force', 'superseded')
  const id = work.newId('rulesVersion')
  const text = canonicalJson(given.rules as unknown as Json)
  const digest = sealing.commit(text)
  await work.db
    .insertInto('test_rules')
    .values({
      id,
      engagement_id: engagement.id,
      number: newest + 1,
      state: atOnce ? 'in_force' : 'proposed',
      sealed_rules: sealing.seal(rulesAt(id), text),
      digest,
      sealed_reason: sealing.seal(reasonAt(id), given.reason),
      approvals,
      proposed_by: work.actor.personId,
      proposed_role: role,
      proposed_at: work.now,
      in_force_at: atOnce ? work.now : null,
    })
    .execute()
  work.record({
    kind: atOnce ? 'test_rules.in_force' : 'test_rules.proposed',
    engagementId: engagement.id,
    subject: id,
    role,
    audience: atOnce ? 'everyone' : 'parties',
    facts: { number: newest + 1, digest, reasonDigest: sealing.commit(given.reason), approvals },
  })
  if (atOnce) await take(work, engagement)
  return readTestRules(work, engagement)
}

/** One side's word on a proposed version; both make it the one in force. @throws Problem wrong_state RULES-2, STATE-1 */
export async function decideTestRules(
  work: Work,
  engagement: EngagementHandle,
  version: Row,
  verdict: 'approve' | 'refuse',
): Promise<TestRulesPage> {
  if (verdict === 'approve') checkWritable(engagement)
  if (version.state !== 'proposed')
    throw new Problem('wrong_state', say('该版本不在待批准状态', 'this version does not wait for approval'), {
      rule: 'RULES-2',
    })
  const { role } = engagement
  const approvals = [...new Set([...version.approvals, role])]
  const agreed = verdict === 'approve' && approvals.includes('demand') && approvals.includes('organizer')
  if (agreed) await end(work, engagement, 'in_force', 'superseded')
  await work.db
    .updateTable('test_rules')
    .set(
      verdict === 'refuse'
        ? { state: 'refused' }
        : { approvals, ...(agreed ? { state: 'in_force', in_force_at: work.now } : {}) },
    )
    .where('id', '=', version.id)
    .execute()
  const facts = { number: version.number, digest: version.digest, approvals }
  work.record({
    kind: verdict === 'approve' ? 'test_rules.approved' : 'test_rules.refused',
    engagementId: engagement.id,
    subject: version.id,
    role,
    audience: 'parties',
    facts,
  })
  if (agreed) {
    work.record({
      kind: 'test_rules.in_force',
      engagementId: engagement.id,
      subject: version.id,
      role,
      audience: 'everyone',
      facts,
    })
    await take(work, engagement)
  }
  return readTestRules(work, engagement)
}

/** The letter says which rules testers keep to, and the gateway judges by them within the same second. */
async function take(work: Work, engagement: EngagementHandle): Promise<void> {
  if (engagement.row.letter_count > 0) await issueLetter(work, engagement)
  await announcePolicy(work)
}

const end = (work: Work, engagement: EngagementHandle, from: string, to: string) =>
  work.db
    .updateTable('test_rules')
    .set({ state: to })
    .where('engagement_id', '=', engagement.id)
    .where('state', '=', from)
    .execute()

export async function readTestRules(work: Work, engagement: EngagementHandle): Promise<TestRulesPage> {
  const rows = await work.db
    .selectFrom('test_rules')
    .leftJoin('persons', 'persons.id', 'test_rules.proposed_by')
    .selectAll('test_rules')
    .select('persons.name as proposer')
    .where('engagement_id', '=', engagement.id)
    .orderBy('number', 'desc')
    .limit(50)
    .execute()
  const open = writable.includes(engagement.row.state)
  return {
    versions: rows.map((row) => view(row, engagement.sealing)),
    mayWrite: open && may(work.actor, 'test_rules.write', engagement.role),
    mayDecide: open && may(work.actor, 'test_rules.decide', engagement.role),
  }
}

function view(row: Row & { proposer: string | null }, sealing: EngagementSealing): TestRulesView {
  const rules = openRules(row, sealing)
  return {
    rulesId: row.id,
    number: row.number,
    state: row.state as TestRulesView['state'],
    rules: rules as TestRulesView['rules'],
    lines: [...describeRules(rules)],
    reason: sealing.open(reasonAt(row.id), row.sealed_reason),
    digest: row.digest,
    approvals: row.approvals as Role[],
    proposedBy: row.proposer ?? '',
    proposedRole: row.proposed_role as Role,
    proposedAt: row.proposed_at.toISOString(),
    inForceAt: row.in_force_at?.toISOString() ?? null,
  }
}
