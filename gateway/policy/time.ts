/** The two clocks of the gateway: what the wall says, and milliseconds that only go forward. */
export interface Time {
  now(): Date
  monotonic(): number
}

/** Reads the machine's clocks. Made in `main` only; everything else is handed it. */
export const machineTime: Time = { now: () => new Date(), monotonic: () => performance.now() }
