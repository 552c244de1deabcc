import { describe, expect, it } from 'vitest'
import { readRange } from './ranges.ts'

describe('a part of a file of 1,000 bytes', () => {
  it.each<[string, ReturnType<typeof readRange>]>([
    ['bytes=0-0', { first: 0, last: 0 }],
    ['bytes=200-299', { first: 200, last: 299 }],
    ['bytes=990-', { first: 990, last: 999 }],
    ['bytes=990-5000', { first: 990, last: 999 }],
    ['bytes=-10', { first: 990, last: 999 }],
    ['bytes=-5000', { first: 0, last: 999 }],
    ['bytes=1000-', 'none'],
    ['bytes=-0', 'none'],
    ['bytes=5-2', 'whole'],
    ['bytes=0-1,5-6', 'whole'],
    ['bytes=-', 'whole'],
    ['bytes=a-b', 'whole'],
    ['lines=1-2', 'whole'],
    ['bytes=99999999999999999999-', 'whole'],
  ])('%s', (header, part) => {
    expect(readRange(header, 1000)).toEqual(part)
  })

  it('is the whole where none is asked for', () => {
    expect(readRange(undefined, 1000)).toBe('whole')
  })
})
