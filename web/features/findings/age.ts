export type Age = { readonly unit: 'now' | 'minutes' | 'hours' | 'days'; readonly count: number }

/** How long ago, in the largest unit that is at least one. A clock that runs ahead of the server counts as now. */
export function ageOf(at: string, now: number): Age {
  const minutes = Math.floor((now - Date.parse(at)) / 60_000)
  if (minutes < 1) return { unit: 'now', count: 0 }
  if (minutes < 60) return { unit: 'minutes', count: minutes }
  const hours = Math.floor(minutes / 60)
  return hours < 24 ? { unit: 'hours', count: hours } : { unit: 'days', count: Math.floor(hours / 24) }
}
