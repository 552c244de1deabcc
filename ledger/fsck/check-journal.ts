import { join } from 'node:path'
import { type Batch, countOf, partOf } from '../log/batch.ts'
import { journalFiles, readJournal } from '../log/journal.ts'
import { errorCode } from '../log/ledger-error.ts'
import { tileWidth } from '../verify/layout.ts'
import { Found } from './fault.ts'
import { openBundle } from './log-files.ts'

/** @returns how many entries the journal holds beyond `size` @throws Found, LedgerError damaged */
export async function checkJournal(folder: string, size: number): Promise<number> {
  let end = size
  for (const { path } of await journalsOf(join(folder, '.state'))) {
    for (const { first, batch } of await readJournal(path)) {
      const count = countOf(batch)
      for (let at = 0; at < count && first + at < size; ) {
        const entry = first + at
        const index = Math.floor(entry / tileWidth)
        const place = entry - index * tileWidth
        const width = Math.min(tileWidth, size - index * tileWidth)
        const many = Math.min(width - place, count - at)
        const mine = partOf(batch, at, at + many)
        const logged = partOf(openBundle(folder, index, width).batch, place, place + many)
        if (!mine.bytes.equals(logged.bytes)) {
          let bad = 0
          while (bad < many && sameEntry(mine, logged, bad)) bad++
          throw new Found(
            path,
            '日志中的条目与账本不符',
            'the entry in the journal is not the one in the log',
            entry + bad,
          )
        }
        at += many
      }
      end = Math.max(end, first + count)
    }
  }
  return end - size
}

const sameEntry = (one: Batch, other: Batch, at: number): boolean =>
  partOf(one, at, at + 1).bytes.equals(partOf(other, at, at + 1).bytes)

async function journalsOf(folder: string): Promise<{ path: string }[]> {
  try {
    return await journalFiles(folder)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  }
}
