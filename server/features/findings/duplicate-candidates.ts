import type { Reply } from '@zhongheng/contracts/http/index.ts'
import { likelyOriginals, mostCandidates, originalStates } from '@zhongheng/domain/findings/candidates.ts'
import { sql } from 'kysely'
import type { Work } from '../../work/work.ts'
import type { EngagementHandle } from '../engagements/reads.ts'
import type { FindingDbRow } from './reads.ts'
import { listFindings } from './list-findings.ts'

type Candidates = Reply<'GET /api/engagements/:engagementId/findings/:findingId/candidates'>

/** Earlier findings whose words are compared at most, newest first: of the same address or weakness. */
const mostCompared = 200

/**
 * Earlier findings of the engagement that this one may double, with the reasons; from citations, weakness and the blind index, without
 * opening any text. Nothing but their rows is answered, as in a list. Closed ones are none, so no decoy is missed among them.
 */
export async function duplicateCandidates(
  work: Work,
  engagement: EngagementHandle,
  row: FindingDbRow,
): Promise<Candidates> {
  const { rows } = await sql<{
    id: string
    same_address: boolean
    same_weakness: boolean
    shared: number
    words: number
  }>`
    with addresses as (
      select distinct x.scheme, x.method, x.host, x.port, split_part(x.path, '?', 1) as path
      from finding_citations c join exchanges x on x.id = c.exchange_id
      where c.finding_id = ${row.id} and x.host <> ''
    ), alike as (
      select distinct c.finding_id as id
      from finding_citations c join exchanges x on x.id = c.exchange_id
      join addresses a on (a.scheme, a.method, a.host, a.port, a.path)
        = (x.scheme, x.method, x.host, x.port, split_part(x.path, '?', 1))
      where x.engagement_id = ${engagement.id}
    ), earlier as (
      select f.id, f.cwe = ${row.cwe} as same_weakness, f.id in (select id from alike) as same_address
      from findings f
      where f.engagement_id = ${engagement.id} and f.id <> ${row.id}
        and (f.submitted_at, f.id) < (${row.submitted_at}, ${row.id})
        and f.state = any(${[...originalStates]}::text[])
        and (f.cwe = ${row.cwe} or f.id in (select id from alike))
      order by same_address desc, f.submitted_at desc
      limit ${mostCompared}
    ), own as (
      select token from finding_tokens where finding_id = ${row.id} and source = ${row.id}
    ), theirs as (
      select t.finding_id, count(*)::int as words, count(own.token)::int as shared
      from finding_tokens t left join own on own.token = t.token
      where t.finding_id in (select id from earlier) and t.source = t.finding_id
      group by t.finding_id
    )
    select e.*, coalesce(t.shared, 0) as shared,
      least(coalesce(t.words, 0), (select count(*)::int from own)) as words
    from earlier e left join theirs t on t.finding_id = e.id`.execute(work.db)
  const found = likelyOriginals(
    rows.map((one) => ({
      id: one.id,
      sameAddress: one.same_address,
      sameWeakness: one.same_weakness,
      sharedWords: one.shared,
      words: one.words,
    })),
  )
  const ids = found.map(({ id }) => id)
  const list = await listFindings(work, { engagementId: engagement.id, view: 'all', limit: mostCandidates }, ids)
  return {
    candidates: list.findings.map((one) => ({
      ...one,
      why: [...(found.find(({ id }) => id === one.findingId)?.why ?? [])],
    })),
  }
}
