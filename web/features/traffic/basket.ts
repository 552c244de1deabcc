import { useMemo, useSyncExternalStore } from 'react'

/** An exchange chosen as evidence, with what a list needs to show it. */
export type BasketItem = {
  readonly exchangeId: string
  readonly method: string
  readonly host: string
  readonly path: string
  readonly status: number
  readonly startedAt: string
}
/** As many as a finding may cite. */
export const basketLimit = 50

const isItem = (value: unknown): value is BasketItem =>
  typeof value === 'object' &&
  value !== null &&
  ['exchangeId', 'method', 'host', 'path', 'startedAt'].every(
    (name) => typeof (value as Record<string, unknown>)[name] === 'string',
  ) &&
  typeof (value as BasketItem).status === 'number'

/** Reads what was kept; anything that is no basket counts as an empty one. */
export function readBasket(kept: string | null): readonly BasketItem[] {
  try {
    const value: unknown = JSON.parse(kept ?? '[]')
    return Array.isArray(value) ? value.filter(isItem).slice(0, basketLimit) : []
  } catch {
    return []
  }
}

/** Puts an exchange in, or takes it out when it is there. */
export function toggled(items: readonly BasketItem[], item: BasketItem): readonly BasketItem[] {
  const without = items.filter((one) => one.exchangeId !== item.exchangeId)
  if (without.length < items.length) return without
  return items.length >= basketLimit ? items : [...items, item]
}

const listeners = new Set<() => void>()
/** Where storage is forbidden the basket lasts as long as the page. */
const fallback = new Map<string, string>()
const keyOf = (engagementId: string): string => `zh.basket.${engagementId}`

function kept(key: string): string | null {
  try {
    return sessionStorage.getItem(key) ?? fallback.get(key) ?? null
  } catch {
    return fallback.get(key) ?? null
  }
}

/** Changes the basket of one engagement on every page that shows it. */
export function setBasket(engagementId: string, items: readonly BasketItem[]): void {
  const key = keyOf(engagementId)
  const text = JSON.stringify(items)
  fallback.set(key, text)
  try {
    sessionStorage.setItem(key, text)
  } catch {
    // The fallback above holds it.
  }
  for (const listener of listeners) listener()
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The exchanges chosen as evidence in this engagement, in this browser tab. */
export function useBasket(engagementId: string): readonly BasketItem[] {
  const text = useSyncExternalStore(subscribe, () => kept(keyOf(engagementId)))
  return useMemo(() => readBasket(text), [text])
}
