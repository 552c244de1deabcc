import { describe, expect, it } from 'vitest'
import { faultOf, rewardTableOf } from './reward-table.ts'

describe('the reward table as the demand side types it', () => {
  it.each([
    [{}, null],
    [{ from: ' ', to: '' }, null],
    [{ from: '100', to: '500.50' }, null],
    [{ from: '100', to: '' }, 'bothOrNone'],
    [{ from: '100', to: 'much' }, 'badMoney'],
    [{ from: '500', to: '100' }, 'badRange'],
  ])('%j has the fault %s', (row, fault) => {
    expect(faultOf(row)).toBe(fault)
  })
  it('is sent in fen, worst severity first, without the empty lines', () => {
    expect(
      rewardTableOf({
        low: { from: '1', to: '2' },
        critical: { from: '100.50', to: '200' },
        high: { from: '', to: '' },
      }),
    ).toEqual([
      { severity: 'critical', minFen: 10_050, maxFen: 20_000 },
      { severity: 'low', minFen: 100, maxFen: 200 },
    ])
  })
})
