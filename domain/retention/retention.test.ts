import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Problem } from '../shared/problem.ts'
import { type DisposalFacts, whyNotDisposed } from './disposal.ts'
import { afterVerdict, type Hold, type LiftVerdict } from './holds.ts'
import { keptUntil, mayBeDisposed, retention } from './retention.ts'

describe('how long what is kept', () => {
  it.each([
    ['2026-03-31', '2026-09-30'],
    ['2026-08-31', '2027-02-28'],
    ['2027-08-29', '2028-02-29'],
  ])('CSL-21-3 six months from %s are not over on %s', (made, later) => {
    expect(mayBeDisposed('traffic', new Date(made), new Date(later))).toBe(false)
  })
  it('GBT43741-5.3-10 five years with two leap days are not over on their last day', () => {
    expect(mayBeDisposed('events', new Date('2023-03-01'), new Date('2028-03-01'))).toBe(false)
    expect(keptUntil('events', new Date('2023-03-01')).getTime()).toBeGreaterThanOrEqual(Date.parse('2028-03-01'))
  })
  it('ends', () => {
    expect(mayBeDisposed('traffic', new Date('2026-01-01'), new Date('2026-08-01'))).toBe(true)
  })
  it('is what the database holds to', () => {
    const migration = readFileSync(
      new URL('../../server/database/migrations/0011-ledger-restores.sql', import.meta.url),
      'utf8',
    )
    expect(migration).toContain(`on events for each row execute function zh_is_kept('${retention.events.days}', 'at')`)
    expect(migration).toContain(`on segments for each row execute function zh_is_kept('${retention.traffic.days}'`)
  })
  it('is what the database holds disposals to', () => {
    const migration = readFileSync(
      new URL('../../server/database/migrations/0021-legal-hold.sql', import.meta.url),
      'utf8',
    )
    expect(migration).toContain(`zh_may_dispose('${retention.traffic.days}', '${retention.events.days}')`)
  })
})

describe('a legal hold', () => {
  const standing: Hold = { liftAskedBy: null, lifted: false }
  const asked: Hold = { liftAskedBy: 'zhou', lifted: false }
  it('is lifted by two different persons: one asks, another confirms', () => {
    expect(afterVerdict(standing, 'ask', 'zhou')).toBe('asked')
    expect(afterVerdict(asked, 'confirm', 'wu')).toBe('lifted')
  })
  it('is kept when somebody, also the one who asked, takes the request back', () => {
    expect(afterVerdict(asked, 'keep', 'wu')).toBe('kept')
    expect(afterVerdict(asked, 'keep', 'zhou')).toBe('kept')
  })
  it.each<[string, Hold, LiftVerdict, string]>([
    ['confirmed by the one who asked', asked, 'confirm', 'HOLD-3'],
    ['confirmed though nobody asked', standing, 'confirm', 'HOLD-4'],
    ['kept though nobody asked', standing, 'keep', 'HOLD-4'],
    ['asked twice', asked, 'ask', 'HOLD-4'],
    ['lifted twice', { liftAskedBy: 'zhou', lifted: true }, 'confirm', 'HOLD-2'],
  ])('is not %s', (_, hold, verdict, rule) => {
    const refused = (): unknown => afterVerdict(hold, verdict, 'zhou')
    expect(refused).toThrow(Problem)
    expect(refused).toThrow(expect.objectContaining({ rule }) as Error)
  })
})

describe('an engagement’s data', () => {
  const now = new Date('2032-06-01')
  const over: DisposalFacts = {
    state: 'closed',
    holds: 0,
    actsMissing: null,
    ordered: [],
    lastSealedAt: new Date('2026-05-01'),
    endedAt: new Date('2026-06-01'),
  }
  it('may be destroyed once its time is over: traffic after 184 days, everything after five years', () => {
    expect(whyNotDisposed(over, 'traffic', now)).toBe(null)
    expect(whyNotDisposed(over, 'file', now)).toBe(null)
    expect(whyNotDisposed(over, 'traffic', new Date('2027-01-01'))).toBe(null)
  })
  it('of which no traffic was recorded has no traffic to keep', () => {
    expect(whyNotDisposed({ ...over, lastSealedAt: null }, 'traffic', new Date('2026-06-02'))).toBe(null)
  })
  it.each<[string, Partial<DisposalFacts>, 'traffic' | 'file', string, string]>([
    ['while a hold stands, whatever else', { holds: 1, state: 'testing' }, 'file', '2032-06-01', 'HOLD-1'],
    ['while it goes on', { state: 'disposing' }, 'traffic', '2032-06-01', 'DISPOSAL-1'],
    ['twice', { ordered: ['traffic'] }, 'traffic', '2032-06-01', 'DISPOSAL-2'],
    ['after all of it went', { ordered: ['file'] }, 'traffic', '2032-06-01', 'DISPOSAL-2'],
    ['in the first 184 days', {}, 'traffic', '2026-10-31', 'YDT3744-5.5.4-02'],
    ['all of it in the first five years', {}, 'file', '2031-05-31', 'GBT43741-5.3-10'],
    [
      'before its written acts are whole',
      { state: 'terminated', actsMissing: { rule: 'GBT43741-5.3-05', why: { zh: '缺', en: 'missing' } } },
      'traffic',
      '2032-06-01',
      'GBT43741-5.3-05',
    ],
  ])('may not be destroyed %s', (_, facts, what, day, rule) => {
    expect(whyNotDisposed({ ...over, ...facts }, what, new Date(day))?.rule).toBe(rule)
  })
})
