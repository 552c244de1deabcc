import type { FindingPage } from '@zhongheng/contracts/http/findings.ts'
import { type EngagementAction, engagementPermissions, may } from '@zhongheng/domain/access/matrix.ts'
import { decoyState, decoyViews } from '@zhongheng/domain/findings/decoys.ts'
import type { Severity } from '@zhongheng/domain/findings/severity.ts'
import { sql } from 'kysely'
import { citedExchange } from '../../work/cited-exchange.ts'
import { decoysInLists } from '../../work/decoys-in-lists.ts'
import { recordOpening } from '../../work/decoy-openings.ts'
import { inBlocks } from '../../database/traffic-blocks.ts'
import type { Work } from '../../work/work.ts'
import { type EngagementHandle, underWhat } from '../engagements/reads.ts'
import { markOf, withinBudget } from '../readings/reads.ts'
import { goneCitations } from '../retention/reads.ts'
import { type DecoyRow, openTitle, openWords } from './words.ts'

/*
 * Decoys as their readers meet them: rows, counts and a page like those of findings. The row policies show them to the houses that run
 * and audit an engagement; of these the one that runs it has them in its lists.
 */

export type { DecoyRow }

export type ListFilter = {
  readonly engagementId?: string | undefined
  readonly severity?: string | undefined
  readonly state?: string | undefined
  readonly view: string
  /** Nobody takes care of one. */
  readonly assignee?: 'me' | 'nobody' | undefined
  /** The last row of the page before. */
  readonly after: { readonly at: Date; readonly id: string } | null
  /** Answers of a search: only those. */
  readonly among: readonly string[] | null
  readonly limit: number
}

/** Rows for a page of a list, newest first; as many as could stand on it. */
export async function decoysInList(work: Work, filter: ListFilter) {
  const { engagementId, severity, state, after, among } = filter
  let query = decoysInLists(work)
    .innerJoin('engagements', 'engagements.id', 'decoys.engagement_id')
    .leftJoin('persons', 'persons.id', 'decoys.person_id')
    .selectAll('decoys')
    .select([
      'engagements.title as engagement_title',
      'engagements.wrapped_key',
      'engagements.demand_org_id',
      'persons.name as tester_name',
    ])
    .where(
      sql<boolean>`${decoyViews.includes(filter.view) && (state === undefined || state === decoyState) && filter.assignee !== 'me'}::boolean`,
    )
    .orderBy('decoys.submitted_at', 'desc')
    .orderBy('decoys.id', 'desc')
    .limit(filter.limit)
  if (engagementId) query = query.where('decoys.engagement_id', '=', engagementId)
  if (severity) query = query.where('decoys.severity', '=', severity)
  if (among) query = query.where('decoys.id', 'in', among.length > 0 ? [...among] : [''])
  if (after)
    query = query.where(
      sql<boolean>`(date_trunc('milliseconds', decoys.submitted_at), decoys.id) < (${after.at}, ${after.id})`,
    )
  return (await query.execute()).map((row) => ({
    ...row,
    state: decoyState,
    updated_at: row.settles_at,
    citations: row.exchange_ids.length,
    opened: (engagement: EngagementHandle) => openTitle(engagement, row),
  }))
}

/** Words of decoys that answer to one of these digests, as rows of the index of findings are. */
export async function decoyTokens(
  work: Work,
  tokens: readonly Buffer[],
): Promise<{ finding_id: string; token: Buffer; count: number }[]> {
  const wanted = new Set(tokens.map((one) => one.toString('hex')))
  const rows = await decoysInLists(work)
    .select(['id', 'tokens', 'counts'])
    .where(sql<boolean>`tokens && ${[...tokens]}::bytea[]`)
    .execute()
  return rows.flatMap((row) =>
    row.tokens.flatMap((token, at) =>
      wanted.has(token.toString('hex')) ? [{ finding_id: row.id, token, count: row.counts[at] ?? 1 }] : [],
    ),
  )
}

/** The decoy that this person would open by this id; undefined where there is none for them. */
export const decoyInLists = (work: Work, engagement: EngagementHandle, id: string): Promise<DecoyRow | undefined> =>
  decoysInLists(work)
    .selectAll('decoys')
    .where('id', '=', id)
    .where('engagement_id', '=', engagement.id)
    .executeTakeFirst()

/** Numbers of decoys, for whoever may know of such rows at all. */
export const decoyNumbers = (work: Work, ids: readonly string[]) =>
  work.db.selectFrom('decoys').select(['id', 'number as label']).where('id', 'in', ids).execute()

/**
 * A decoy’s page, as a finding’s is: the same budget, the same entry of a reading, the same mark. What differs is told to others in the
 * same commit. No decision, comment or file is on it: nobody’s name is put to an act that they did not do.
 */
export async function revealDecoy(
  work: Work,
  engagement: EngagementHandle,
  row: DecoyRow,
): Promise<{ later: () => Promise<FindingPage> }> {
  const person = await work.db
    .selectFrom('persons')
    .innerJoin('organisations', 'organisations.id', 'persons.org_id')
    .select(['persons.name', 'organisations.name as org_name'])
    .where('persons.id', '=', row.person_id)
    .executeTakeFirst()
  const evidence = await work.db
    .selectFrom('exchanges')
    .select(['id', 'started_at', 'method', 'scheme', 'host', 'port', 'path', 'status'])
    .select(['request_digest', 'response_digest'])
    .where('id', 'in', row.exchange_ids)
    .where(inBlocks('exchanges.sequence', engagement.row.traffic_blocks))
    .orderBy('started_at')
    .orderBy('sequence')
    .execute()
  const disposed = await goneCitations(work, engagement.id, evidence)
  const scope = await work.db
    .selectFrom('scope_versions')
    .select('number')
    .where('id', '=', row.scope_version_id)
    .executeTakeFirst()
  const submitted = await work.asSystem((db) =>
    db.selectFrom('events').select('ledger_index').where('id', '=', row.event_id).executeTakeFirst(),
  )
  const budget = await withinBudget(work, engagement, 'finding', row.id)
  const event = work.record({
    kind: 'finding.read',
    engagementId: engagement.id,
    subject: row.id,
    role: engagement.role,
    audience: 'parties',
    facts: { version: row.version, ...underWhat(engagement), ...budget },
  })
  const { wrapped_key, demand_org_id } = engagement.row
  await recordOpening(work, { ...row, wrapped_key, demand_org_id }, 'opened')
  const severity = row.severity as Severity
  return {
    later: async () => ({
      ...openWords(engagement, row),
      findingId: row.id,
      engagementId: engagement.id,
      engagementTitle: engagement.row.title,
      number: row.number,
      state: decoyState,
      severity,
      cwe: row.cwe,
      testerName: person?.name ?? '',
      submittedAt: row.submitted_at.toISOString(),
      updatedAt: row.settles_at.toISOString(),
      citations: evidence.length,
      waitsForMe: false,
      assignee: null,
      assignable: false,
      cvssVector: null,
      cvssScore: null,
      testerSeverity: severity,
      severityReason: null,
      testerId: row.person_id,
      testerOrgName: person?.org_name ?? '',
      evidence: evidence.map(citedExchange),
      disposed,
      duplicateOf: null,
      attachments: [],
      decisions: [],
      comments: [],
      reward: null,
      // None begins in this state.
      moves: [],
      may: (Object.keys(engagementPermissions) as EngagementAction[]).filter((action) =>
        may(work.actor, action, engagement.role),
      ),
      letterNumber: row.letter_number,
      scopeNumber: scope?.number ?? 0,
      ledger: {
        submitted: submitted?.ledger_index == null ? null : Number(submitted.ledger_index),
        reveal: null,
      },
      nextBy: null,
      version: row.version,
      mark: markOf(work, event),
    }),
  }
}
