import { sql } from 'kysely'
import type { Locale, Severity } from '@zhongheng/documents/models/common.ts'
import type { CitedExchange, Pause, ReportFinding, ReportTester } from '@zhongheng/documents/models/test-report.ts'
import { findWeakness } from '@zhongheng/registers/catalogues/weaknesses.ts'
import { inBlocks } from '../../database/traffic-blocks.ts'
import type { Work } from '../../work/work.ts'
import type { EngagementHandle } from '../engagements/reads.ts'
import { attachedToFindings } from '../attachments/reads.ts'
import { openFinding } from '../findings/reads.ts'
import { type OpenScope, readScope } from '../engagements/reads.ts'
import { namesOf } from '../engagements/reads.ts'

export type Span = { from: string; to: string }

/** Everything both reports are made of, read once under the reader's own row policies. */
export type Gathered = {
  readonly names: { readonly demand: string; readonly organizer: string; readonly auditor: string }
  readonly window: Span
  readonly scope: OpenScope
  readonly letterNumber: string
  readonly findings: readonly (ReportFinding & { readonly personId: string })[]
  readonly testers: readonly (ReportTester & {
    readonly personId: string
    readonly identityLevel: string
    readonly leases: readonly LeaseLine[]
    readonly removed: boolean
    readonly active: Span | null
    readonly refusals: number
  })[]
  readonly pauses: readonly (Pause & { readonly silentAfterMs: number })[]
  readonly hosts: readonly {
    readonly host: string
    readonly port: number
    readonly exchanges: number
    readonly first: Date
    readonly last: Date
  }[]
  readonly traffic: {
    readonly passed: number
    readonly refused: number
    readonly outside: number
    readonly bytes: number
    readonly first: Date | null
    readonly last: Date | null
  }
  /** Exchanges in sealed segments against exchanges in the index: they must agree, or there is a gap. */
  readonly recorded: { readonly sealed: number; readonly indexed: number }
  readonly refusalsByRule: readonly { readonly rule: string; readonly count: number }[]
  readonly moves: readonly { readonly at: string; readonly move: string; readonly by: string }[]
}
type LeaseLine = { id: string; from: string; to: string; state: string }

const inReport = [
  'confirmed',
  'remediation',
  'retest',
  'fixed',
  'risk_accepted',
  'closed',
  'passed',
  'demand_review',
  'disputed',
] as const

export async function gather(work: Work, engagement: EngagementHandle, locale: Locale): Promise<Gathered> {
  const { row } = engagement
  const scope = await readScope(work.db, row, engagement.sealing)
  if (!scope || !row.window_opens || !row.window_closes)
    throw new Error('a report needs a scope and a window; the state machine holds that')
  const names = await namesOf(work, [row.demand_org_id, row.organizer_org_id, row.auditor_org_id])
  const letter = await work.db
    .selectFrom('letters')
    .select('number')
    .where('engagement_id', '=', row.id)
    .orderBy('issued_at', 'desc')
    .executeTakeFirst()
  const traffic = await trafficOf(work, engagement, row.window_opens, row.window_closes)
  const findings = await findingsOf(work, engagement, locale)
  return {
    names: {
      demand: names.get(row.demand_org_id) ?? '',
      organizer: names.get(row.organizer_org_id ?? '') ?? '',
      auditor: names.get(row.auditor_org_id ?? '') ?? '',
    },
    window: { from: row.window_opens.toISOString(), to: row.window_closes.toISOString() },
    scope,
    letterNumber: letter?.number ?? '',
    findings,
    testers: await testersOf(work, engagement, findings, locale),
    ...traffic,
    ...(await stopsOf(work, engagement, locale)),
  }
}

async function findingsOf(work: Work, engagement: EngagementHandle, locale: Locale): Promise<Gathered['findings']> {
  const rows = await work.db
    .selectFrom('findings')
    .leftJoin('persons', 'persons.id', 'findings.person_id')
    .selectAll('findings')
    .select('persons.name as tester_name')
    .where('engagement_id', '=', engagement.id)
    .where('findings.state', 'in', [...inReport])
    // A closed finding counts when it was confirmed once; closed duplicates and invalid ones do not.
    .where((eb) =>
      eb.or([
        eb('findings.state', '<>', 'closed'),
        eb.exists(
          eb
            .selectFrom('finding_decisions')
            .select('finding_decisions.id')
            .whereRef('finding_decisions.finding_id', '=', 'findings.id')
            .where('to_state', '=', 'confirmed'),
        ),
      ]),
    )
    .orderBy('number')
    .execute()
  if (rows.length === 0) return []
  const cites = await work.db
    .selectFrom('finding_citations')
    .innerJoin('exchanges', 'exchanges.id', 'finding_citations.exchange_id')
    .select([
      'finding_id',
      'exchanges.id',
      'started_at',
      'method',
      'host',
      'path',
      'status',
      'finding_citations.response_digest',
    ])
    .where(
      'finding_id',
      'in',
      rows.map((one) => one.id),
    )
    .where(inBlocks('exchanges.sequence', engagement.row.traffic_blocks))
    .orderBy('finding_citations.place')
    .execute()
  const attached = await attachedToFindings(
    work,
    engagement,
    rows.map((one) => one.id),
  )
  return rows.map((one) => {
    const opened = openFinding(engagement, one)
    return {
      personId: one.person_id,
      number: one.number,
      title: opened.title,
      asset: opened.asset,
      weakness: { id: one.cwe, name: findWeakness(one.cwe)?.[locale === 'en' ? 'en' : 'zh'] ?? one.cwe },
      ...(one.cvss_vector && one.cvss_score
        ? {
            cvss: {
              version: /^CVSS:(\d\.\d)/.exec(one.cvss_vector)?.[1] ?? '3.1',
              vector: one.cvss_vector,
              score: Number(one.cvss_score),
            },
          }
        : {}),
      severity: one.severity as Severity,
      state: one.state,
      tester: one.tester_name ?? '',
      submittedAt: one.submitted_at.toISOString(),
      descriptionMarkdown: opened.description,
      stepsMarkdown: opened.steps,
      impactMarkdown: opened.impact,
      repairMarkdown: opened.repair,
      exchanges: cites
        .filter((cite) => cite.finding_id === one.id)
        .map(
          (cite): CitedExchange => ({
            id: cite.id,
            at: cite.started_at.toISOString(),
            method: cite.method,
            host: cite.host,
            path: cite.path,
            status: cite.status,
            digest: cite.response_digest,
          }),
        ),
      attachments: attached.get(one.id) ?? [],
    }
  })
}

async function testersOf(
  work: Work,
  engagement: EngagementHandle,
  findings: Gathered['findings'],
  locale: Locale,
): Promise<Gathered['testers']> {
  const rows = await work.db
    .selectFrom('enrollments')
    .innerJoin('persons', 'persons.id', 'enrollments.person_id')
    .innerJoin('organisations', 'organisations.id', 'enrollments.org_id')
    .innerJoin('testers', 'testers.person_id', 'enrollments.person_id')
    .select([
      'enrollments.id',
      'enrollments.person_id',
      'persons.name',
      'organisations.name as org_name',
      'enrollments.state',
      'testers.grade',
      'testers.identity',
      'testers.identity_verified_at',
    ])
    .where('engagement_id', '=', engagement.id)
    .where('enrollments.state', 'in', ['admitted', 'removed'])
    .orderBy('enrollments.created_at')
    .execute()
  const leases = await work.db
    .selectFrom('leases')
    .selectAll()
    .where('engagement_id', '=', engagement.id)
    .orderBy('issued_at')
    .execute()
  const counted = await work.db
    .selectFrom('exchanges')
    .select([
      'person_id',
      sql<number>`count(*) filter (where kind <> 'refusal')::int`.as('passed'),
      sql<number>`count(*) filter (where kind = 'refusal')::int`.as('refused'),
      sql<Date | null>`min(started_at) filter (where kind <> 'refusal')`.as('first'),
      sql<Date | null>`max(finished_at) filter (where kind <> 'refusal')`.as('last'),
    ])
    .where('engagement_id', '=', engagement.id)
    .where(inBlocks('exchanges.sequence', engagement.row.traffic_blocks))
    .groupBy('person_id')
    .execute()
  return rows.map((row) => {
    const own = leases.filter((lease) => lease.enrollment_id === row.id)
    const count = counted.find((one) => one.person_id === row.person_id)
    return {
      personId: row.person_id,
      name: row.name,
      organization: row.org_name,
      identity: identityWords(row.identity, row.identity_verified_at, locale),
      identityLevel: row.identity,
      grade: locale === 'en' ? `grade ${row.grade}` : `${row.grade} 级`,
      granted: { from: own[0]?.opens.toISOString() ?? '', to: own.at(-1)?.closes.toISOString() ?? '' },
      exchanges: {
        value: count?.passed ?? 0,
        source: `exchanges: engagement=${engagement.row.number}, tester=${row.person_id}, kind≠refusal`,
      },
      refusals: count?.refused ?? 0,
      findings: {
        value: findings.filter((one) => one.personId === row.person_id).length,
        source: `findings: engagement=${engagement.row.number}, tester=${row.person_id}`,
      },
      leases: own.map((lease) => ({
        id: lease.id,
        from: lease.opens.toISOString(),
        to: (lease.ended_at ?? lease.closes).toISOString(),
        state: lease.state,
      })),
      removed: row.state === 'removed',
      active: count?.first && count.last ? { from: count.first.toISOString(), to: count.last.toISOString() } : null,
    }
  })
}

function identityWords(state: string, at: Date | null, locale: Locale): string {
  const day = at?.toISOString().slice(0, 10) ?? ''
  if (state === 'verified') return locale === 'en' ? `identity verified ${day}` : `实名核验通过 ${day}`
  return locale === 'en' ? 'not verified' : '未核验'
}

async function trafficOf(
  work: Work,
  { id: engagementId, row }: EngagementHandle,
  opens: Date,
  closes: Date,
): Promise<Pick<Gathered, 'hosts' | 'traffic' | 'recorded' | 'refusalsByRule'>> {
  const there = inBlocks('exchanges.sequence', row.traffic_blocks)
  const total = await sql<{
    passed: number
    refused: number
    outside: number
    bytes: string
    first: Date | null
    last: Date | null
  }>`
    select count(*) filter (where kind <> 'refusal')::int as passed, count(*) filter (where kind = 'refusal')::int as refused,
      count(*) filter (where kind <> 'refusal' and (started_at < ${opens} or started_at >= ${closes}))::int as outside,
      coalesce(sum(request_bytes + response_bytes), 0)::text as bytes,
      min(started_at) filter (where kind <> 'refusal') as first, max(finished_at) filter (where kind <> 'refusal') as last
    from exchanges where engagement_id = ${engagementId} and ${there}`.execute(work.db)
  const hosts = await work.db
    .selectFrom('exchanges')
    .select([
      'host',
      'port',
      sql<number>`count(*)::int`.as('exchanges'),
      sql<Date>`min(started_at)`.as('first'),
      sql<Date>`max(finished_at)`.as('last'),
    ])
    .where('engagement_id', '=', engagementId)
    .where(there)
    .where('kind', '<>', 'refusal')
    .groupBy(['host', 'port'])
    .orderBy('host')
    .limit(500)
    .execute()
  const rules = await sql<{ rule: string; count: number }>`
    select refusal->>'rule' as rule, count(*)::int as count from exchanges
    where engagement_id = ${engagementId} and kind = 'refusal' and ${there} group by 1 order by 2 desc, 1`.execute(
    work.db,
  )
  const sealed = await sql<{
    sealed: number
  }>`select coalesce(sum(exchanges), 0)::int as sealed from segments where engagement_id = ${engagementId}`.execute(
    work.db,
  )
  const sum = total.rows[0]
  return {
    hosts,
    recorded: { sealed: sealed.rows[0]?.sealed ?? 0, indexed: (sum?.passed ?? 0) + (sum?.refused ?? 0) },
    traffic: {
      passed: sum?.passed ?? 0,
      refused: sum?.refused ?? 0,
      outside: sum?.outside ?? 0,
      bytes: Number(sum?.bytes ?? 0),
      first: sum?.first ?? null,
      last: sum?.last ?? null,
    },
    refusalsByRule: rules.rows.map((row) => ({ rule: row.rule, count: row.count })),
  }
}

/** Stops and resumptions out of the events, so that each line has its ledger entry. */
async function stopsOf(
  work: Work,
  engagement: EngagementHandle,
  locale: Locale,
): Promise<Pick<Gathered, 'pauses' | 'moves'>> {
  const engagementId = engagement.id
  const reasons = await stopReasons(work, engagement)
  const rows = await work.db
    .selectFrom('events')
    .leftJoin('persons', 'persons.id', 'events.actor')
    .select(['events.at', 'events.leaf', 'persons.name', 'events.role'])
    .where('engagement_id', '=', engagementId)
    .where('events.kind', '=', 'engagement.moved')
    .orderBy('seq')
    .execute()
  const moves = rows.map((row) => {
    const facts = (JSON.parse(row.leaf) as { facts: { move: string } }).facts
    return {
      at: row.at.toISOString(),
      move: facts.move,
      by: row.name ? `${row.name} (${roleNames[row.role]?.[locale] ?? row.role})` : locale === 'en' ? 'system' : '系统',
    }
  })
  const pauses: Pause[] = []
  for (const one of moves) {
    if (one.move === 'stop') pauses.push({ from: one.at, by: one.by, reason: reasons.get(one.at) ?? '' })
    const open = pauses.at(-1)
    if (open && !open.to && ['resume', 'window_ends', 'end_early', 'terminate'].includes(one.move))
      pauses[pauses.length - 1] = { ...open, to: one.at }
  }
  const measured: (Pause & { silentAfterMs: number })[] = []
  for (const pause of pauses) measured.push({ ...pause, silentAfterMs: await silenceAfter(work, engagementId, pause) })
  return { pauses: measured, moves }
}

/** The words of each stop order, by the time of its commit. */
async function stopReasons(work: Work, engagement: EngagementHandle): Promise<Map<string, string>> {
  const rows = await work.db
    .selectFrom('engagement_records')
    .select(['id', 'at', 'sealed_fields'])
    .where('engagement_id', '=', engagement.id)
    .where('kind', '=', 'move_reason')
    .execute()
  return new Map(
    rows.map((row) => {
      const opened = engagement.sealing.open(
        { table: 'engagement_records', column: 'sealed_fields', row: row.id },
        row.sealed_fields,
      )
      return [row.at.toISOString(), (JSON.parse(opened) as { reason: string }).reason]
    }),
  )
}

/** Milliseconds from a stop order to the end of the last exchange it found under way, as recorded; 0 when nothing was. */
async function silenceAfter(work: Work, engagementId: string, pause: Pause): Promise<number> {
  const last = await sql<{ at: Date | null }>`
    select max(finished_at) as at from exchanges
    where engagement_id = ${engagementId} and kind <> 'refusal' and finished_at > ${new Date(pause.from)}
      and (${pause.to ? new Date(pause.to) : null}::timestamptz is null or started_at < ${pause.to ? new Date(pause.to) : null}::timestamptz)`.execute(
    work.db,
  )
  const at = last.rows[0]?.at
  return at ? Math.max(0, at.getTime() - Date.parse(pause.from)) : 0
}

const roleNames: { readonly [role: string]: { readonly [L in Locale]: string } } = {
  demand: { 'zh-CN': '需求方', en: 'demand side' },
  organizer: { 'zh-CN': '组织方', en: 'organizer' },
  auditor: { 'zh-CN': '审计方', en: 'auditor' },
  tester: { 'zh-CN': '测试方', en: 'tester' },
}
