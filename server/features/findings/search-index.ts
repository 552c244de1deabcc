import { createHmac } from 'node:crypto'
import { askedTokens, rank, tokensOf } from '@zhongheng/domain/search/tokens.ts'
import { sql } from 'kysely'
import { type DataKeys, deriveKey } from '../../sealing/seal.ts'
import type { Work } from '../../work/work.ts'
import { decoyTokens } from '../decoys/reads.ts'
import { sealingOf } from '../engagements/reads.ts'

/*
 * The blind index: for each distinct word of a finding or a comment a keyed digest of 12 bytes, under a key of the
 * engagement. What it gives away to somebody who reads the table is written in docs/guides/sealing-keys.md.
 */
const digestBytes = 12

const digester = (keys: DataKeys): ((token: string) => Buffer) => {
  const key = deriveKey(keys.fixed, 'findings-index')
  return (token) => createHmac('sha256', key).update(token, 'utf8').digest().subarray(0, digestBytes)
}

/** What these texts are found by, and how often each word comes. */
export function digestsOf(
  engagement: { readonly sealing: { readonly keys: DataKeys } },
  texts: readonly string[],
): { token: Buffer; count: number }[] {
  const digest = digester(engagement.sealing.keys)
  return [...tokensOf(texts.join('\n'))].map(([token, count]) => ({ token: digest(token), count }))
}

/**
 * Makes these texts found under the finding.
 * @param source whose words they are: the finding's id, or a comment's; words of it from before are forgotten
 */
export async function indexTexts(
  work: Work,
  engagement: { readonly id: string; readonly sealing: { readonly keys: DataKeys } },
  findingId: string,
  source: string,
  texts: readonly string[],
): Promise<void> {
  if (source === findingId)
    await work.db
      .deleteFrom('finding_tokens')
      .where('finding_id', '=', findingId)
      .where('source', '=', source)
      .execute()
  const rows = digestsOf(engagement, texts).map((one) => ({
    finding_id: findingId,
    engagement_id: engagement.id,
    source,
    ...one,
  }))
  for (let at = 0; at < rows.length; at += 1000)
    await work.db
      .insertInto('finding_tokens')
      .values(rows.slice(at, at + 1000))
      .execute()
}

/** Engagements that one question asks at most, newest first. */
const mostEngagements = 200
/** Findings that are ranked at most: words that are everywhere are no question. */
const mostRows = 20_000

/**
 * Ids of the findings that answer, best first; null where nothing was asked. Rows and words come under the reader's own policies, so
 * what somebody may not read is not found. A finding
 * answers when it holds all the words; where none does, those that hold the most of them, and half at least.
 */
export async function searchFindings(
  work: Work,
  words: string,
  filter: { readonly engagementId?: string | undefined },
): Promise<string[] | null> {
  const tokens = askedTokens(words)
  if (tokens.length === 0) return null
  let readable = work.db
    .selectFrom('engagements')
    .select(['id', 'demand_org_id', 'wrapped_key'])
    .orderBy('created_at', 'desc')
    .limit(mostEngagements)
  if (filter.engagementId) readable = readable.where('id', '=', filter.engagementId)
  const asked = new Map<string, string>()
  for (const row of await readable.execute()) {
    const sealing = sealingOf(work, row)
    if (sealing.destroyed) continue
    const digest = digester(sealing.keys)
    for (const token of tokens) asked.set(digest(token).toString('hex'), token)
  }
  if (asked.size === 0) return []
  const digests = [...asked.keys()].map((one) => Buffer.from(one, 'hex'))
  let matching = work.db
    .selectFrom('finding_tokens')
    .innerJoin('findings', 'findings.id', 'finding_tokens.finding_id')
    .select(['finding_tokens.finding_id', 'finding_tokens.token', sql<number>`sum(count)::int`.as('count')])
    .where('token', 'in', digests)
    .groupBy(['finding_tokens.finding_id', 'finding_tokens.token'])
    .limit(mostRows)
  if (work.actor.orgKind === 'tester') matching = matching.where('findings.person_id', '=', work.actor.personId)
  const rows = await matching.execute()
  // Whoever looks for more than their work looks by words.
  return best([...rows, ...(await decoyTokens(work, digests))], asked, tokens.length)
}

/** Findings with the most of the asked words first; among those the rank decides. */
function best(
  rows: readonly { finding_id: string; token: Buffer; count: number }[],
  asked: ReadonlyMap<string, string>,
  wanted: number,
): string[] {
  const found = new Map<string, Map<string, number>>()
  const holders = new Map<string, number>()
  for (const row of rows) {
    const token = asked.get(row.token.toString('hex')) ?? ''
    found.set(row.finding_id, (found.get(row.finding_id) ?? new Map()).set(token, row.count))
    holders.set(token, (holders.get(token) ?? 0) + 1)
  }
  const most = Math.max(0, ...[...found.values()].map((words) => words.size))
  // Fewer than all of them answer only where nobody has all, and then not less than half.
  const enough = most === wanted ? wanted : Math.max(most, Math.ceil(wanted / 2))
  return [...found]
    .filter(([, words]) => words.size >= enough)
    .map(([id, words]) => ({
      id,
      score: rank(
        [...words].map(([token, count]) => ({ count, holders: holders.get(token) ?? 1 })),
        found.size,
      ),
    }))
    .sort((a, b) => b.score - a.score || (a.id < b.id ? 1 : -1))
    .map((one) => one.id)
}
