import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
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
})
