import { submittingStates } from '@zhongheng/contracts/records/finding-limits.ts'
import { describe, expect, it } from 'vitest'
import { engagementLooks } from '../../ui/states.ts'
import { maySubmit } from './may-submit.ts'

const states = Object.keys(engagementLooks) as (keyof typeof engagementLooks)[]

describe('the button that submits a finding', () => {
  it.each(states)('is there in %s exactly when the server takes one', (state) => {
    expect(maySubmit({ may: ['finding.submit'], state })).toBe(submittingStates.includes(state))
    expect(maySubmit({ may: ['finding.read'], state })).toBe(false)
  })
})
