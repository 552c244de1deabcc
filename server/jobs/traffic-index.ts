import { baseOf, nodeSpan } from '@zhongheng/contracts/records/nodes.ts'
import type { ExchangeRow, SegmentSeal } from '@zhongheng/contracts/records/capture.ts'
import type { FeedPage } from '@zhongheng/contracts/records/recorder-http.ts'
import { stoppedText } from '@zhongheng/domain/authorizations/judge.ts'
import { sql } from 'kysely'
import type { TunnelFacts } from '../database/schema.ts'
import { makeRoomFor } from '../database/traffic-blocks.ts'
import type { Deps } from '../work/deps.ts'
import { type Node, nodesOf, positionAt } from '../work/nodes.ts'
import { type Work, inSystemWork } from '../work/work.ts'
import { keepPosition, positionOf, stillAt } from './feed-position.ts'
import { keepTaking, type Stop } from './rounds.ts'

const page = 500

/**
 * Takes the recorder's feed over into the index: rows and position in one commit, so that nothing is missed or doubled
 * whatever dies when. Refusals become ledger events, one per lease, rule and page.
 */
export async function takeExchanges(deps: Deps, wait: number, node: Node = nodesOf(deps)[0]): Promise<number> {
  const [name, base] = [positionAt('exchanges', node.number), baseOf(node.number)]
  const after = await inSystemWork(deps, (work) => positionOf(work, name, base))
  const feed = await node.rows.next(after, { limit: page, waitMs: wait })
  // A socket that leads to another node's recorder: its rows are none of this position's.
  const stranger = [...feed.rows.map(({ sequence }) => sequence), feed.next].find(
    (sequence) => sequence >= base + nodeSpan || sequence < base,
  )
  if (stranger !== undefined) throw new RangeError(`sequence ${stranger} is not of node ${node.number}`)
  await makeRoomFor(
    deps.database,
    feed.rows.map((row) => row.sequence),
  )
  try {
    await takeOver(deps, node, after, feed, [])
  } catch (fault) {
    // The same exchange under another sequence, long after the first: what was taken stays, as within one part of the table.
    if ((fault as { code?: unknown }).code !== uniqueViolation) throw fault
    await takeOver(deps, node, after, feed, await knownOf(deps, feed.rows))
  }
  return feed.rows.length
}

const uniqueViolation = '23505'

/** Ids of these rows that were taken already. */
const knownOf = (deps: Deps, rows: readonly ExchangeRow[]): Promise<string[]> =>
  inSystemWork(deps, async ({ db }) => {
    const ids = rows.map((row) => row.exchangeId)
    const known = await sql<{ id: string }>`select id from zh_exchanges_known(${ids}::text[]) as id`.execute(db)
    return known.rows.map((row) => row.id)
  })

/** One page of the feed, in one commit with its position. @param known ids to leave out */
async function takeOver(
  deps: Deps,
  node: Node,
  after: number,
  feed: FeedPage,
  known: readonly string[],
): Promise<void> {
  const [name, base] = [positionAt('exchanges', node.number), baseOf(node.number)]
  await inSystemWork(deps, async (work) => {
    if (!(await stillAt(work, name, after, base))) return
    const orgs = await orgsOf(work, feed.rows)
    const rows = onceEach(feed.rows, known).filter((row) => orgs.has(row.leaseId))
    const stored =
      rows.length > 0
        ? await work.db
            .insertInto('exchanges')
            .values(rows.map((row) => toRow(row, orgs.get(row.leaseId) ?? '')))
            .onConflict((conflict) => conflict.doNothing())
            .returning('id')
            .execute()
        : []
    // A row that was there already had its event then.
    const fresh = new Set(stored.map((row) => row.id))
    recordRefusals(
      work,
      rows.filter((row) => fresh.has(row.exchangeId)),
    )
    // A gap is declared, never hidden: something was recorded and can no longer be shown.
    for (const gap of feed.gaps)
      work.record({
        kind: 'traffic.gap',
        engagementId: null,
        subject: null,
        role: 'system',
        audience: 'house',
        facts: { first: gap.first, last: gap.last, reason: gap.reason },
      })
    await keepPosition(work, name, feed.next)
    if (rows.length > 0) await sql`select pg_notify('zh_traffic', '')`.execute(work.db)
  })
}

/** The first of the rows of each exchange, of those that are not known. */
function onceEach(rows: readonly ExchangeRow[], known: readonly string[]): ExchangeRow[] {
  const seen = new Set(known)
  return rows.filter((row) => {
    if (seen.has(row.exchangeId)) return false
    seen.add(row.exchangeId)
    return true
  })
}

async function orgsOf(work: Work, rows: readonly ExchangeRow[]): Promise<Map<string, string>> {
  const ids = [...new Set(rows.map((row) => row.leaseId))]
  if (ids.length === 0) return new Map()
  const leases = await work.db.selectFrom('leases').select(['id', 'org_id']).where('id', 'in', ids).execute()
  return new Map(leases.map((lease) => [lease.id, lease.org_id]))
}

/** @throws RangeError for a text that is no time: the database would be sent something that is none either */
function momentOf(text: string): Date {
  const at = new Date(text)
  if (Number.isNaN(at.getTime())) throw new RangeError('the recorder told a row without a time')
  return at
}

const toRow = (row: ExchangeRow, orgId: string) => ({
  sequence: row.sequence,
  id: row.exchangeId,
  engagement_id: row.engagementId,
  lease_id: row.leaseId,
  person_id: row.testerId,
  org_id: orgId,
  segment_id: row.segmentId,
  kind: row.kind,
  started_at: momentOf(row.startedAt),
  finished_at: momentOf(row.finishedAt),
  scheme: row.scheme,
  method: plain(row.method, 40),
  host: plain(row.host, 300),
  port: row.port,
  path: plain(row.path, 8000),
  address: row.address ?? null,
  status: row.status,
  // An exchange that was cut off by a lost process says so instead of looking like the target's fault.
  outcome: row.recovered ?? row.outcome,
  content_type: row.contentType ? plain(row.contentType, 200) : null,
  target_verified: row.targetVerified ?? null,
  request_bytes: row.requestBytes,
  response_bytes: row.responseBytes,
  request_digest: row.requestDigest,
  response_digest: row.responseDigest,
  policy_digest: row.policyDigest,
  http_version: row.httpVersion ?? null,
  notes: [...(row.notes ?? [])],
  target_fault: row.targetFault ? plain(row.targetFault, 200) : null,
  egress: row.egress ?? null,
  tunnel: JSON.stringify(tunnelOf(row)),
  refusal: JSON.stringify(row.refusal ? refusalOf(row.refusal) : null),
})

/** The index lies in the clear: the reason of a stop order stays in the recording. */
function refusalOf({ code, rule, detail, detailZh }: NonNullable<ExchangeRow['refusal']>) {
  const stopped = code === 'stopped'
  const zh = stopped ? stoppedText.zh : detailZh
  return {
    code: plain(code, 60),
    rule: plain(rule, 60),
    detail: plain(stopped ? stoppedText.en : detail, 2000),
    ...(zh === undefined ? {} : { detailZh: plain(zh, 2000) }),
  }
}

const tunnelOf = (row: ExchangeRow): TunnelFacts | null =>
  row.kind === 'tunnel'
    ? {
        serverName: row.hello ? plain(row.hello.serverName, 300) : null,
        alpn: (row.hello?.alpn ?? []).map((name) => plain(name, 40)).slice(0, 20),
        carried: row.carried ?? null,
      }
    : null

/** What a tester sent may hold anything; the index holds what PostgreSQL can store and people can read. */
// biome-ignore lint: control characters are exactly what this takes out
const plain = (text: string, most: number): string =>
  text
    .replace(/[\u0000-\u001f\u007f]/g, '\ufffd')
    .slice(0, most)
    .toWellFormed()

function recordRefusals(work: Work, rows: readonly ExchangeRow[]): void {
  const groups = new Map<string, { row: ExchangeRow; count: number; last: number }>()
  for (const row of rows) {
    if (row.kind !== 'refusal' || !row.refusal) continue
    const key = `${row.leaseId} ${row.refusal.rule}`
    const group = groups.get(key)
    groups.set(key, { row: group?.row ?? row, count: (group?.count ?? 0) + 1, last: row.sequence })
  }
  for (const { row, count, last } of groups.values())
    work.record({
      kind: 'traffic.refused',
      engagementId: row.engagementId,
      subject: row.leaseId,
      role: 'system',
      audience: 'parties',
      facts: {
        rule: row.refusal?.rule ?? '',
        count,
        firstSequence: row.sequence,
        lastSequence: last,
        testerId: row.testerId,
      },
    })
}

/** Takes over the seals of closed segments; each becomes a ledger entry in the commit that stores it. */
export async function takeSeals(deps: Deps, node: Node = nodesOf(deps)[0]): Promise<number> {
  const name = positionAt('seals', node.number)
  const after = await inSystemWork(deps, (work) => positionOf(work, name))
  const { seals, next } = await node.recorder.seals(after, { limit: page })
  if (seals.length === 0) return 0
  await inSystemWork(deps, async (work) => {
    if (!(await stillAt(work, name, after))) return
    for (const { seal } of seals) await storeSeal(work, seal)
    await keepPosition(work, name, next)
  })
  return seals.length
}

async function storeSeal(work: Work, seal: SegmentSeal): Promise<void> {
  const stored = await work.db
    .insertInto('segments')
    .values({
      id: seal.segmentId,
      engagement_id: seal.engagementId,
      exchanges: seal.exchanges,
      first_sequence: seal.firstSequence,
      last_sequence: seal.lastSequence,
      bytes: seal.bytes,
      sha256: seal.sha256,
      root: seal.root,
      sealed_at: momentOf(seal.sealedAt),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!stored) return
  work.record({
    kind: 'segment.sealed',
    engagementId: seal.engagementId,
    subject: seal.segmentId,
    role: 'system',
    audience: 'parties',
    facts: {
      segmentId: seal.segmentId,
      root: seal.root,
      sha256: seal.sha256,
      exchanges: seal.exchanges,
      firstSequence: seal.firstSequence,
      lastSequence: seal.lastSequence,
      bytes: seal.bytes,
      sealedAt: seal.sealedAt,
    },
  })
}

/**
 * Follows both feeds of every node until stopped: a long poll keeps the index well under two seconds behind the wire. Each node is followed
 * by itself, so that one that is away holds up no other.
 */
export function startTrafficIndex(deps: Deps, onFault: (error: unknown) => void): Stop {
  const turn = async (node: Node): Promise<boolean> => {
    const taken = await takeExchanges(deps, 800, node)
    await takeSeals(deps, node)
    return taken >= page
  }
  // A page that was not full: let a few more rows gather, so that a busy engagement is not one commit per row.
  const following = nodesOf(deps).map((node) => keepTaking(() => turn(node), 100, onFault))
  return async () => void (await Promise.all(following.map(({ stop }) => stop())))
}
