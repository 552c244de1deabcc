import { expect, it } from 'vitest'
import { draftOf, limitsOf } from './rules-draft.ts'

it('limits survive the form, and what is empty is not limited', () => {
  const limits = { requestsPerSecond: 5, sentPerMinute: 1_572_864 }
  expect(draftOf(limits)).toEqual({ requestsPerSecond: 5, concurrency: null, sentMiB: 1.5, receivedMiB: null })
  expect(limitsOf(draftOf(limits))).toEqual(limits)
})
