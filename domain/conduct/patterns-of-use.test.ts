import { describe, expect, it } from 'vitest'
import { drainOf, floodOf, PatternsOfUse, recordIn, type Used } from './patterns-of-use.ts'

const used = (change: Partial<Used>): Used => ({
  leaseId: 'lea_li',
  at: 0,
  method: 'GET',
  host: 'shop.example',
  path: '/',
  status: 200,
  responseBytes: 100,
  refusedBy: null,
  ...change,
})
const seenIn = (lines: readonly Used[]): unknown[] => {
  const patterns = new PatternsOfUse()
  return lines.map((line) => patterns.take(line)).filter((one) => one !== null)
}
const many = (count: number, make: (at: number) => Partial<Used>): Used[] =>
  Array.from({ length: count }, (_, at) => used(make(at)))

describe('a flood', () => {
  it('is a thousand requests within ten seconds, told once', () => {
    expect(seenIn(many(1500, (at) => ({ at: at * 6 })))).toEqual([{ kind: 'flood', count: floodOf.passed }])
  })
  it('or a hundred refusals by a limit', () => {
    expect(seenIn(many(150, (at) => ({ at: at * 10, refusedBy: 'LIMIT-1' })))).toEqual([
      { kind: 'flood', count: floodOf.refused },
    ])
  })
  it('is not a scanner at its permitted pace, nor refusals for another reason', () => {
    expect(seenIn(many(3000, (at) => ({ at: at * 20 })))).toEqual([])
    expect(seenIn(many(500, (at) => ({ at, refusedBy: 'SCOPE-1' })))).toEqual([])
  })
})

describe('a drain of records', () => {
  it('is fifty different records of one interface within ten minutes', () => {
    const lines = many(120, (at) => ({ at: at * 1000, path: `/api/users/${1000 + at}` }))
    expect(seenIn(lines)).toEqual([{ kind: 'record_drain', count: drainOf.records }])
    const byQuery = many(60, (at) => ({ at: at * 1000, path: `/detail?lang=zh&orderId=${at}` }))
    expect(seenIn(byQuery)).toHaveLength(1)
  })
  it.each<[string, (at: number) => Partial<Used>]>([
    ['the same record read again and again', () => ({ path: '/api/users/7' })],
    ['records that are not there', (at) => ({ path: `/api/users/${at}`, status: 404 })],
    ['a scanner’s word list', (at) => ({ path: `/${'abcdefghij'[at % 10]}${'klmnopqrst'[at % 7]}/admin` })],
    ['pages of a list', (at) => ({ path: `/articles?page=${at}` })],
    ['versions in names of scripts', (at) => ({ path: `/static/app.${at}.js` })],
    ['a slow reader', (at) => ({ path: `/api/users/${at}`, at: at * 60_000 })],
  ])('is not %s', (_name, make) => {
    expect(seenIn(many(200, (at) => ({ at: at * 1000, ...make(at) })))).toEqual([])
  })
})

it('the interface behind a path is the path without its identifiers', () => {
  expect(recordIn('/api/users/42/orders/9f1b2c3d-0000-4000-8000-000000000001?b=2&a=1')).toEqual({
    template: '/api/users/*/orders/*?a&b',
    id: '42/9f1b2c3d-0000-4000-8000-000000000001',
  })
  expect(recordIn('/about?lang=zh')).toBeNull()
})

it('what is remembered is bounded, and the oldest goes first', () => {
  const patterns = new PatternsOfUse(2)
  for (let round = 0; round < drainOf.records - 1; round++) patterns.take(used({ path: `/a/${round}` }))
  for (const interfaceName of ['b', 'c', 'd']) patterns.take(used({ path: `/${interfaceName}/1` }))
  expect(patterns.take(used({ path: `/a/${drainOf.records}` }))).toBeNull()
})
