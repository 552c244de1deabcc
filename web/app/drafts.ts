/**
 * What somebody has written and not sent, kept in this browser so that a closed window or a lapsed login loses nothing. It is one
 * person's: whoever signs in next finds none of it, and signing out removes it.
 */
const start = 'zh.draft.'

const keyOf = (personId: string, place: string): string => `${start}${personId}.${place}`

/** Storage that may be forbidden or full; a draft is a convenience, never a condition. */
export const drafts = {
  read: (personId: string, place: string): string | null =>
    tried(() => localStorage.getItem(keyOf(personId, place)), null),
  /** @returns whether it is kept */
  write: (personId: string, place: string, draft: object): boolean =>
    tried(() => {
      localStorage.setItem(keyOf(personId, place), JSON.stringify(draft))
      return true
    }, false),
  drop: (personId: string, place: string): void =>
    tried(() => localStorage.removeItem(keyOf(personId, place)), undefined),
  /** Those whose place begins so. */
  under: (personId: string, beginning: string): readonly { place: string; text: string }[] =>
    tried(
      () =>
        kept()
          .filter((key) => key.startsWith(keyOf(personId, beginning)))
          .map((key) => ({ place: key.slice(keyOf(personId, '').length), text: localStorage.getItem(key) ?? '' })),
      [],
    ),
  any: (personId: string): boolean => tried(() => kept().some((key) => key.startsWith(`${start}${personId}.`)), false),
  /** Removes those of everybody else; with null those of everybody, and the evidence that this tab has gathered. */
  keepOnly: (personId: string | null): void =>
    tried(() => {
      for (const key of kept())
        if (personId === null || !key.startsWith(`${start}${personId}.`)) localStorage.removeItem(key)
      if (personId === null) sessionStorage.clear()
    }, undefined),
}

/** Keys of drafts; those of before they belonged to a person too, which then count as somebody else's. */
const kept = (): string[] => Object.keys(localStorage).filter((key) => /^zh\.(finding-)?draft\./.test(key))

function tried<T>(act: () => T, otherwise: T): T {
  try {
    return act()
  } catch {
    return otherwise
  }
}
