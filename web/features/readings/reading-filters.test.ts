import { describe, expect, it } from 'vitest'
import { readingFilters, readingQuery } from './reading-filters.ts'

const lin = `per_${'0'.repeat(26)}`

describe('the address of the reading record', () => {
  it('keeps what it knows and drops the rest, so that an old or a mistyped link still opens', () => {
    expect(readingFilters({ what: 'unmasked', personId: lin, from: '2026-11-01' })).toEqual({
      what: 'unmasked',
      personId: lin,
      from: '2026-11-01',
    })
    expect(readingFilters({ what: 'everything', personId: 'lin', from: '2026-13-77', to: '1', other: 'x' })).toEqual({})
  })

  it('asks for whole days of the viewer, the last one included', () => {
    const { since = '', until = '' } = readingQuery({ from: '2026-11-01', to: '2026-11-01' })
    expect(new Date(since).getHours()).toBe(0)
    expect(new Date(until).getDate()).toBe(2)
    expect(readingQuery({ what: 'finding' })).toEqual({ what: 'finding' })
  })
})
