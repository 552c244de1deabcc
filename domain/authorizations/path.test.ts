import { describe, expect, it } from 'vitest'
import { canonicalPath, pathOnly, readPath } from './path.ts'

describe('the readings of a path', () => {
  it.each(['/', '/a/b', '/a/b.html', '/a/b~c-d_e', '/中文'])('%s has one', (path) => {
    expect(readPath(path)).toEqual([path])
  })
  it.each([
    ['/%61', '/a'],
    ['/a%2fb', '/a%2Fb'],
    ['/a/./b/../c', '/a/c'],
    ['/a/%2e%2e/c', '/c'],
    ['/../../c', '/c'],
    ['/a/..', '/'],
  ])('%s is canonically %s', (path, canonical) => {
    expect(canonicalPath(path)).toBe(canonical)
    expect(readPath(path)).toContain(canonical)
  })
  it.each([
    ['/api/%23/..%2f..%2fadmin', '/admin'],
    ['/api#/../admin', '/admin'],
    ['/api#/../admin', '/api'],
    ['/api%2f%2f..%2fadmin', '/api/admin'],
    ['/api%2f%2f..%2fadmin', '/admin'],
    ['/a%255cb', '/a/b'],
    ['/a;v=1/b', '/a/b'],
    ['/a%00.png', '/a'],
    ['/a%3fb', '/a'],
    ['/a./b ', '/a/b'],
    ['/%u0061dmin', '/admin'],
    ['/%uff41dmin', '/admin'],
    ['/%c1%a1dmin', '/admin'],
    ['/%e0%81%a1dmin', '/admin'],
    ['/%ef%bd%81dmin', '/admin'],
    ['/ａdmin', '/admin'],
    ['/x／．．／admin', '/admin'],
    ['/%25c1%25a1dmin', '/admin'],
    ['/admin%09', '/admin'],
    ['/admin%0d%0a', '/admin'],
    ['/%20admin', '/admin'],
    ['/%09admin%20/x', '/admin/x'],
    ['/ad%09min', '/admin'],
    ['/admin%01', '/admin'],
  ])('%s may be read as %s', (path, reading) => {
    expect(readPath(path)).toContain(reading)
  })
  it('stay few even for a path made to multiply them', () => {
    expect(readPath(`/${'%25'.repeat(50)}2f;a\\\\//./%00#?${'..%252f;'.repeat(200)}`).length).toBeLessThan(700)
  })
  it('are not sought in a long path, nor does a plain long path need it', () => {
    expect(readPath(`/${'%2f..'.repeat(3000)}`)).toEqual([])
    expect(readPath(`/${'a'.repeat(60_000)}`)).toHaveLength(1)
  })
  it('leave the query aside', () => {
    expect(pathOnly('/a?b=/../c')).toBe('/a')
    expect(pathOnly('*')).toBe('/')
  })
})
