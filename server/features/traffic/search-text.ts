import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { deriveKey } from '../../sealing/seal.ts'
import type { EngagementSealing } from '../engagements/reads.ts'
import type { CapturedExchange } from '@zhongheng/documents/captures/capture.ts'
import { textOf } from './exchange-text.ts'
import { holdsAll, keyedWord, wordsOf } from './words.ts'

/** Candidates opened for one answer, and at once. */
export const candidatesAtMost = 100
const atOnce = 4

/** The key of an engagement's search index; it is gone with the engagement's key. */
export const searchKey = ({ keys }: Pick<EngagementSealing, 'keys'>): Buffer => deriveKey(keys.fixed, 'traffic-words')

/** What stands in the index for the words of a question. @throws Problem malformed SEARCH-1 when there is none to look for */
export function askedFor(key: Uint8Array, question: string): string[] {
  const words = [...wordsOf(question, 32)]
  if (words.length === 0)
    throw new Problem('malformed', say('没有可搜索的词', 'there is no word to look for'), {
      rule: 'SEARCH-1',
      fields: [
        {
          field: 'query.text',
          limit: say(
            '至少一个完整的单词，或两个相邻的汉字',
            'at least one whole word, or two Chinese characters together',
          ),
          fix: say('多写一些', 'write more of it'),
        },
      ],
    })
  return words.map((word) => keyedWord(key, word))
}

/**
 * Those of the candidates in whose text the question really stands: different words may have the same number, and words
 * may stand apart. What cannot be opened now is no hit.
 */
export async function confirmed<T extends { readonly captured: CapturedExchange }>(
  candidates: readonly T[],
  question: string,
): Promise<T[]> {
  const good = new Set<T>()
  const waiting = [...candidates]
  const work = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const text = await textOf(one.captured).then(
        (found) => found.text,
        () => '',
      )
      if (holdsAll(text, question)) good.add(one)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return candidates.filter((one) => good.has(one))
}
