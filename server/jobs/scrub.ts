import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { days, hours } from '@zhongheng/domain/shared/clock.ts'
import { type Batch, countOf, leafAt } from '@zhongheng/ledger/log/batch.ts'
import { fsck, type FsckFault } from '@zhongheng/ledger/fsck/fsck.ts'
import { segmentsOf } from '@zhongheng/ledger/fsck/segments.ts'
import { sql } from 'kysely'
import type { Deps } from '../work/deps.ts'
import { nodesOf } from '../work/nodes.ts'
import { type Work, inSystemWork } from '../work/work.ts'
import { everySoOften, type Stop } from './rounds.ts'

/** The job's own lock: of several servers one reads. */
const lock = 727_005
const every = days(1)
/** How often a server looks whether a scrub is due. */
const look = hours(1) / 12
/** Bytes read in a second: a disk hardly notices, and ten million entries take some ten minutes. */
const usualPace = 8 << 20
/** Bundles between two notes of how far the scrub has come. */
const noteEvery = 32
const tileEntries = 256

/** Thrown to leave a scrub that goes on later. */
class Paused extends Error {
  override readonly name = 'Paused'
}

export type ScrubOptions = { readonly bytesPerSecond?: number; readonly stopped?: () => boolean }

/**
 * Reads the whole ledger again: works the tree out of the entries and holds tiles, published head, mark, the recorder's
 * sealed segments and the database's events against it. Goes on where an earlier run was stopped, slowly, and records
 * what it found. @returns what was found; null when it was stopped
 * @throws what disk and database throw
 */
export async function scrub(deps: Deps, options: ScrubOptions = {}): Promise<FsckFault | 'whole' | null> {
  const pace = paced(options.bytesPerSecond ?? usualPace, options.stopped ?? (() => false))
  const size = deps.ledger.size()
  const from = await begin(deps, size)
  const folders = new Map(nodesOf(deps).map(({ number, dataFolder }) => [number, join(dataFolder, 'recorder')]))
  const segments = segmentsOf((node) => folders.get(node), pace)
  let bundles = 0
  const visit = async (first: number, entries: Batch): Promise<FsckFault | undefined> => {
    await pace(entries.bytes.length)
    const fault = (await rowsFault(deps, first, entries)) ?? (await segments(first, entries))
    if (fault === undefined && ++bundles % noteEvery === 0) await noteProgress(deps, first + countOf(entries))
    return fault
  }
  try {
    const mark = await deps.ledger.writing.mark()
    const kept = mark === null ? [] : [{ size: mark.size, root: Buffer.from(mark.root, 'hex'), from: 'mark' }]
    const { folder } = deps.ledger.writing
    const verdict = await fsck(folder, deps.ledger.forPacks.logKey, { kept, visit, from, live: true })
    const found = verdict.ok ? ('whole' as const) : verdict.fault
    await inSystemWork(deps, (work) => conclude(work, verdict.ok ? verdict.size : size, found))
    return found
  } catch (error) {
    if (error instanceof Paused) return null
    throw error
  }
}

/** @returns the entry at which an earlier run stopped, at a bundle's border; 0 for a new scrub */
const begin = (deps: Deps, size: number): Promise<number> =>
  inSystemWork(deps, async ({ db, now }) => {
    const row = await db.selectFrom('ledger_scrubs').selectAll().executeTakeFirstOrThrow()
    const underWay = row.began_at !== null && Number(row.position) < size
    const position = underWay ? Number(row.position) - (Number(row.position) % tileEntries) : 0
    await db
      .updateTable('ledger_scrubs')
      .set({ began_at: underWay ? row.began_at : now, size, position })
      .execute()
    return position
  })

const noteProgress = (deps: Deps, position: number): Promise<void> =>
  inSystemWork(deps, async ({ db }) => void (await db.updateTable('ledger_scrubs').set({ position }).execute()))

async function conclude(work: Work, size: number, found: FsckFault | 'whole'): Promise<void> {
  const fault = found === 'whole' ? null : found
  await work.db
    .updateTable('ledger_scrubs')
    .set({
      began_at: null,
      position: 0,
      size: 0,
      ended_at: work.now,
      ended_size: size,
      result: fault === null ? 'whole' : 'damaged',
      fault: fault === null ? null : JSON.stringify(fault),
    })
    .execute()
  work.record({
    kind: 'ledger.scrubbed',
    engagementId: null,
    subject: null,
    role: 'system',
    audience: 'house',
    facts: {
      result: fault === null ? 'whole' : 'damaged',
      size,
      file: fault?.file ?? null,
      entry: fault?.entry ?? null,
    },
  })
}

/** Holds a bundle's entries against the database's events: the same text at the same place, none missing. */
const rowsFault = (deps: Deps, first: number, entries: Batch): Promise<FsckFault | undefined> =>
  inSystemWork(deps, async ({ db }) => {
    const count = countOf(entries)
    const rows = await db
      .selectFrom('events')
      .select(['ledger_index', 'leaf'])
      .where('ledger_index', '>=', String(first))
      .where('ledger_index', '<', String(first + count))
      .execute()
    const leaves = new Map(rows.map((row) => [Number(row.ledger_index), row.leaf]))
    for (let at = 0; at < count; at++) {
      const known = leaves.get(first + at)
      if (known !== undefined && known !== Buffer.from(leafAt(entries, at)).toString('utf8'))
        return {
          file: 'events',
          entry: first + at,
          what: { zh: '数据库中的事件与账本条目不同', en: 'the event in the database is not the entry' },
        }
      if (known === undefined && !(await isGivenUp(db, first + at)))
        return {
          file: 'events',
          entry: first + at,
          what: { zh: '数据库中没有此条目的事件', en: 'the database has no event for the entry' },
        }
    }
    return undefined
  })

/** A place that an accepted restore left without an event. */
async function isGivenUp(db: Work['db'], place: number): Promise<boolean> {
  const row = await db
    .selectFrom('ledger_restores')
    .select('id')
    .where('gap_first', '<=', String(place))
    .where('gap_end', '>', String(place))
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Lets no more bytes pass in a second than agreed; leaves when the server ends. */
function paced(bytesPerSecond: number, stopped: () => boolean): (bytes: number) => Promise<void> {
  const begun = performance.now()
  let passed = 0
  return async (bytes) => {
    if (stopped()) throw new Paused()
    passed += bytes
    const ahead = (passed / bytesPerSecond) * 1000 - (performance.now() - begun)
    if (ahead > 20) await wait(Math.min(ahead, 1000))
    if (stopped()) throw new Paused()
  }
}

/**
 * Scrubs once a day in one of the servers, and goes on with a scrub that a stop interrupted.
 * @returns stops it; what was read is kept
 */
export function startScrub(deps: Deps, onFault: (error: unknown) => void): Stop {
  let stopped = false
  const turn = (): Promise<void> =>
    deps.database.kysely.connection().execute(async (db) => {
      const asked = await sql<{ got: boolean }>`select pg_try_advisory_lock(${lock}) as got`.execute(db)
      if (asked.rows[0]?.got !== true) return
      try {
        if (await isDue(deps)) await scrub(deps, { stopped: () => stopped })
      } finally {
        await sql`select pg_advisory_unlock(${lock})`.execute(db)
      }
    })
  const scrubbing = everySoOften(turn, look, onFault)
  return async () => {
    stopped = true
    await scrubbing.stop()
  }
}

/** Due with the first entries, a day after the last one ended, and at once where one was interrupted. */
const isDue = (deps: Deps): Promise<boolean> =>
  inSystemWork(deps, async ({ db, now }) => {
    if (deps.ledger.size() === 0) return false
    const row = await db.selectFrom('ledger_scrubs').select(['began_at', 'ended_at']).executeTakeFirstOrThrow()
    return row.began_at !== null || row.ended_at === null || now.getTime() - row.ended_at.getTime() >= every
  })
