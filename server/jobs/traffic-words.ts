import { baseOf } from '@zhongheng/contracts/records/nodes.ts'
import { sealingOf } from '../features/engagements/reads.ts'
import { capturedOf, type ExchangeIndexRow } from '../features/traffic/reads.ts'
import { textOf } from '../features/traffic/exchange-text.ts'
import { searchKey } from '../features/traffic/search-text.ts'
import { keyedWord, mostWords, wordsOf } from '../features/traffic/words.ts'
import type { Deps } from '../work/deps.ts'
import { nodesOf, positionAt, recorderOf } from '../work/nodes.ts'
import { inSystemWork } from '../work/work.ts'
import { keepPosition, positionOf } from './feed-position.ts'
import { keepTaking, type Stop } from './rounds.ts'

const page = 100
const name = 'exchange_words'

/**
 * Puts the words of newly indexed exchanges into the search index, keyed. Follows the index of traffic by a position of its
 * own, so that it never holds that up. @returns how many exchanges were read
 * @throws Problem unavailable while the recorder is away or waits for a key; the same exchanges come again then
 */
export async function indexWords(deps: Deps, node = 0): Promise<number> {
  const place = positionAt(name, node)
  const { rows, keys } = await inSystemWork(deps, async (work) => {
    const after = await positionOf(work, place, baseOf(node))
    const found = await work.db
      .selectFrom('exchanges')
      .selectAll()
      .where('sequence', '>', String(after))
      .where('sequence', '<', String(baseOf(node + 1)))
      .orderBy('sequence')
      .limit(page)
      .execute()
    const ids = [...new Set(found.map((row) => row.engagement_id))]
    const engagements =
      ids.length === 0
        ? []
        : await work.db
            .selectFrom('engagements')
            .select(['id', 'demand_org_id', 'wrapped_key'])
            .where('id', 'in', ids)
            .execute()
    return {
      rows: found,
      // Of an engagement that was disposed of nothing is left to index.
      keys: new Map(
        engagements.flatMap((row) => {
          const sealing = sealingOf(work, row)
          return sealing.destroyed ? [] : [[row.id, searchKey(sealing)] as const]
        }),
      ),
    }
  })
  const last = rows.at(-1)
  if (last === undefined) return 0
  const made: { row: ExchangeIndexRow; words: string[]; whole: boolean }[] = []
  for (const row of rows) {
    const key = keys.get(row.engagement_id)
    const { text, whole } = await readText(deps, row)
    const words = key === undefined ? [] : [...wordsOf(text)].map((word) => keyedWord(key, word))
    made.push({ row, words: [...new Set(words)], whole: whole && words.length < mostWords })
  }
  await inSystemWork(deps, async (work) => {
    await work.db
      .insertInto('exchange_words')
      .values(
        made.map(({ row, words, whole }) => ({
          sequence: row.sequence,
          engagement_id: row.engagement_id,
          person_id: row.person_id,
          org_id: row.org_id,
          words,
          whole,
        })),
      )
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    await keepPosition(work, place, Number(last.sequence))
  })
  return rows.length
}

async function readText(deps: Deps, row: ExchangeIndexRow): Promise<{ text: string; whole: boolean }> {
  try {
    return await textOf(capturedOf(deps, row, ''))
  } catch (error) {
    // The recorder is away, or waits for this key: later. What it has and cannot give (disposed of, damaged) is passed over.
    const status = await recorderOf(deps, row.sequence).status()
    if (status.engagementsWithoutKey.includes(row.engagement_id)) throw error
    return { text: '', whole: false }
  }
}

/** Follows the index of traffic until stopped. */
export function startTrafficWords(deps: Deps, onFault: (error: unknown) => void): Stop {
  const reading = nodesOf(deps).map(({ number }) =>
    keepTaking(async () => (await indexWords(deps, number)) >= page, 500, onFault),
  )
  return async () => void (await Promise.all(reading.map(({ stop }) => stop())))
}
