import type { Time } from '../policy/time.ts'

const step = 200

/**
 * Holds what is under way back for so long that its pace is the rate (milliseconds). Ends early when it lost its right to go
 * on or nobody waits for it any more. While it lasts the exchange counts as alive.
 */
export async function pace(
  ms: number,
  under: { readonly cutBy: unknown; touched: number },
  time: Time,
  gone: () => boolean,
): Promise<void> {
  for (let left = ms; left > 0 && under.cutBy === null && !gone(); left -= step) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(left, step)))
    under.touched = time.monotonic()
  }
}
