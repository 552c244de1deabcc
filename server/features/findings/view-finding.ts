import type { FindingPage, FindingRow } from '@zhongheng/contracts/http/findings.ts'
import type { Call } from '@zhongheng/contracts/http/index.ts'
import { type EngagementAction, engagementPermissions, may } from '@zhongheng/domain/access/matrix.ts'
import type { Role } from '@zhongheng/domain/access/actor.ts'
import { allowedFindingMoves, findingMoves, isFindingMove } from '@zhongheng/domain/findings/moves.ts'
import { waitsFor } from '@zhongheng/domain/findings/waits-for.ts'
import { isUnderWay } from '@zhongheng/domain/findings/assignment.ts'
import { decoyState } from '@zhongheng/domain/findings/decoys.ts'
import { say } from '@zhongheng/domain/shared/problem.ts'
import { sql } from 'kysely'
import { citedExchange } from '../../work/cited-exchange.ts'
import { decoysCounted } from '../../work/decoys-in-lists.ts'
import { inBlocks } from '../../database/traffic-blocks.ts'
import type { Work } from '../../work/work.ts'
import { type EngagementHandle, sealingOf, underWhat } from '../engagements/reads.ts'
import { attachmentsOf } from '../attachments/reads.ts'
import { decoysInList } from '../decoys/reads.ts'
import { markOf, withinBudget } from '../readings/reads.ts'
import { goneCitations } from '../retention/reads.ts'
import { openAsSubmitted } from './as-submitted.ts'
import { judgedOf } from './move-finding.ts'
import { type FindingDbRow, openTitle, openAsset } from './reads.ts'
import { rewardOf } from './rewards.ts'
import { searchFindings } from './search-index.ts'

const views: { readonly [view: string]: readonly string[] } = {
  new: ['submitted', 'initial_review'],
  waiting: ['returned'],
  confirmed: ['confirmed', 'demand_review', 'disputed'],
  remediation: ['remediation'],
  retest: ['retest'],
  closed: ['closed', 'fixed', 'risk_accepted', 'invalid', 'out_of_scope', 'duplicate', 'rejected_by_demand'],
}

/**
 * The inbox. Rows carry title and asset for those who may read findings at all; bodies are never in a list. Counts of the
 * views come from one grouped query under the reader's own policies.
 * @param answers ids of a search, best first: only those, in that order
 */
export async function listFindings(
  work: Work,
  filter: NonNullable<Call<'GET /api/findings'>['query']> & { limit: number; view: string },
  answers: readonly string[] | null = null,
): Promise<{ findings: FindingRow[]; next: string | null; views: { view: string; count: number }[] }> {
  const mine = waitsFor[work.actor.orgKind]
  let query = work.db
    .selectFrom('findings')
    .innerJoin('engagements', 'engagements.id', 'findings.engagement_id')
    .leftJoin('persons', 'persons.id', 'findings.person_id')
    .leftJoin(assigneesOf(work), (join) => join.onRef('assigned.finding_id', '=', 'findings.id'))
    .selectAll('findings')
    .select([
      'engagements.title as engagement_title',
      'engagements.wrapped_key',
      'engagements.demand_org_id',
      'persons.name as tester_name',
      'assigned.person_id as assignee_id',
      'assigned.name as assignee_name',
    ])
    .select(
      sql<number>`(select count(*)::int from finding_citations c where c.finding_id = findings.id)`.as('citations'),
    )
    .orderBy('findings.submitted_at', 'desc')
    .orderBy('findings.id', 'desc')
    .limit(filter.limit + 1)
  if (work.actor.orgKind === 'tester') query = query.where('findings.person_id', '=', work.actor.personId)
  if (filter.engagementId) query = query.where('findings.engagement_id', '=', filter.engagementId)
  if (filter.severity) query = query.where('findings.severity', '=', filter.severity)
  if (filter.state) query = query.where('findings.state', '=', filter.state)
  if (filter.assignee === 'me') query = query.where('assigned.person_id', '=', work.actor.personId)
  if (filter.assignee === 'nobody') query = query.where('assigned.person_id', 'is', null)
  if (filter.view === 'mine') query = query.where('findings.state', 'in', [...mine])
  else if (views[filter.view]) query = query.where('findings.state', 'in', [...(views[filter.view] ?? [])])
  if (answers) query = query.where('findings.id', 'in', answers.length > 0 ? [...answers] : [''])
  const cursor = /^(\d{1,15})~(fnd_[0-9a-z]{26})$/.exec(filter.after ?? '')
  const after = cursor ? { at: new Date(Number(cursor[1])), id: cursor[2] ?? '' } : null
  if (after)
    query = query.where(
      sql<boolean>`(date_trunc('milliseconds', findings.submitted_at), findings.id) < (${after.at}, ${after.id})`,
    )
  const found = (await query.execute()).map((row) => ({
    ...row,
    opened: (engagement: EngagementHandle) => ({
      title: openTitle(engagement, row),
      asset: openAsset(engagement, row),
    }),
  }))
  const decoys = (await decoysInList(work, { ...filter, after, among: answers, limit: filter.limit + 1 })).map(
    (row) => ({ ...row, assignee_id: null, assignee_name: null }),
  )
  const rows = newestFirst([...found, ...decoys])
  // Answers come best first and are not leafed through: whoever does not find it asks more exactly.
  if (answers) rows.sort((a, b) => answers.indexOf(a.id) - answers.indexOf(b.id))
  const page = rows.slice(0, filter.limit)
  const last = page.at(-1)
  // One key per engagement of the page, not per row.
  const sealings = new Map(page.map((row) => [row.engagement_id, row]))
  const opened = new Map(
    [...sealings].map(([id, { demand_org_id, wrapped_key }]) => [
      id,
      { sealing: sealingOf(work, { id, demand_org_id, wrapped_key }) } as unknown as EngagementHandle,
    ]),
  )
  return {
    findings: page.flatMap((row) => {
      const engagement = opened.get(row.engagement_id)
      if (!engagement) throw new Error('each row of the page has its engagement')
      if (engagement.sealing.destroyed) return []
      return rowOf(row, {
        engagement,
        title: row.engagement_title,
        tester: row.tester_name ?? '',
        citations: row.citations,
        waits: mine.includes(row.state),
        assignee: assigneeOf(row),
      })
    }),
    next: rows.length > filter.limit && last && !answers ? `${last.submitted_at.getTime()}~${last.id}` : null,
    views: await countViews(work, filter.engagementId),
  }
}

const newestFirst = <T extends { id: string; submitted_at: Date }>(rows: T[]): T[] =>
  rows.sort((a, b) => b.submitted_at.getTime() - a.submitted_at.getTime() || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0))

/** How many answers a question can have: whoever does not find it among them asks more exactly. */
const mostAnswers = 100

/** Whoever asks for words learns of texts: the question stands in the log, without its words. */
export async function answerSearch(
  work: Work,
  asked: Call<'POST /api/findings/search'>['body'],
): Promise<{ findings: FindingRow[]; nothingAsked: boolean }> {
  const answers = await searchFindings(work, asked.words, asked)
  work.record({
    kind: 'findings.searched',
    engagementId: null,
    subject: null,
    role: work.actor.orgKind,
    audience: 'house',
    facts: { found: answers?.length ?? 0 },
  })
  if (answers === null) return { findings: [], nothingAsked: true }
  const best = answers.slice(0, mostAnswers)
  const { findings } = await listFindings(work, { view: 'all', limit: mostAnswers }, best)
  return { findings, nothingAsked: false }
}

async function countViews(work: Work, engagementId: string | undefined): Promise<{ view: string; count: number }[]> {
  let query = work.db
    .selectFrom('findings')
    .select(['state', sql<number>`count(*)::int`.as('count')])
    .groupBy('state')
  if (engagementId) query = query.where('engagement_id', '=', engagementId)
  if (work.actor.orgKind === 'tester') query = query.where('person_id', '=', work.actor.personId)
  const decoys = { state: decoyState, count: await decoysCounted(work, engagementId) }
  const states: readonly { state: string; count: number }[] = [...(await query.execute()), decoys]
  const sum = (wanted: readonly string[]) =>
    states.filter((row) => wanted.includes(row.state)).reduce((total, row) => total + row.count, 0)
  return [
    { view: 'mine', count: sum(waitsFor[work.actor.orgKind]) },
    ...Object.entries(views).map(([view, wanted]) => ({ view, count: sum(wanted) })),
    { view: 'all', count: states.reduce((total, row) => total + row.count, 0) },
  ]
}

/** What a row of a list is made of, of whichever table. */
type Listed = Pick<
  FindingDbRow,
  'id' | 'engagement_id' | 'number' | 'state' | 'severity' | 'cwe' | 'submitted_at' | 'updated_at'
> & { readonly opened: (engagement: EngagementHandle) => { title: string; asset: string } }
type Around = {
  engagement: EngagementHandle
  title: string
  tester: string
  citations: number
  waits: boolean
  assignee: FindingRow['assignee']
}

/** Whom the own house has named, by finding; who left it since is nobody. */
const assigneesOf = (work: Work) =>
  work.db
    .selectFrom('finding_assignees')
    .innerJoin('persons', 'persons.id', 'finding_assignees.person_id')
    .select(['finding_id', 'person_id', 'persons.name'])
    .where('persons.state', '=', 'active')
    .as('assigned')

const assigneeOf = (row: {
  readonly assignee_id: string | null
  readonly assignee_name: string | null
}): FindingRow['assignee'] =>
  row.assignee_id === null ? null : { personId: row.assignee_id, name: row.assignee_name ?? '' }

/** A row that does not open takes nobody's list away: it says so, and reading it is the alarm. */
function listed(engagement: EngagementHandle, row: Listed): { title: string; asset: string } {
  try {
    return row.opened(engagement)
  } catch {
    return { title: '⚠ 无法打开 · cannot be opened', asset: '—' }
  }
}

const rowOf = (row: Listed, around: Around): FindingRow => ({
  findingId: row.id,
  engagementId: row.engagement_id,
  engagementTitle: around.title,
  number: row.number,
  state: row.state as FindingRow['state'],
  severity: row.severity as FindingRow['severity'],
  ...listed(around.engagement, row),
  cwe: row.cwe,
  testerName: around.tester,
  submittedAt: row.submitted_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
  citations: around.citations,
  waitsForMe: around.waits,
  assignee: around.assignee,
  assignable: isUnderWay(row.state),
})

/**
 * A reveal: the event is committed first, then the body is decrypted and answered. Its ledger position is known a moment
 * later; the page shows the position of the submission and asks again for its own.
 */
export async function revealFinding(
  work: Work,
  engagement: EngagementHandle,
  row: FindingDbRow,
  opened: 'by_itself' | 'after_an_act' = 'by_itself',
): Promise<{ later: () => Promise<FindingPage> }> {
  const page = await pageOf(work, engagement, row)
  // Whoever acts has read it: an act is not undone for the sake of its answer.
  const budget = opened === 'by_itself' ? await withinBudget(work, engagement, 'finding', row.id) : {}
  const event = work.record({
    kind: 'finding.read',
    engagementId: engagement.id,
    subject: row.id,
    role: engagement.role,
    audience: 'parties',
    facts: { version: row.version, ...underWhat(engagement), ...budget },
  })
  return { later: async () => ({ ...(await page()), mark: markOf(work, event) }) }
}

/** Reads everything around a finding now and answers a function that decrypts its body. */
async function pageOf(
  work: Work,
  engagement: EngagementHandle,
  row: FindingDbRow,
): Promise<() => Promise<Omit<FindingPage, 'mark'>>> {
  const open = openAsSubmitted(work, engagement, row)
  const person = await work.db
    .selectFrom('persons')
    .innerJoin('organisations', 'organisations.id', 'persons.org_id')
    .select(['persons.name', 'organisations.name as org_name'])
    .where('persons.id', '=', row.person_id)
    .executeTakeFirst()
  const assigned = await work.db
    .selectFrom(assigneesOf(work))
    .select(['person_id as assignee_id', 'name as assignee_name'])
    .where('finding_id', '=', row.id)
    .executeTakeFirst()
  const evidence = await work.db
    .selectFrom('finding_citations')
    .innerJoin('exchanges', 'exchanges.id', 'finding_citations.exchange_id')
    .select([
      'exchanges.id',
      'started_at',
      'method',
      'scheme',
      'host',
      'port',
      'path',
      'status',
      'finding_citations.request_digest',
      'finding_citations.response_digest',
    ])
    .where('finding_id', '=', row.id)
    .where(inBlocks('exchanges.sequence', engagement.row.traffic_blocks))
    .orderBy('place')
    .execute()
  const disposed = await goneCitations(work, engagement.id, evidence)
  const decisions = await work.db
    .selectFrom('finding_decisions')
    .leftJoin('persons', 'persons.id', 'finding_decisions.person_id')
    .leftJoin('events', 'events.id', 'finding_decisions.event_id')
    .selectAll('finding_decisions')
    .select(['persons.name', 'events.ledger_index'])
    .where('finding_id', '=', row.id)
    .orderBy('finding_decisions.at')
    .execute()
  const comments = await work.db
    .selectFrom('comments')
    .leftJoin('persons', 'persons.id', 'comments.person_id')
    .selectAll('comments')
    .select('persons.name')
    .where('finding_id', '=', row.id)
    .orderBy('comments.at')
    .limit(500)
    .execute()
  const original = row.duplicate_of
    ? await work.db
        .selectFrom('findings')
        .select(['id', 'number', 'person_id'])
        .where('id', '=', row.duplicate_of)
        .executeTakeFirst()
    : undefined
  const submitted = await work.db
    .selectFrom('events')
    .select('ledger_index')
    .where('subject', '=', row.id)
    .where('kind', '=', 'finding.submitted')
    .orderBy('seq')
    .executeTakeFirst()
  const scope = await work.db
    .selectFrom('scope_versions')
    .select('number')
    .where('id', '=', row.scope_version_id)
    .executeTakeFirst()
  const reward = await rewardOf(work, engagement, row.id)
  const attached = await attachmentsOf(work, engagement, row.id)
  const judged = judgedOf(row)
  const moves = allowedFindingMoves(judged, { actor: work.actor, role: engagement.role })
  const waits = waitsFor[work.actor.orgKind].includes(row.state)
  return async () => {
    const opened = await open()
    return {
      ...rowOf(
        { ...row, opened: () => ({ title: opened.title, asset: opened.asset }) },
        {
          engagement,
          title: engagement.row.title,
          tester: person?.name ?? '',
          citations: evidence.length,
          waits,
          assignee: assigned ? assigneeOf(assigned) : null,
        },
      ),
      description: opened.description,
      steps: opened.steps,
      impact: opened.impact,
      repair: opened.repair,
      cvssVector: row.cvss_vector,
      cvssScore: row.cvss_score === null ? null : Number(row.cvss_score),
      testerSeverity: row.tester_severity as FindingPage['testerSeverity'],
      severityReason: null,
      testerId: row.person_id,
      testerOrgName: person?.org_name ?? '',
      evidence: evidence.map(citedExchange),
      disposed,
      duplicateOf: original
        ? {
            findingId: engagement.role === 'tester' && original.person_id !== work.actor.personId ? null : original.id,
            number: original.number,
          }
        : null,
      attachments: attached(),
      decisions: decisions.map((one) => {
        const { reason, cites } = JSON.parse(
          engagement.sealing.open(
            { table: 'finding_decisions', column: 'sealed_reason', row: one.id },
            one.sealed_reason,
          ),
        ) as { reason: string; cites: string | null }
        return {
          move: one.move,
          title: isFindingMove(one.move) ? findingMoves[one.move].title : say(one.move, one.move),
          from: one.from_state,
          to: one.to_state,
          byName: one.name ?? '',
          role: one.role as Role,
          at: one.at.toISOString(),
          reasonCode: one.reason_code,
          reason,
          cites,
          ledgerIndex: one.ledger_index === null || one.ledger_index === undefined ? null : Number(one.ledger_index),
        }
      }),
      comments: comments.map((one) => ({
        commentId: one.id,
        audience: one.audience as 'internal',
        body: engagement.sealing.open({ table: 'comments', column: 'sealed_body', row: one.id }, one.sealed_body),
        byName: one.name ?? '',
        role: one.role as Role,
        at: one.at.toISOString(),
      })),
      reward,
      moves,
      may: (Object.keys(engagementPermissions) as EngagementAction[]).filter((action) =>
        may(work.actor, action, engagement.role),
      ),
      letterNumber: row.letter_number,
      scopeNumber: scope?.number ?? 0,
      ledger: { submitted: submitted?.ledger_index == null ? null : Number(submitted.ledger_index), reveal: null },
      nextBy: nextRole(row.state),
      version: row.version,
    }
  }
}

const nextRole = (state: string): Role | null =>
  (['organizer', 'demand', 'auditor', 'tester'] as const).find((role) => waitsFor[role].includes(state)) ?? null
