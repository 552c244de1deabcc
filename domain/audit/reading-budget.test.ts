import { describe, expect, it } from 'vitest'
import { Problem } from '../shared/problem.ts'
import { defaultBudgets, isOverBudget, judgeExport, judgeReading, readBudgets } from './reading-budget.ts'

const budget = { free: 60, most: 240 }
const use = { used: 0, again: false, freeIn: 0, possibleIn: 0 }
const refusal = (task: () => unknown): Problem => {
  try {
    task()
  } catch (error) {
    if (error instanceof Problem) return error
  }
  throw new Error('it was not refused')
}

describe('the budget of readings', () => {
  it('lets sixty different findings an hour be opened without saying why', () => {
    expect(judgeReading('findings', budget, { ...use, used: 59 }, false)).toBe('free')
    const problem = refusal(() => judgeReading('findings', budget, { ...use, used: 60, freeIn: 601 }, false))
    expect(problem).toMatchObject({ code: 'too_many', rule: 'READING-1', retryAfter: 601 })
    expect(problem.text.en).toContain('11 minutes')
    expect(problem.text.zh).toContain('说明查阅目的')
  })

  it('goes on with a stated purpose, and says that the reading hangs on it', () => {
    expect(judgeReading('findings', budget, { ...use, used: 60 }, true)).toBe('purpose')
    expect(judgeReading('findings', budget, { ...use, used: 239 }, true)).toBe('purpose')
    expect(judgeReading('findings', budget, { ...use, used: 59 }, true)).toBe('free')
  })

  it('ends at the most, whatever the purpose, and says how long', () => {
    const problem = refusal(() => judgeReading('unmasked', budget, { ...use, used: 240, possibleIn: 59.2 }, true))
    expect(problem).toMatchObject({ code: 'too_many', rule: 'READING-2', retryAfter: 60 })
    expect(problem.text.en).toContain('a minute')
  })

  it('counts an object once: what was opened in this hour opens again, also beyond the most', () => {
    expect(judgeReading('recordings', budget, { ...use, used: 240, again: true }, false)).toBe('free')
  })

  it('wants a purpose for a file with more exchanges than anybody may open one by one', () => {
    expect(judgeExport(240, budget, false)).toBe('free')
    expect(judgeExport(241, budget, true)).toBe('purpose')
    expect(isOverBudget(refusal(() => judgeExport(241, budget, false)))).toBe(true)
  })

  it('is set by kind; what is not named keeps its default, and nonsense is told', () => {
    expect(readBudgets('')).toEqual(defaultBudgets)
    expect(readBudgets('findings:10/20, unmasked:0/5')).toEqual({
      ...defaultBudgets,
      findings: { free: 10, most: 20 },
      unmasked: { free: 0, most: 5 },
    })
    for (const wrong of ['findings:20/10', 'all:1/2', 'findings:10', 'findings:1/100001', 'findings:-1/5'])
      expect(readBudgets(wrong), wrong).toBeNull()
  })
})
