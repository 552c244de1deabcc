import { describe, expect, it } from 'vitest'
import { answerRows, linesOf } from './answer-rows.ts'

describe('an answer to an open question, written in lines', () => {
  it('keeps the side of the asked line unless a line excludes', () => {
    expect(answerRows(' api.shop.example \n\n!pay.shop.example\n', 'in')).toEqual([
      { effect: 'in', asset: 'api.shop.example' },
      { effect: 'out', asset: 'pay.shop.example' },
    ])
    expect(answerRows('pay.shop.example', 'out')).toEqual([{ effect: 'out', asset: 'pay.shop.example' }])
  })
  it.each([
    ['nothing', ' \n '],
    ['over 50 objects', Array.from({ length: 51 }, (_, n) => `h${n}.example`).join('\n')],
    ['an endless object', 'x'.repeat(501)],
  ])('is not taken with %s', (_what, text) => {
    expect(answerRows(text, 'in')).toBeNull()
  })
  it('starts from the suggestion', () => {
    const rows = answerRows('a.example\n!b.example', 'in')
    expect(rows && linesOf(rows, 'in')).toBe('a.example\n!b.example')
  })
})
