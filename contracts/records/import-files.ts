/** What a scanner's file may be, and how the page makes it ready, also for the pages: one home for both. */
export { importLimits } from '@zhongheng/domain/imports/limits.ts'
export { withoutHarmlessDoctype } from '@zhongheng/domain/imports/doctype.ts'
