const shapes = {
  day: { year: 'numeric', month: '2-digit', day: '2-digit' },
  minutes: { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
  seconds: { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
  full: {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'long',
  },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>

/** A time as text in the viewer's zone (or the one given): `2026/11/21 13:05`. */
export function momentText(at: string, language: string, shape: keyof typeof shapes, timeZone?: string): string {
  const locale = language === 'en' ? 'en-CA' : language
  return new Intl.DateTimeFormat(locale, { ...shapes[shape], hour12: false, ...(timeZone ? { timeZone } : {}) })
    .format(new Date(at))
    .replace(/,\s*/, ' ')
}

/** `2026-11-21 05:05:09 UTC`. */
export const utcText = (at: string): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
