import type { LedgerState } from '@zhongheng/contracts/http/ledger.ts'
import { retention } from '@zhongheng/domain/retention/retention.ts'
import { openText } from '../../sealing/seal.ts'
import type { Db, Work } from '../../work/work.ts'

/** Restores that the page shows; more than a few mean that nobody reads such a page any more. */
const mostRestores = 20

/** How the ledger does, for everybody who may read it; the words of a restore's reason for organizer and auditor. */
export const viewState = (work: Work): Promise<LedgerState> =>
  // These tables hold no house's data and no row policies for people: what may be seen is chosen here.
  work.asSystem(async (db) => {
    const { ledger } = work.deps
    const state = await db.selectFrom('ledger_state').select('fault').executeTakeFirstOrThrow()
    return {
      size: ledger.size(),
      root: ledger.root(),
      checkpointAt: ledger.checkpointAt()?.toISOString() ?? null,
      waiting: await waiting(db, ledger.size()),
      fault: state.fault,
      scrub: await viewScrub(db),
      restores: await viewRestores(work, db),
      retention: await viewRetention(db),
    }
  })

async function waiting(db: Db, published: number): Promise<number> {
  const row = await db
    .selectFrom('events')
    .select((eb) => eb.fn.countAll<string>().as('n'))
    .where((eb) => eb.or([eb('ledger_index', 'is', null), eb('ledger_index', '>=', String(published))]))
    .executeTakeFirstOrThrow()
  return Number(row.n)
}

async function viewScrub(db: Db): Promise<LedgerState['scrub']> {
  const row = await db.selectFrom('ledger_scrubs').selectAll().executeTakeFirstOrThrow()
  const { fault } = row
  return {
    endedAt: row.ended_at?.toISOString() ?? null,
    size: row.ended_size === null ? null : Number(row.ended_size),
    result: row.result,
    fault: fault && { file: fault.file, entry: fault.entry ?? null, before: fault.before ?? null, what: fault.what },
    underWay: row.began_at && {
      beganAt: row.began_at.toISOString(),
      position: Number(row.position),
      size: Number(row.size),
    },
  }
}

async function viewRestores(work: Work, db: Db): Promise<LedgerState['restores']> {
  const rows = await db.selectFrom('ledger_restores').selectAll().orderBy('at', 'desc').limit(mostRestores).execute()
  const maySeeWhy = work.actor.orgKind === 'organizer' || work.actor.orgKind === 'auditor'
  const key = work.deps.keys.house('ledger-restores')
  return rows.map((row) => ({
    at: row.at.toISOString(),
    kind: row.kind,
    lost: Number(row.lost),
    reason: maySeeWhy
      ? openText(key, { table: 'ledger_restores', column: 'sealed_reason', row: row.id }, row.sealed_reason)
      : null,
  }))
}

async function viewRetention(db: Db): Promise<LedgerState['retention']> {
  const oldest = await db
    .selectFrom('events')
    .select('at')
    .where('ledger_index', 'is not', null)
    .orderBy('ledger_index')
    .limit(1)
    .executeTakeFirst()
  const scrubbed = await db.selectFrom('ledger_scrubs').select(['result', 'ended_size']).executeTakeFirstOrThrow()
  return {
    oldestAt: oldest?.at.toISOString() ?? null,
    eventDays: retention.events.days,
    trafficDays: retention.traffic.days,
    gaplessTo: scrubbed.result === 'whole' ? Number(scrubbed.ended_size) : null,
  }
}
