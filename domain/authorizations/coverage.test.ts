import { describe, expect, it } from 'vitest'
import { type CountedPlace, coverageOf } from './coverage.ts'
import { compileScope } from './scope/compile.ts'

const { scope } = (() => {
  const rows = ['https://shop.example/', '*.api.example', 'https://shop.example/admin', '10.1.0.0/16'].map(
    (asset, at) => ({
      rowId: `row${at}`,
      asset,
      effect: at === 2 ? ('out' as const) : ('in' as const),
    }),
  )
  return { scope: compileScope(rows as never, { versionId: 'v1' }).scope }
})()
const place = (more: Partial<CountedPlace>): CountedPlace => ({
  scheme: 'https',
  host: 'shop.example',
  port: 443,
  path: '/cart',
  sample: '/cart',
  testerId: 'chen',
  passed: 1,
  refused: 0,
  ...more,
})

describe('the coverage of a scope', () => {
  it('counts for each included line what passed, by tester, and shows the lines that nobody tried', () => {
    const { objects } = coverageOf(scope, [
      place({ passed: 5 }),
      place({ testerId: 'lin', path: '/', sample: '/', passed: 2 }),
      place({ host: 'v2.api.example', passed: 3 }),
    ])
    expect(objects.map(({ asset, passed, byTester }) => [asset, passed, byTester])).toEqual([
      ['https://shop.example/', 7, { chen: 5, lin: 2 }],
      ['*.api.example', 3, { chen: 3 }],
      ['10.1.0.0/16', 0, {}],
    ])
  })
  it('counts nothing that lies outside, is excluded or was refused', () => {
    const { objects, rowOf } = coverageOf(scope, [
      place({ host: 'bank.example' }),
      place({ path: '/admin', sample: '/admin/users', passed: 0, refused: 4 }),
      place({ passed: 0, refused: 9 }),
    ])
    expect(rowOf).toEqual([null, null, 'row0'])
    expect(objects.every(({ passed }) => passed === 0)).toBe(true)
  })
})
