/** Raw search parameters as the address has them. */
export type RawSearch = Record<string, unknown>

/** A text parameter, absent when empty. */
export const text = (raw: RawSearch, name: string): string | undefined => {
  const value = raw[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A parameter that must be one of a list; anything else counts as absent, so an old link still opens. */
export const oneOf = <T extends string>(raw: RawSearch, name: string, values: readonly T[]): T | undefined =>
  values.find((value) => value === raw[name])

/** An id of this kind in an address. */
export const idIn = (raw: RawSearch, name: string, prefix: string): string | undefined => {
  const found = text(raw, name)
  return found !== undefined && new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`).test(found) ? found : undefined
}

/** Leaves absent parameters out, so that addresses stay short and types exact. */
export function present<T extends object>(search: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
