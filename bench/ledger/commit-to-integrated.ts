import { join } from 'node:path'
import { migrate, openDatabase } from '@zhongheng/server/database/open.ts'
import { readLedgerKeySettings } from '@zhongheng/server/main/settings.ts'
import { startSequencer } from '@zhongheng/server/jobs/sequencer.ts'
import { openLedger } from '@zhongheng/server/ports/ledger-log.ts'
import { openLedgerKeysIn } from '@zhongheng/server/signing/ledger-keys.ts'
import { startPostgres } from '@zhongheng/tools/postgres/start-postgres.ts'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import type { Figure } from '../main.ts'
import { inBenchFolder, median } from './engine.ts'

const rounds = 3
const eventsOfRound = 100_000
/** Events of one commit: a busy installation's page of refused requests, not a person's single act. */
const ofCommit = 500
const single = 100

const insert = `insert into events (id, at, kind, subject, actor, role, audience, leaf)
  select id, now(), 'login.refused', null, 'system', 'system', 'house',
    '{"actor":"per_01jd0000000000000000000000","at":"2026-11-21T05:00:00.000Z","engagementId":null,"facts":{"n":' || n ||
    '},"id":"' || id || '","kind":"login.refused","role":"system","subject":"fnd_01jd0000000000000000000000","v":1}'
  from (select n, 'evt_' || lpad(($1::bigint + n)::text, 26, '0') as id from generate_series(1, $2::int) n) made`

/**
 * From the commit of an event in a real, durable PostgreSQL to its place in the ledger: how many a second while they are
 * committed as fast as the database takes them, and how long a single one waits.
 */
export const measureIntegration = (): Promise<Figure[]> =>
  inBenchFolder(async (folder) => {
    const postgres = await startPostgres({ folder: join(folder, 'postgres'), log: () => undefined })
    const faults: unknown[] = []
    try {
      await migrate(postgres.url)
      const database = openDatabase(postgres.url, 2)
      const keys = await openLedgerKeysIn(join(folder, 'keys'), database, readLedgerKeySettings({}))
      const ledger = await openLedger(join(folder, 'ledger'), keys, () => new Date())
      const stop = await startSequencer(
        {
          settings: { databaseUrl: postgres.url },
          ledger,
          recordRestore: () => Promise.reject(new Error('nothing is restored here')),
        },
        (fault) => faults.push(fault),
      )
      const [writer, reader] = [
        new pg.Client({ connectionString: postgres.url }),
        new pg.Client({ connectionString: postgres.url }),
      ]
      await Promise.all([writer.connect(), reader.connect()])
      let made = 0
      const commit = async (count: number): Promise<void> => {
        await writer.query('begin')
        await writer.query({ name: 'insert', text: insert, values: [made, count] })
        await writer.query(`select pg_notify('zh_events', '')`)
        await writer.query('commit')
        made += count
      }
      const integrated = async (): Promise<number> =>
        Number(
          (await reader.query<{ n: string }>('select coalesce(max(ledger_index) + 1, 0) as n from events')).rows[0]?.n,
        )
      const settled = async (pause: number): Promise<void> => {
        while ((await integrated()) < made) await wait(pause)
      }
      await commit(1)
      await settled(20)
      const rates: number[] = []
      const committed: number[] = []
      for (let round = 0; round < rounds; round++) {
        const begun = performance.now()
        for (let done = 0; done < eventsOfRound; done += ofCommit) await commit(ofCommit)
        committed.push((eventsOfRound / (performance.now() - begun)) * 1000)
        await settled(5)
        rates.push((eventsOfRound / (performance.now() - begun)) * 1000)
      }
      const waits: number[] = []
      for (let n = 0; n < single; n++) {
        await commit(1)
        const begun = performance.now()
        await settled(0)
        waits.push(performance.now() - begun)
        await wait(20)
      }
      waits.sort((one, other) => one - other)
      await stop()
      const alone: number[] = []
      for (let round = 0; round < rounds; round++) {
        const begun = performance.now()
        for (let done = 0; done < eventsOfRound; done += ofCommit) await commit(ofCommit)
        alone.push((eventsOfRound / (performance.now() - begun)) * 1000)
      }
      await Promise.all([writer.end(), reader.end()])
      await ledger.close()
      await database.close()
      if (faults.length > 0) throw new Error(`the sequencer failed: ${String(faults[0])}`)
      return [
        {
          key: 'figures.commit_to_integrated_per_s',
          what: 'events from commit to their place, while they are committed',
          value: Math.round(median(rates)),
          unit: 'per s',
          reach: 'at least 10,000',
        },
        {
          key: 'figures.commit_per_s',
          what: '  committed meanwhile by one connection',
          value: Math.round(median(committed)),
          unit: 'per s',
        },
        {
          key: 'figures.peer_commit_alone_per_s',
          what: 'peer: the same events committed with nobody entering them',
          value: Math.round(median(alone)),
          unit: 'per s',
        },
        {
          key: 'figures.commit_to_integrated_p50_ms',
          what: 'a single event from commit to its place, p50',
          value: Math.round(median(waits) * 10) / 10,
          unit: 'ms',
        },
        {
          key: 'figures.commit_to_integrated_max_ms',
          what: '  the slowest of a hundred',
          value: Math.round((waits.at(-1) ?? 0) * 10) / 10,
          unit: 'ms',
          reach: 'at most 1,000',
        },
      ]
    } finally {
      await postgres.stop()
    }
  })
