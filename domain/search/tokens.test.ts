import { describe, expect, it } from 'vitest'
import { askedTokens, longestWord, mostAsked, mostTokens, rank, tokensOf } from './tokens.ts'

const found = (text: string): string[] => [...tokensOf(text).keys()]

describe('what a text is found by', () => {
  it('is each pair of Chinese characters and each Latin word', () => {
    expect(found('登录 SQL 注入漏洞')).toEqual(['登录', 'sql', '注入', '入漏', '漏洞'])
  })
  it('is the same for what looks alike: case, full width, ligature, half-width kana', () => {
    expect(found('ＳＱＬ Injection ﬁle')).toEqual(found('sql INJECTION file'))
    expect(found('ﾛｸﾞ')).toEqual(found('ログ'))
  })
  it('cuts where the script changes and at punctuation, as in paths and identifiers', () => {
    expect(found('在/api/user_id=7处越权')).toEqual(['在', 'api', 'user', 'id', '7', '处越', '越权'])
  })
  it('keeps characters outside the basic plane whole', () => {
    expect(found('𠮷野家')).toEqual(['𠮷野', '野家'])
  })
  it('counts how often', () => {
    expect(tokensOf('xss, XSS and xss').get('xss')).toBe(3)
  })
  it('is bounded for texts without end', () => {
    expect(tokensOf(Array.from({ length: mostTokens + 50 }, (_, at) => `w${at}`).join(' ')).size).toBe(mostTokens)
    expect(found('a'.repeat(5000))).toEqual(['a'.repeat(longestWord)])
    expect(askedTokens('w '.repeat(3) + Array.from({ length: 90 }, (_, at) => `x${at}`).join(' '))).toHaveLength(
      mostAsked,
    )
  })
  it('is nothing for signs alone', () => {
    expect(askedTokens(' ?!—。🙂 ')).toEqual([])
  })
})

describe('the rank', () => {
  it('counts a rare word more than a frequent one, and a second occurrence less than the first', () => {
    const rare = rank([{ count: 1, holders: 1 }], 100)
    const frequent = rank([{ count: 1, holders: 90 }], 100)
    expect(rare).toBeGreaterThan(frequent)
    const twice = rank([{ count: 2, holders: 1 }], 100)
    expect(twice).toBeGreaterThan(rare)
    expect(twice).toBeLessThan(2 * rare)
  })
})
