/** What may be attached, also for the pages: one home for the numbers. */
export { attachmentLimits } from '@zhongheng/domain/attachments/limits.ts'
