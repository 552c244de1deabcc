/** How long what a finding says may be, also for the pages: one home for the numbers. */
export { submissionLimits } from '@zhongheng/domain/findings/submission.ts'
