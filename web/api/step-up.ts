import { frameDialog } from './frame-dialog.ts'

/** Asks the person to confirm that it is them; whether they did. */
const dialog = frameDialog<void>()
export const answerStepUp = dialog.answer
export const confirmIdentity = (): Promise<boolean> => dialog.ask()
