/** Asks the person to confirm that it is them; whether they did. The dialog stands in the frame of the pages. */
type Asker = () => Promise<boolean>

let asker: Asker | null = null
let asking: Promise<boolean> | null = null

/** The dialog says that it is there; call the answer when it goes. */
export function answerStepUp(by: Asker): () => void {
  asker = by
  return () => {
    if (asker === by) asker = null
  }
}

/** One dialog for all calls that wait for it at the same moment. */
export function confirmIdentity(): Promise<boolean> {
  asking ??= (asker?.() ?? Promise.resolve(false)).finally(() => {
    asking = null
  })
  return asking
}
