const partsOf = (iso: string, zone: string): Map<string, string> => {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  })
  return new Map(format.formatToParts(new Date(iso)).map((part) => [part.type, part.value]))
}

/**
 * `2026-11-21 15:04:05 UTC+08:00`; text that is not a time is returned unchanged, so that a record is never hidden.
 * @throws RangeError for an unknown zone
 */
export function printTime(iso: string, zone: string): string {
  if (Number.isNaN(Date.parse(iso))) return iso
  const part = partsOf(iso, zone)
  const offset = (part.get('timeZoneName') ?? '').replace('GMT', 'UTC')
  return `${part.get('year')}-${part.get('month')}-${part.get('day')} ${part.get('hour')}:${part.get('minute')}:${part.get('second')} ${offset === 'UTC' ? 'UTC+00:00' : offset}`
}

/** `2026-11-21` in the zone. */
export function printDay(iso: string, zone: string): string {
  return Number.isNaN(Date.parse(iso)) ? iso : printTime(iso, zone).slice(0, 10)
}
