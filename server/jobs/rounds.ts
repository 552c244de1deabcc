/** Ends a job: nothing new is begun, and it resolves when what was under way is done. */
export type Stop = () => Promise<void>

/** Milliseconds after a fault before the next try. */
const afterFault = 2000

/**
 * Goes through what waits, page after page, until stopped.
 * @param turn does one page; false where nothing is left for now
 * @param rest milliseconds to wait then; `wake` ends the wait
 */
export function keepTaking(
  turn: () => Promise<boolean>,
  rest: number,
  onFault: (error: unknown) => void,
): { readonly stop: Stop; readonly wake: () => void } {
  let stopped = false
  let wake = (): void => undefined
  const wait = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      if (stopped) return resolve()
      const timer = setTimeout(resolve, milliseconds)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  const loop = (async () => {
    while (!stopped) {
      try {
        if (!(await turn())) await wait(rest)
      } catch (error) {
        if (!stopped) onFault(error)
        await wait(afterFault)
      }
    }
  })()
  return {
    wake: () => wake(),
    async stop() {
      stopped = true
      wake()
      await loop
    },
  }
}

/**
 * Does a task at once and then every so many milliseconds, never twice beside itself: a turn that comes while the last
 * one runs is left out. `now` asks for a turn that begins after this moment.
 */
export function everySoOften(
  task: () => Promise<unknown>,
  every: number,
  onFault: (error: unknown) => void,
): { readonly stop: Stop; readonly now: () => void } {
  let running: Promise<void> | null = null
  let again = false
  let stopped = false
  const turn = (): void => {
    if (stopped || running !== null) return
    again = false
    running = (async () => void (await task()))()
      .catch((error: unknown) => {
        if (!stopped) onFault(error)
      })
      .finally(() => {
        running = null
        if (again) turn()
      })
  }
  const timer = setInterval(turn, every)
  turn()
  return {
    now() {
      again = true
      turn()
    },
    async stop() {
      stopped = true
      clearInterval(timer)
      await running
    },
  }
}
