import type { Work } from '../../work/work.ts'
import type { EngagementFacts } from '@zhongheng/domain/engagements/facts.ts'
import { bestCover } from '@zhongheng/domain/witnesses/cover.ts'
import { seatsOf } from './seats.ts'

/** The checkpoint that witnesses are asked to cosign now; undefined before any witness was registered. */
export async function offeredCheckpoint(work: Work): Promise<string | undefined> {
  const row = await work.db.selectFrom('checkpoints').select('note').orderBy('size', 'desc').executeTakeFirst()
  return row?.note
}

export type CosignedCheckpoint = {
  readonly size: number
  /** The log's note with every witness's line under it. */
  readonly note: string
  /** Names of the witnesses whose lines it carries. */
  readonly witnesses: readonly string[]
}

/**
 * A checkpoint over at least `size` entries with the cosignatures it got: the one that most witnesses signed, the
 * newest of equals. Null where no witness has cosigned so far. As the system, because a pack proves to a reader what
 * witnesses of other houses vouched for.
 */
export async function cosignedCheckpoint(work: Work, size: number): Promise<CosignedCheckpoint | null> {
  return work.asSystem(async (db) => {
    const best = await db
      .selectFrom('cosignatures')
      .select(['size', (eb) => eb.fn.countAll<string>().as('count')])
      .where('size', '>=', String(size))
      .groupBy('size')
      .orderBy('count', 'desc')
      .orderBy('size', 'desc')
      .executeTakeFirst()
    if (!best) return null
    const checkpoint = await db
      .selectFrom('checkpoints')
      .select('note')
      .where('size', '=', best.size)
      .executeTakeFirstOrThrow()
    const lines = await db
      .selectFrom('cosignatures')
      .innerJoin('witnesses', 'witnesses.id', 'cosignatures.witness_id')
      .select(['line', 'witnesses.name'])
      .where('size', '=', best.size)
      .orderBy('witnesses.name')
      .execute()
    return {
      size: Number(best.size),
      note: checkpoint.note + lines.map((row) => row.line).join(''),
      witnesses: lines.map((row) => row.name),
    }
  })
}

/**
 * What the guard of `deliver` asks: does a checkpoint that covers the signed reports' entries carry the cosignatures
 * that the engagement's rule wants? Null where no rule is in force.
 */
export async function witnessFacts(work: Work, engagementId: string): Promise<EngagementFacts['witnesses']> {
  return work.asSystem(async (db) => {
    const rule = await db
      .selectFrom('witness_rules')
      .select(['needed', 'witness_ids'])
      .where('engagement_id', '=', engagementId)
      .where('state', '=', 'in_force')
      .executeTakeFirst()
    if (!rule || rule.needed === 0) return null
    const signed = await db
      .selectFrom('events')
      .innerJoin('reports', 'reports.id', 'events.subject')
      .select('events.ledger_index')
      .where('events.engagement_id', '=', engagementId)
      .where('events.kind', '=', 'document.signed')
      .where('reports.state', '=', 'signed')
      .execute()
    const waiting = signed.some((row) => row.ledger_index === null)
    const entries = Math.max(0, ...signed.map((row) => Number(row.ledger_index ?? 0) + 1))
    const seats = await seatsOf(db, rule.witness_ids)
    const cosigned =
      seats.length === 0
        ? []
        : await db
            .selectFrom('cosignatures')
            .select(['witness_id', 'size'])
            .where(
              'witness_id',
              'in',
              seats.map((seat) => seat.id),
            )
            .where('size', '>=', String(entries))
            .execute()
    const cover = bestCover(
      seats.map((seat) => ({
        name: seat.name,
        cosigned: cosigned.filter((row) => row.witness_id === seat.id).map((row) => Number(row.size)),
      })),
      entries,
    )
    return { needed: rule.needed, inLedger: !waiting, cosigned: cover.count, missing: [...cover.missing] }
  })
}
