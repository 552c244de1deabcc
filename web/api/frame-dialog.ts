/** A dialog in the frame of the pages that calls wait for; whether the person did what it asks. */
export type FrameDialog<Question> = {
  /** The dialog says that it is there; call the answer when it goes. */
  readonly answer: (by: (question: Question) => Promise<boolean>) => () => void
  /** One dialog for all calls that wait for it at the same moment. */
  readonly ask: (question: Question) => Promise<boolean>
}

export function frameDialog<Question>(): FrameDialog<Question> {
  let asker: ((question: Question) => Promise<boolean>) | null = null
  let asking: Promise<boolean> | null = null
  return {
    answer: (by) => {
      asker = by
      return () => {
        if (asker === by) asker = null
      }
    },
    ask: (question) => {
      asking ??= (asker?.(question) ?? Promise.resolve(false)).finally(() => {
        asking = null
      })
      return asking
    },
  }
}
