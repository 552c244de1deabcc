import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadStandards } from '../load.ts'
import { conductQuiz, quizPassMark } from './conduct-quiz.ts'
import { conductRules } from './conduct-rules.ts'
import { findWeakness, weaknessCategories, weaknesses, wideWeaknesses } from './weaknesses.ts'

const taxonomy = new URL('../../../shared/data/taxonomy/cwe-4.15/weaknesses.json', import.meta.url)
const chinese = /\p{Script=Han}/u
const unique = (list: readonly unknown[]): boolean => new Set(list).size === list.length

describe('the code of conduct', () => {
  it('has the 21 rules of Annex B, in order, each tied to its register row with the same confidence', async () => {
    const rows = new Map((await loadStandards()).flatMap((one) => one.rows).map((row) => [row.id, row]))
    expect(conductRules.map((rule) => rule.id)).toEqual(
      Array.from({ length: 21 }, (_, at) => `B-${String(at + 1).padStart(2, '0')}`),
    )
    for (const rule of conductRules) {
      expect(rows.get(rule.row)?.sourceConfidence, rule.row).toBe(rule.confidence)
      expect(rule.zh).toMatch(chinese)
      expect(rule.en).not.toMatch(chinese)
    }
  })
})

describe('the conduct quiz', () => {
  it('has twelve questions of four different options with one right answer each', () => {
    expect(conductQuiz).toHaveLength(12)
    expect(unique(conductQuiz.map((question) => question.id))).toBe(true)
    for (const question of conductQuiz) {
      expect(unique(question.options.map((one) => one.zh)) && question.options.length, question.id).toBe(4)
      expect(question.options[question.right], question.id).toBeDefined()
    }
  })
  it('checks a different rule with each question', () => {
    expect(unique(conductQuiz.map((question) => question.rule))).toBe(true)
    const known = new Set(conductRules.map((rule) => rule.id))
    expect(conductQuiz.filter((question) => !known.has(question.rule))).toEqual([])
  })
  it('is not passed by always choosing the same place', () => {
    for (const place of [0, 1, 2, 3]) {
      expect(conductQuiz.filter((question) => question.right === place).length).toBeLessThan(quizPassMark / 2)
    }
  })
})

describe('the weaknesses', () => {
  it('each stand once, in a known group, with repair and protection in both languages', () => {
    expect(weaknesses.length).toBeGreaterThanOrEqual(45)
    expect(unique(weaknesses.map((one) => one.cwe))).toBe(true)
    expect(unique(weaknesses.map((one) => one.zh))).toBe(true)
    const groups = new Set<string>(weaknessCategories.map((one) => one.name))
    for (const one of [...weaknesses, ...wideWeaknesses]) {
      expect(groups.has(one.category), one.cwe).toBe(true)
      for (const words of [one.zh, one.repairZh, one.protectionZh]) expect(words, one.cwe).toMatch(chinese)
      for (const words of [one.en, one.repairEn, one.protectionEn]) expect(words, one.cwe).not.toMatch(chinese)
    }
  })
  it('are found by their number', () => {
    expect(findWeakness('CWE-89')?.zh).toBe('SQL 注入')
    expect(findWeakness('CWE-200')?.en).toContain('Exposure')
    expect(findWeakness('CWE-0')).toBeUndefined()
    expect(findWeakness('constructor')).toBeUndefined()
  })
  it.each([79, 89, 22, 601, 639, 209, 306, 770])('include CWE-%i, which the practice target shows', (number) => {
    expect(findWeakness(`CWE-${number}`)).toBeDefined()
  })
})

const known = existsSync(taxonomy)
  ? (JSON.parse(readFileSync(taxonomy, 'utf8')) as { id: number | string; mapping_usage: string }[])
  : []
describe.skipIf(known.length === 0)('the weaknesses beside the CWE list in ../shared/data', () => {
  const usage = new Map(known.map((one) => [`CWE-${one.id}`.replace('CWE-CWE-', 'CWE-'), one.mapping_usage]))
  it('offers only kinds that CWE allows for a concrete flaw', () => {
    expect(weaknesses.filter((one) => !usage.get(one.cwe)?.startsWith('Allowed')).map((one) => one.cwe)).toEqual([])
  })
  it('keeps the discouraged ones apart', () => {
    expect(wideWeaknesses.filter((one) => usage.get(one.cwe) !== 'Discouraged').map((one) => one.cwe)).toEqual([])
  })
})
