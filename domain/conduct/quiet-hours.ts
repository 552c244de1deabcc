/** From `from` (inside) to `to` (outside), `HH:MM` on the local clock, every day; `to` before `from` crosses midnight. */
export type QuietHours = { readonly from: string; readonly to: string }

const dayMinutes = 1440
const minuteOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5))

/** Minutes of the local day that are quiet, 0 to 1439. */
export function quietMinutes(hours: readonly QuietHours[]): ReadonlySet<number> {
  const found = new Set<number>()
  for (const { from, to } of hours) {
    const start = minuteOf(from)
    const length = (minuteOf(to) - start + dayMinutes) % dayMinutes
    for (let minute = 0; minute < length; minute++) found.add((start + minute) % dayMinutes)
  }
  return found
}

const clocks = new Map<string, Intl.DateTimeFormat>()

/** Minutes since midnight on the clocks of a zone. @throws RangeError for a zone that does not exist */
function localMinute(zone: string, at: number): number {
  let clock = clocks.get(zone)
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
    clocks.set(zone, clock)
  }
  return minuteOf(clock.format(at))
}

/** Whether the platform knows this time zone. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

const isQuiet = (hours: readonly QuietHours[], minute: number): boolean =>
  hours.some(({ from, to }) => {
    const [start, end] = [minuteOf(from), minuteOf(to)]
    return start <= end ? start <= minute && minute < end : minute >= start || minute < end
  })

const quarter = 15 * 60_000

/**
 * Whether a moment is within quiet hours, and when to ask again at the latest. Clocks are only ever put forward or back at
 * a quarter of an hour, so an answer holds no longer than to the next one. @param at milliseconds since 1970
 */
export function quietAt(
  hours: readonly QuietHours[],
  zone: string,
  at: number,
): { readonly quiet: boolean; readonly until: number } {
  if (hours.length === 0) return { quiet: false, until: Number.POSITIVE_INFINITY }
  const minute = localMinute(zone, at)
  const begun = at - (at % 60_000)
  const steps = hours
    .flatMap(({ from, to }) => [from, to])
    .map((clock) => {
      const ahead = (minuteOf(clock) - minute + dayMinutes) % dayMinutes
      return begun + (ahead === 0 ? dayMinutes : ahead) * 60_000
    })
  const nextQuarter = at - (at % quarter) + quarter
  return { quiet: isQuiet(hours, minute), until: Math.min(nextQuarter, ...steps) }
}

/** The first moment after `at` that is not quiet; null when none comes within two days. */
export function opensAfter(hours: readonly QuietHours[], zone: string, at: number): number | null {
  let moment = at
  for (let step = 0; step < 400; step++) {
    const { quiet, until } = quietAt(hours, zone, moment)
    if (!quiet) return moment
    moment = until
  }
  return null
}
