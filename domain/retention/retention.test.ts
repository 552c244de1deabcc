import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Problem } from '../shared/problem.ts'
import { type DisposalFacts, disposableFrom, disposedWords, whyNotDisposed } from './disposal.ts'
import { afterVerdict, type Hold, type LiftVerdict } from './holds.ts'
import { checkTerm, keptUntil, mayBeDisposed, recordingDays, retention } from './retention.ts'

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

describe('the term of an engagement’s traffic', () => {
  const fresh = { days: 184, recorded: false, ordered: false }
  it('is set between half a year and the time of the service file', () => {
    for (const days of [184, 365, 1827]) expect(() => checkTerm(fresh, days)).not.toThrow()
    for (const days of [183, 1828, 200.5])
      expect(() => checkTerm(fresh, days)).toThrow(
        expect.objectContaining({
          rule: 'TERM-1',
          fields: [expect.objectContaining({ field: 'trafficDays' })],
        }) as Error,
      )
  })
  it('is shortened only before anything was recorded, and stands once destruction was ordered', () => {
    const long = { ...fresh, days: 365 }
    expect(() => checkTerm(long, 200)).not.toThrow()
    expect(() => checkTerm({ ...long, recorded: true }, 366)).not.toThrow()
    expect(() => checkTerm({ ...long, recorded: true }, 364)).toThrow(
      expect.objectContaining({ rule: 'TERM-2' }) as Error,
    )
    expect(() => checkTerm({ ...long, ordered: true }, 400)).toThrow(
      expect.objectContaining({ rule: 'TERM-3' }) as Error,
    )
  })
  it('has the limits that the database holds to', () => {
    const migration = readFileSync(
      new URL('../../server/database/migrations/0054-recording-terms.sql', import.meta.url),
      'utf8',
    )
    const { least, most } = recordingDays
    expect(migration).toContain(`integer not null default ${least}`)
    expect(migration).toContain(`check (traffic_days between ${least} and ${most})`)
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
    trafficDays: 184,
    endedAt: new Date('2026-06-01'),
  }
  it('may be destroyed once its time is over: traffic after 184 days, everything after five years', () => {
    expect(whyNotDisposed(over, 'traffic', now)).toBe(null)
    expect(whyNotDisposed(over, 'file', now)).toBe(null)
    expect(whyNotDisposed(over, 'traffic', new Date('2027-01-01'))).toBe(null)
  })
  it('keeps its traffic for as long as its own rule says, never for less than everybody’s', () => {
    const year = { ...over, trafficDays: 365 }
    expect(disposableFrom(year, 'traffic')?.toISOString().slice(0, 10)).toBe('2027-05-01')
    expect(whyNotDisposed(year, 'traffic', new Date('2027-01-01'))).toMatchObject({
      rule: 'YDT3744-5.5.4-02',
      why: { en: 'recorded traffic is kept until 2027-05-01' },
    })
    expect(whyNotDisposed(year, 'traffic', new Date('2027-05-02'))).toBe(null)
    expect(disposableFrom({ ...over, trafficDays: 3 }, 'traffic')).toEqual(disposableFrom(over, 'traffic'))
  })
  it('that was destroyed is spoken of by day, person and rule', () => {
    const gone = { what: 'traffic', at: new Date('2027-01-01T08:00:00Z'), by: '林帆', second: '高岚' } as const
    expect(disposedWords(gone).zh).toBe(
      '录制的流量已于 2027-01-01 按 YDT3744-5.5.4-02 销毁（下达：林帆；批准：高岚）；摘要与账本条目仍可验证',
    )
    expect(disposedWords({ ...gone, what: 'file', second: null }).en).toContain(
      'destroyed on 2027-01-01 under GBT43741-5.3-10 (ordered by 林帆)',
    )
    expect(disposedWords({ ...gone, by: null, second: null }).en).toContain('the ledger says by whom')
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
