import { join } from 'node:path'
import { migrate } from '@zhongheng/server/database/open.ts'
import { recordRestore } from '@zhongheng/server/jobs/restore.ts'
import { startSequencer } from '@zhongheng/server/jobs/sequencer.ts'
import { assemble, findingDraft, inTesting, recordedExchange } from '@zhongheng/testing/scenes/crowd-test.ts'
import { openStage } from '@zhongheng/testing/scenes/stage.ts'
import { startPostgres } from '@zhongheng/tools/postgres/start-postgres.ts'
import type { Figure } from '../main.ts'
import { inBenchFolder, median } from './engine.ts'

const rounds = 8
const ofRound = 25

/**
 * How long a tester waits for a submitted finding, over HTTP, on a durable database: while the sequencer enters what is
 * committed, and, as the peer, while nobody does. Rounds of both take turns, so that a busy machine is unjust to neither.
 */
export const measureSubmission = (): Promise<Figure[]> =>
  inBenchFolder(async (folder) => {
    const postgres = await startPostgres({ folder: join(folder, 'postgres'), log: () => undefined })
    try {
      await migrate(postgres.url)
      const stage = await openStage({ database: { adminUrl: postgres.url, drop: async () => undefined } })
      const cast = await assemble(stage, '')
      const engagementId = await inTesting(stage, cast)
      const cite = await recordedExchange(stage, engagementId, cast.tester)
      await stage.integrate()
      const faults: unknown[] = []
      const submit = async (into: number[]): Promise<void> => {
        for (let n = 0; n < ofRound; n++) {
          const begun = performance.now()
          await cast.tester.call('POST /api/engagements/:engagementId/findings', {
            params: { engagementId },
            body: findingDraft(stage, [cite]),
          })
          into.push(performance.now() - begun)
        }
      }
      await submit([])
      const [off, on, ratios]: [number[], number[], number[]] = [[], [], []]
      for (let round = 0; round < rounds; round++) {
        const one: { off: number[]; on: number[] } = { off: [], on: [] }
        const withLedger = async (): Promise<void> => {
          const stop = await startSequencer({ ...stage.deps, recordRestore: recordRestore(stage.deps) }, (fault) =>
            faults.push(fault),
          )
          // What the round before left is entered first, outside of the clock.
          await submit([])
          await submit(one.on)
          await stop()
        }
        const without = async (): Promise<void> => {
          await submit([])
          await submit(one.off)
        }
        for (const half of round % 2 === 0 ? [without, withLedger] : [withLedger, without]) await half()
        ratios.push(median(one.on) / median(one.off))
        off.push(...one.off)
        on.push(...one.on)
      }
      await stage.close()
      if (faults.length > 0) throw new Error(`the sequencer failed: ${String(faults[0])}`)
      const tenths = (value: number): number => Math.round(value * 10) / 10
      const p95 = (values: readonly number[]): number =>
        values.toSorted((one, other) => one - other)[Math.floor(values.length * 0.95)] ?? 0
      return [
        {
          key: 'figures.submission_p50_ms',
          what: 'a finding submitted, p50, the ledger on',
          value: tenths(median(on)),
          unit: 'ms',
        },
        { key: 'figures.submission_p95_ms', what: '  p95', value: tenths(p95(on)), unit: 'ms' },
        {
          key: 'figures.peer_submission_without_ledger_p50_ms',
          what: 'peer: the same with nobody entering, p50',
          value: tenths(median(off)),
          unit: 'ms',
        },
        {
          key: 'figures.peer_submission_without_ledger_p95_ms',
          what: '  p95',
          value: tenths(p95(off)),
          unit: 'ms',
        },
        {
          key: 'ratios.submission_with_vs_without_ledger',
          what: `a submission with against without the ledger, median of ${rounds} pairs of rounds`,
          value: Math.round(median(ratios) * 1000) / 1000,
          unit: 'times',
          reach: 'at most 1.1',
        },
      ]
    } finally {
      await postgres.stop()
    }
  })
