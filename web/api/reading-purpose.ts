import { frameDialog } from './frame-dialog.ts'
import type { ApiProblem } from './problem.ts'

/** Asks what somebody beyond their budget of readings reads for; whether they said it. */
const dialog = frameDialog<{ readonly engagementId: string; readonly problem: ApiProblem }>()
export const answerPurpose = dialog.answer
export const askPurpose = dialog.ask
