import { describe, expect, it } from 'vitest'
import { codeOf, readingFilters, readingQuery } from './reading-filters.ts'

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

  it('takes the code of a mark as it was read from a picture', () => {
    expect(codeOf(' 7qk39zto ')).toBe('7QK39ZT0')
    expect(codeOf('7QK39ZTL')).toBe('7QK39ZT1')
    expect(codeOf('7QK39')).toBeUndefined()
    expect(codeOf('7QK39ZTU')).toBeUndefined()
  })

  it('asks for whole days of the viewer, the last one included', () => {
    const { since = '', until = '' } = readingQuery({ from: '2026-11-01', to: '2026-11-01' })
    expect(new Date(since).getHours()).toBe(0)
    expect(new Date(until).getDate()).toBe(2)
    expect(readingQuery({ what: 'finding' })).toEqual({ what: 'finding' })
  })
})
