import type { FindingRow } from '@zhongheng/contracts/http/findings.ts'
import type { Call, Reply } from '@zhongheng/contracts/http/index.ts'
import { may } from '@zhongheng/domain/access/matrix.ts'
import { decoyState } from '@zhongheng/domain/findings/decoys.ts'
import { waitsFor } from '@zhongheng/domain/findings/waits-for.ts'
import { sql } from 'kysely'
import { decoysCounted } from '../../work/decoys-in-lists.ts'
import type { Work } from '../../work/work.ts'
import { decoysInList } from '../decoys/reads.ts'
import { type EngagementHandle, sealingOf } from '../engagements/reads.ts'
import { assigneesOf } from './assignees.ts'
import { assigneeOf, rowOf } from './finding-row.ts'
import { openAsset, openTitle } from './reads.ts'
import { searchFindings } from './search-index.ts'

const views: { readonly [view: string]: readonly string[] } = {
  new: ['submitted', 'initial_review'],
  waiting: ['returned'],
  confirmed: ['confirmed', 'demand_review', 'disputed'],
  remediation: ['remediation'],
  retest: ['retest'],
  closed: ['closed', 'fixed', 'risk_accepted', 'invalid', 'out_of_scope', 'duplicate', 'rejected_by_demand'],
}

type Filter = NonNullable<Call<'GET /api/findings'>['query']> & { limit: number; view: string }
type Inbox = Reply<'GET /api/findings'>

/** A page of the inbox. Counts of the views come from one grouped query under the reader's own policies. */
export const inboxOf = async (work: Work, filter: Filter): Promise<Inbox> => ({
  ...(await listFindings(work, filter)),
  views: await countViews(work, filter.engagementId),
  mayAssign: may(work.actor, 'finding.assign', work.actor.orgKind),
})

/**
 * Findings under the reader's own policies, newest first. Rows carry title and asset for those who may read findings at all;
 * bodies are never in a list.
 * @param answers ids of a search, best first: only those, in that order
 */
export async function listFindings(
  work: Work,
  filter: Filter,
  answers: readonly string[] | null = null,
): Promise<Pick<Inbox, 'findings' | 'next'>> {
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

async function countViews(work: Work, engagementId: string | undefined): Promise<Inbox['views']> {
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
