/** How long what a finding says may be, and in which states of an engagement it is submitted, also for the pages: one home for both. */
export { submissionLimits, submittingStates } from '@zhongheng/domain/findings/submission.ts'
