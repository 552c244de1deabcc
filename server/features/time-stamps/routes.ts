import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { notFound } from '../../http/problems.ts'
import { type Feature, type FileReply, type Reference, route } from '../../http/registry.ts'
import type { Work } from '../../work/work.ts'
import { askForStamp, type StampRow } from './requests.ts'
import { takeAnswer } from './take-answer.ts'
import { listStamps, viewStamp } from './view-stamps.ts'

/** A time stamp of the installation. @param lock while its answer is taken */
const stampRef = (lock?: 'update'): Reference<StampRow> => ({
  about: 'time stamp',
  // Locking needs more than the right to read, which is all that people have on these rows.
  load: (work, id) =>
    work.asSystem(async (db) => {
      const query = db.selectFrom('time_stamps').selectAll().where('id', '=', id)
      const row = await (lock === undefined ? query : query.forUpdate()).executeTakeFirst()
      if (!row) throw notFound()
      return row
    }),
})

export const timeStampRoutes: Feature = () => [
  route('GET /api/ledger/time-stamps', {
    access: 'ledger.read',
    references: {},
    handle: ({ work }) => listStamps(work),
  }),
  route('POST /api/ledger/time-stamps', {
    access: 'time_stamps.keep',
    references: {},
    handle: ({ work }) => exportRequest(work),
  }),
  route('GET /api/ledger/time-stamps/:timeStampId/request.tsq', {
    access: 'time_stamps.keep',
    references: { 'params.timeStampId': stampRef() },
    handle: async ({ on }) => fileOf(on['params.timeStampId'], on['params.timeStampId'].request, 'tsq'),
  }),
  route('POST /api/ledger/time-stamps/:timeStampId/answer', {
    access: 'time_stamps.keep',
    references: { 'params.timeStampId': stampRef('update') },
    handle: ({ work, body, on }) => takeAnswer(work, on['params.timeStampId'], body.answer),
  }),
  route('GET /api/ledger/time-stamps/:timeStampId/answer.tsr', {
    access: 'ledger.read',
    references: { 'params.timeStampId': stampRef() },
    handle: async ({ on }) => fileOf(on['params.timeStampId'], on['params.timeStampId'].answer, 'tsr'),
  }),
  route('GET /api/ledger/time-stamps/:timeStampId/checkpoint.txt', {
    access: 'ledger.read',
    references: { 'params.timeStampId': stampRef() },
    async handle({ on }) {
      const row = on['params.timeStampId']
      return fileOf(row, row.state === 'held' ? Buffer.from(row.note, 'utf8') : null, 'checkpoint.txt')
    },
  }),
]

function fileOf(row: StampRow, bytes: Uint8Array | null, ending: string): FileReply {
  if (bytes === null) throw notFound()
  return { bytes, name: `ledger-${row.size}.${ending}` }
}

/** @throws Problem wrong_state TSTAMP-4 for a ledger without entries, TSTAMP-1 where the newest head has its stamp */
function exportRequest(work: Work): Promise<ReturnType<typeof viewStamp>> {
  if (work.deps.ledger.size() === 0)
    throw new Problem('wrong_state', say('账本还没有条目', 'the ledger has no entries yet'), { rule: 'TSTAMP-4' })
  // Rows of the installation: people read them, the platform writes them.
  return work.asSystem(async (db) => {
    const row = await askForStamp(work, db, 'manual')
    if (row.state === 'held')
      throw new Problem(
        'wrong_state',
        say('最新检查点已有时间戳', 'the newest checkpoint has its time stamp already'),
        { rule: 'TSTAMP-1' },
      )
    return viewStamp(work, row)
  })
}
