import { describe, expect, it } from 'vitest'
import { fenOf, yuanInput, yuanText } from './money.ts'

describe('money', () => {
  it.each([
    ['0', 0],
    ['12', 1200],
    ['12.3', 1230],
    ['12.34', 1234],
    // 1.15 × 100 is 114.99999999999999 in binary fractions.
    ['1.15', 115],
    ['¥ 1,234,567.80', 123_456_780],
  ])('%j typed in yuan is %i fen', (typed, fen) => {
    expect(fenOf(typed)).toBe(fen)
  })
  it.each(['', '-1', '1.234', '1e3', 'ten', '1.', '0x10'])('%j is no amount', (typed) => {
    expect(fenOf(typed)).toBeNull()
  })
  it.each([0, 1, 10, 99, 100, 115, 1_234_567])('%i fen typed back is the same', (fen) => {
    expect(fenOf(yuanInput(fen))).toBe(fen)
  })
  it('is shown in yuan, with fen only where there are some', () => {
    expect(yuanText(2_000_000, 'zh-CN')).toBe('¥20,000')
    expect(yuanText(1_234_567, 'en')).toBe('¥12,345.67')
  })
})
