/** A code point as it is printed when it cannot or must not be shown itself. */
export const named = (point: number): string => `[U+${point.toString(16).toUpperCase().padStart(4, '0')}]`

// Controls, formats (zero width, bidi overrides, tags), surrogates, private use, unassigned, line separators.
const unprintable = /[\p{C}\p{Zl}\p{Zp}]/gu
const markStorm = /(\p{M}{3})(\p{M}+)/gu

/**
 * Text as data: line ends become `\n`, and every character that a reader would not see, or that would reorder or
 * stack what they see, is printed by its number. A report must show a payload, never obey it.
 */
export function inert(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(unprintable, (found) => (found === '\n' || found === '\t' ? found : named(found.codePointAt(0) ?? 0)))
    .replace(
      markStorm,
      (_all, kept: string, rest: string) => kept + [...rest].map((one) => named(one.codePointAt(0) ?? 0)).join(''),
    )
}

/** The same on one line: line ends and tabs become blanks. For titles, names and table cells. */
export const inertLine = (text: string): string => inert(text).replaceAll(/[\n\t]+/g, ' ')
