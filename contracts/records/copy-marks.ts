/** How the mark of a reader's copy is written and found again, also for the pages: one home for both. */
export { type CopyMark, copyMark, copyMarksIn } from '@zhongheng/domain/audit/copy-marks.ts'
