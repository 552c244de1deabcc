import { createHmac } from 'node:crypto'

/** Different words of one exchange that are indexed at most; what has more is found by its first ones. */
export const mostWords = 4096
/** Longer words are hashes, keys and packed data: nobody types them, and each would be an entry of its own. */
const longestWord = 64

/** Text as it is compared: width, case and composed forms make no difference. */
export const normalised = (text: string): string => text.normalize('NFKC').toLowerCase()

const runs = /\p{Script=Han}+|(?:(?!\p{Script=Han})[\p{L}\p{M}\p{N}_])+/gu

/**
 * The words of a text: runs of letters, digits and underscores, and of Chinese each two characters that stand together,
 * since it is written without blanks. @param most stops after so many different ones
 */
export function wordsOf(text: string, most = mostWords): Set<string> {
  const found = new Set<string>()
  for (const [run] of normalised(text).matchAll(runs)) {
    if (/^\p{Script=Han}/u.test(run)) {
      const characters = [...run]
      for (let at = 0; at + 1 < characters.length && found.size < most; at++)
        found.add(`${characters[at]}${characters[at + 1]}`)
    } else if (run.length <= longestWord) found.add(run)
    if (found.size >= most) break
  }
  return found
}

/** What stands in the index for a word: the first 64 bits of HMAC-SHA-256 under the engagement's search key. */
export const keyedWord = (key: Uint8Array, word: string): string =>
  createHmac('sha256', key).update(word, 'utf8').digest().readBigInt64BE(0).toString()

/** Whether all pieces of a question, which blanks part, stand in the text. */
export function holdsAll(text: string, question: string): boolean {
  const where = normalised(text)
  return normalised(question)
    .split(/\s+/)
    .every((piece) => where.includes(piece))
}
