import { describe, expect, it } from 'vitest'
import { type BasketItem, basketLimit, readBasket, toggled } from './basket.ts'

const item = (exchangeId: string): BasketItem => ({
  exchangeId,
  method: 'GET',
  host: 'shop.test',
  path: '/',
  status: 200,
  startedAt: '2026-01-01T00:00:00Z',
})

describe('the evidence basket', () => {
  it('takes an exchange in once and out again', () => {
    const one = toggled([], item('exc_1'))
    expect(one).toHaveLength(1)
    expect(toggled(one, item('exc_1'))).toEqual([])
  })
  it('holds no more than a finding may cite', () => {
    const full = Array.from({ length: basketLimit }, (_, at) => item(`exc_${at}`))
    expect(toggled(full, item('exc_more'))).toBe(full)
  })
  it.each([null, 'no json', '{}', '[{"exchangeId":1}]'])('is empty after something else was kept: %s', (kept) => {
    expect(readBasket(kept)).toEqual([])
  })
  it('comes back as it was kept', () => {
    expect(readBasket(JSON.stringify([item('exc_1')]))).toEqual([item('exc_1')])
  })
})
