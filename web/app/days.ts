import { type RawSearch, text } from './search.ts'

/** A day in an address, as the viewer's calendar has it. */
export const dayIn = (raw: RawSearch, name: string): string | undefined => {
  const found = text(raw, name)
  return found !== undefined && /^20\d\d-\d\d-\d\d$/.test(found) && !Number.isNaN(Date.parse(found)) ? found : undefined
}

/** The span of these days, both included: a day begins and ends at midnight where the viewer is. */
export function spanOf({ from, to }: { from?: string | undefined; to?: string | undefined }): {
  since?: string
  until?: string
} {
  const midnight = (day: string, later: number): string => {
    const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
    return new Date(year, month - 1, date + later).toISOString()
  }
  return {
    ...(from === undefined ? {} : { since: midnight(from, 0) }),
    ...(to === undefined ? {} : { until: midnight(to, 1) }),
  }
}
