import { useSyncExternalStore } from 'react'

export const appearances = ['system', 'light', 'dark'] as const
export type Appearance = (typeof appearances)[number]

const storeKey = 'zh.appearance'
const dark = matchMedia('(prefers-color-scheme: dark)')
const listeners = new Set<() => void>()
const tell = (): void => {
  for (const listener of listeners) listener()
}
dark.addEventListener('change', tell)

function chosen(): Appearance {
  const kept = document.documentElement.dataset['theme']
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

export function setAppearance(next: Appearance): void {
  if (next === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = next
  try {
    if (next === 'system') localStorage.removeItem(storeKey)
    else localStorage.setItem(storeKey, next)
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
  tell()
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** What the person chose. */
export const useAppearance = (): Appearance => useSyncExternalStore(subscribe, chosen)
/** What is on screen now. */
export const useIsDark = (): boolean =>
  useSyncExternalStore(subscribe, () => (chosen() === 'system' ? dark.matches : chosen() === 'dark'))
