/**
 * What a text is found by. Pure and the same for writing and asking, so that a blind index can be made of it: whoever
 * keeps tokens turns each into a keyed digest first and never stores the words.
 */

/** Longer words are found by their beginning of so many characters. */
export const longestWord = 64
/** A text with more distinct tokens is found by the first so many. */
export const mostTokens = 5000
/** A question with more distinct tokens is answered by the first so many. */
export const mostAsked = 32

/** Scripts that are written without spaces: found by each pair of neighbouring characters. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u
const runs =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])[\p{L}\p{N}\p{M}])+/gu

/** One form for what looks alike: full-width letters, ligatures, case. */
export const normalised = (text: string): string => text.normalize('NFKC').toLowerCase().normalize('NFKC')

/**
 * The distinct tokens of a text with how often each occurs, in the order of their first occurrence. `登录 SQL 注入漏洞`
 * gives `登录`, `sql`, `注入`, `入漏`, `漏洞`. A single character between others that are not of its kind is a token itself.
 */
export function tokensOf(text: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const token of inOrder(normalised(text))) {
    const before = counts.get(token)
    if (before === undefined && counts.size >= mostTokens) continue
    counts.set(token, (before ?? 0) + 1)
  }
  return counts
}

/** The distinct tokens that somebody asks for; empty where nothing in the words can be searched. */
export const askedTokens = (words: string): string[] => [...tokensOf(words).keys()].slice(0, mostAsked)

/** One token with what it counts: how often it occurs here, and in how many of all texts. */
export type Match = { readonly count: number; readonly holders: number }

/**
 * How well a text answers, higher is better: rare tokens count more, and the tenth occurrence hardly more than the ninth.
 * @param texts how many texts there are in all
 */
export const rank = (matches: readonly Match[], texts: number): number =>
  matches.reduce(
    (sum, { count, holders }) => sum + (1 + Math.log(Math.max(1, count))) * Math.log(1 + texts / Math.max(1, holders)),
    0,
  )

function* inOrder(text: string): Generator<string> {
  for (const [run] of text.matchAll(runs)) {
    const characters = [...run]
    if (!unspaced.test(run)) yield characters.length > longestWord ? characters.slice(0, longestWord).join('') : run
    else if (characters.length === 1) yield run
    else for (let at = 1; at < characters.length; at++) yield `${characters[at - 1]}${characters[at]}`
  }
}
