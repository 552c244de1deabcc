/** Time is handed in. Only `server/main`, `gateway/main` and `recorder/main` hold a clock that reads the wall. */
export interface Clock {
  now(): Date
}

/** A clock for tests and for drills: stands still until it is told to advance (milliseconds). */
export function clockAt(start: string): Clock & { advance(milliseconds: number): void } {
  let at = Date.parse(start)
  return {
    now: () => new Date(at),
    advance: (milliseconds) => {
      at += milliseconds
    },
  }
}

export const seconds = (n: number): number => n * 1000
export const minutes = (n: number): number => n * 60_000
export const hours = (n: number): number => n * 3_600_000
export const days = (n: number): number => n * 86_400_000
