export { answersTo, checkConsent, consentOf, consenting, noticeDueOf } from './answers.ts'
