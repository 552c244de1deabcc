import { describe, expect, it } from 'vitest'
import { holdsAll, keyedWord, wordsOf } from './words.ts'

describe('the words of a text', () => {
  it('are runs of letters, digits and underscores, whatever their case and width', () => {
    expect([...wordsOf('GET /Api/v2?user_id=42&Ｎａｍｅ=Élan')]).toEqual([
      'get',
      'api',
      'v2',
      'user_id',
      '42',
      'name',
      'élan',
    ])
  })
  it('of Chinese are pairs of neighbours, so that any two characters are found', () => {
    expect([...wordsOf('支付接口 v2 越权')]).toEqual(['支付', '付接', '接口', 'v2', '越权'])
  })
  it('are bounded: no endless ones, and no more than are wanted', () => {
    expect(wordsOf('x'.repeat(10_000)).size).toBe(0)
    expect(wordsOf(Array.from({ length: 9000 }, (_, at) => `w${at}`).join(' ')).size).toBe(4096)
    expect(wordsOf('甲乙丙丁'.repeat(9000)).size).toBe(4)
  })
})

it('a word stands in the index as a number that another engagement’s key makes another', () => {
  const [one, two] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
  expect(keyedWord(one, 'secret')).toBe(keyedWord(one, 'secret'))
  expect(keyedWord(one, 'secret')).not.toBe(keyedWord(two, 'secret'))
  expect(keyedWord(one, 'secret')).toMatch(/^-?\d{1,19}$/)
})

it('a candidate holds a question only when every piece stands in it as it was asked', () => {
  expect(holdsAll('…"user":"Alice","role":"admin"…', 'ALICE "role":"admin"')).toBe(true)
  expect(holdsAll('admin role alice', '"role":"admin"')).toBe(false)
})
