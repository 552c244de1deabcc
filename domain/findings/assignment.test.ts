import { describe, expect, it } from 'vitest'
import { type Assigned, checkAssignee, checkAssignment, isUnderWay } from './assignment.ts'
import { findingStates } from './states.ts'

const one = (more: Partial<Assigned> = {}): Assigned => ({
  number: 'CT-2026-001-F001',
  state: 'submitted',
  now: null,
  was: null,
  ...more,
})
const rule = (name: string): unknown => expect.objectContaining({ rule: name })

describe('naming who takes care of findings', () => {
  it('is for findings in which somebody has something to do', () => {
    expect(findingStates.filter((state) => !isUnderWay(state))).toEqual([
      'draft',
      'passed',
      'invalid',
      'out_of_scope',
      'duplicate',
      'closed',
    ])
  })

  it('refuses all for one that is settled, and names it', () => {
    const many = [one(), one({ number: 'CT-2026-001-F002', state: 'closed' }), one()]
    expect(() => checkAssignment(many)).toThrowError(rule('ASSIGN-2'))
    expect(() => checkAssignment(many)).toThrowError(/CT-2026-001-F002/)
    expect(() => checkAssignment(many)).not.toThrowError(/F001/)
  })

  it('refuses all where a colleague named somebody meanwhile, so that nobody’s choice is lost unseen', () => {
    expect(() => checkAssignment([one(), one({ now: 'per_wang' })])).toThrowError(rule('ASSIGN-3'))
    expect(() => checkAssignment([one({ now: 'per_wang', was: 'per_wang' })])).not.toThrow()
  })

  it('is for somebody who may act on them', () => {
    expect(() => checkAssignee(false)).toThrowError(rule('ASSIGN-1'))
    expect(() => checkAssignee(true)).not.toThrow()
  })
})
