import { randomBytes } from 'node:crypto'
import type { Selectable } from 'kysely'
import { timeStampRequest } from '@zhongheng/ledger/time-stamps/request.ts'
import { utf8 } from '@zhongheng/ledger/verify/bytes.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import type { Database } from '../../database/schema.ts'
import type { Db, Work } from '../../work/work.ts'

export type StampRow = Selectable<Database['time_stamps']>

/**
 * Writes down a request for a stamp over the newest head, before anybody is asked: what comes back is held against it.
 * One of the same head that waits or was answered is not made twice. As the system role.
 * @returns the request's row, or the one that is there
 */
export async function askForStamp(
  work: Pick<Work, 'deps' | 'now' | 'newId'>,
  db: Db,
  how: 'regular' | 'manual',
): Promise<StampRow> {
  const { ledger } = work.deps
  const [note, size, root] = [ledger.checkpoint(), ledger.size(), ledger.root()]
  await db
    .insertInto('time_stamps')
    .values({
      id: work.newId('timeStamp'),
      size,
      root,
      note,
      request: Buffer.from(timeStampRequest(nodeCrypto.sha256, utf8(note), randomBytes(8))),
      answer: null,
      state: how === 'regular' ? 'asked' : 'exported',
      reason: how,
      next_try_at: how === 'regular' ? work.now : null,
      failure: null,
      stamped_at: null,
      policy: null,
      authority: null,
      asked_at: work.now,
    })
    .onConflict((conflict) => conflict.column('size').where('state', '<>', 'failed').doNothing())
    .execute()
  return db
    .selectFrom('time_stamps')
    .selectAll()
    .where('size', '=', String(size))
    .where('state', '<>', 'failed')
    .executeTakeFirstOrThrow()
}
