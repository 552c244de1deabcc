import { describe, expect, it } from 'vitest'
import { roles } from '../access/actor.ts'
import { engagementStates } from '../engagements/states.ts'
import { Problem } from '../shared/problem.ts'
import {
  type Placing,
  checkPlacing,
  checkStands,
  decoyLimits,
  decoyState,
  decoysAreShownTo,
  listsDecoysOfAll,
} from './decoys.ts'
import { findingMoveNames, findingMoves } from './moves.ts'
import { submittingStates } from './submission.ts'
import { waitsFor } from './waits-for.ts'

const ready: Placing = { engagement: 'testing', standing: 0, tester: { admitted: true, exchanges: 4 } }
const ruleOf = (task: () => void): string | undefined => {
  try {
    task()
  } catch (error) {
    if (error instanceof Problem) return error.rule
    throw error
  }
  return undefined
}

describe('a decoy', () => {
  it('stands in the lists of the organizer’s people alone', () => {
    expect(roles.filter(decoysAreShownTo)).toEqual(['organizer'])
  })
  it('is known as one to the auditor, whoever placed it', () => {
    expect(roles.filter(listsDecoysOfAll)).toEqual(['auditor'])
  })
  it('is in a state that asks nothing of anybody and from which nothing can be done', () => {
    for (const role of roles) expect(waitsFor[role]).not.toContain(decoyState)
    for (const name of findingMoveNames) expect(findingMoves[name].from as readonly string[]).not.toContain(decoyState)
  })
})

describe('placing one', () => {
  it('is for the time in which testers submit, or its time would give it away', () => {
    for (const engagement of engagementStates)
      expect(
        ruleOf(() => checkPlacing({ ...ready, engagement })),
        engagement,
      ).toBe(submittingStates.includes(engagement) ? undefined : 'DECOY-1')
  })
  it('names a tester who could have found it: admitted, with traffic to cite', () => {
    expect(ruleOf(() => checkPlacing({ ...ready, tester: { admitted: false, exchanges: 4 } }))).toBe('DECOY-2')
    expect(ruleOf(() => checkPlacing({ ...ready, tester: { admitted: true, exchanges: 0 } }))).toBe('DECOY-2')
  })
  it('ends at so many, or honest work would meet them', () => {
    expect(ruleOf(() => checkPlacing({ ...ready, standing: decoyLimits.standing - 1 }))).toBeUndefined()
    expect(ruleOf(() => checkPlacing({ ...ready, standing: decoyLimits.standing }))).toBe('DECOY-3')
  })
  it('is over once it was taken away', () => {
    expect(ruleOf(() => checkStands(true))).toBe('DECOY-4')
    expect(ruleOf(() => checkStands(false))).toBeUndefined()
  })
})
