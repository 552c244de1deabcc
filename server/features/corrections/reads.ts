export { correctionsWaiting, ownCorrectionWords } from './view-corrections.ts'
