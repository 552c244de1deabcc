import { baseOf } from '@zhongheng/contracts/records/nodes.ts'
import { payloadClasses } from '@zhongheng/domain/conduct/signals.ts'
import { PatternsOfUse } from '@zhongheng/domain/conduct/patterns-of-use.ts'
import { sql } from 'kysely'
import { listenTo } from '../database/listen.ts'
import { lookIntoExchange } from '../features/alerts/look-into-exchange.ts'
import { type AboutEngagement, raiseAlerts, type Signal } from '../features/alerts/raise-alerts.ts'
import { rulesInForce, sealingOf } from '../features/engagements/reads.ts'
import type { CapturedExchange } from '@zhongheng/documents/captures/capture.ts'
import { capturedOf, type ExchangeIndexRow } from '../features/traffic/captured.ts'
import type { Deps } from '../work/deps.ts'
import { nodesOf, positionAt, recorderOf } from '../work/nodes.ts'
import { inSystemWork } from '../work/work.ts'
import { keepPosition, positionOf } from './feed-position.ts'
import { keepTaking, type Stop } from './rounds.ts'

const page = 50
const name = 'conduct'

/**
 * Looks into newly indexed exchanges, in their order and off the way of the traffic, and raises alerts. The position moves in
 * the same commit, so that nothing is missed or doubled whatever dies when. @returns how many exchanges were looked into
 */
export async function watchConduct(deps: Deps, patterns: PatternsOfUse, node = 0): Promise<number> {
  const place = positionAt(name, node)
  const { rows, known } = await inSystemWork(deps, async (work) => {
    const position = await positionOf(work, place, baseOf(node))
    const found = await work.db
      .selectFrom('exchanges')
      .selectAll()
      .where('sequence', '>', String(position))
      .where('sequence', '<', String(baseOf(node + 1)))
      .orderBy('sequence')
      .limit(page)
      .execute()
    const ids = [...new Set(found.map((row) => row.engagement_id))]
    const about = new Map<string, AboutEngagement>()
    for (const id of ids) {
      const row = await work.db
        .selectFrom('engagements')
        .select(['id', 'demand_org_id', 'wrapped_key'])
        .where('id', '=', id)
        .executeTakeFirst()
      if (row === undefined) continue
      const sealing = sealingOf(work, row)
      // Disposed of: nothing of it opens any more, and the position goes past.
      if (sealing.destroyed) continue
      about.set(id, { sealing, rules: (await rulesInForce(work.db, id, sealing))?.rules ?? null })
    }
    return { rows: found.map((row) => ({ row, captured: capturedOf(deps, row, '') })), known: about }
  })
  const last = rows.at(-1)
  if (last === undefined) return 0
  const signals: Signal[] = []
  for (const { row, captured } of rows) {
    const about = known.get(row.engagement_id)
    if (about !== undefined) signals.push(...(await signalsOf(deps, row, captured, about, patterns)))
  }
  await inSystemWork(deps, async (work) => {
    const raised = await raiseAlerts(work, signals, known)
    await keepPosition(work, place, Number(last.row.sequence))
    if (raised.length > 0) await sql`select pg_notify('zh_traffic', '')`.execute(work.db)
  })
  return rows.length
}

async function signalsOf(
  deps: Deps,
  row: ExchangeIndexRow,
  captured: CapturedExchange,
  { sealing }: AboutEngagement,
  patterns: PatternsOfUse,
): Promise<Signal[]> {
  const digestOf = (values: readonly string[]): string => sealing.commit(values.toSorted().join('\n'))
  const signals: Signal[] = []
  const used = patterns.take({
    leaseId: row.lease_id,
    at: row.started_at.getTime(),
    method: row.method,
    host: row.host,
    path: row.path,
    status: row.status,
    responseBytes: Number(row.response_bytes),
    refusedBy: row.refusal?.rule ?? null,
  })
  if (used !== null)
    signals.push({ row, kind: used.kind, side: 'pattern', count: used.count, position: 0, digest: digestOf([row.id]) })
  const withheld = payloadClasses.find((kind) => row.refusal?.code === `payload_${kind}`)
  if (withheld !== undefined)
    signals.push({ row, kind: withheld, side: 'request', count: 1, position: 0, digest: digestOf([row.id]) })
  if (row.kind === 'refusal' || row.kind === 'tunnel') return signals
  for (const { kind, side, count, position, values } of await look(deps, captured, row))
    signals.push({ row, kind, side, count, position, digest: digestOf(values) })
  return signals
}

async function look(
  deps: Deps,
  captured: CapturedExchange,
  { engagement_id: engagementId, sequence }: ExchangeIndexRow,
): ReturnType<typeof lookIntoExchange> {
  try {
    return await lookIntoExchange(captured)
  } catch (error) {
    // Away, or waiting for this key: later. What the recorder has and cannot give (disposed of, damaged) is passed over.
    const { engagementsWithoutKey } = await recorderOf(deps, sequence).status()
    if (engagementsWithoutKey.includes(engagementId)) throw error
    return []
  }
}

/** Follows the index of traffic until stopped; a notice of new rows wakes it at once. */
export async function startConductWatch(deps: Deps, onFault: (error: unknown) => void): Promise<Stop> {
  const patterns = new PatternsOfUse()
  // By node, so that one that is away keeps nobody from looking into what the others recorded.
  const watches = nodesOf(deps).map(({ number }) =>
    keepTaking(async () => (await watchConduct(deps, patterns, number)) >= page, 1000, onFault),
  )
  const wake = (): void => {
    for (const one of watches) one.wake()
  }
  const listener = await listenTo(deps.settings.databaseUrl, ['zh_traffic'], wake, onFault)
  return async () => {
    await listener.stop()
    await Promise.all(watches.map(({ stop }) => stop()))
  }
}
