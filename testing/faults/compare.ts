import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fsck } from '@zhongheng/ledger/fsck/fsck.ts'
import type { House } from './house.ts'
import type { Told } from './load.ts'

/** Ids of the comments on the drill's finding. */
export const commentsOf = async (house: House): Promise<Set<string>> =>
  new Set(
    (await house.rows<{ id: string }>('select id from comments where finding_id = $1', [house.findingId])).map(
      ({ id }) => id,
    ),
  )

/** What was acknowledged and is not there, or is there more than once. */
export async function compare(
  house: House,
  told: Told,
  before: ReadonlySet<string>,
): Promise<{ lost: string[]; doubled: string[] }> {
  const lost: string[] = []
  const doubled: string[] = []
  const kept = await commentsOf(house)
  for (const [mark, id] of told.comments) if (!kept.has(id)) lost.push(`comment ${mark}`)
  // Every comment was asked for until it was acknowledged: one that nobody was told of is a second one.
  const ids = new Set(told.comments.values())
  for (const id of kept) if (!ids.has(id) && !before.has(id)) doubled.push(`comment ${id}`)
  for (let n = 0, missing = told.answers.size; missing > 0 && n < 60; n++) {
    const { times, lacking } = await recorded(house, told)
    missing = lacking.length
    if (missing > 0 && n < 59) {
      await wait(500)
      continue
    }
    lost.push(...lacking.map((answer) => `answer ${answer}`))
    for (const [answer, count] of times) if (count > 1) doubled.push(`answer ${answer}`)
  }
  lost.push(...(await ledgerFaults(house)))
  return { lost, doubled }
}

/**
 * The answers that the record holds. A gateway or recorder killed after an answer's last byte was released and before its end was
 * told leaves an exchange that the recorder closes and declares (`gateway_lost`, `recorder_lost`): it counts where every byte of the
 * answer is there. All answers of a load are of one page and one length.
 */
async function recorded(house: House, told: Told): Promise<{ times: Map<number, number>; lacking: number[] }> {
  const rows = await house.rows<{ path: string }>(
    `with asked as (select path, outcome, response_bytes from exchanges
       where engagement_id = $1 and path like $2 and status = 200)
     select path from asked where outcome = 'complete' or (outcome in ('gateway_lost', 'recorder_lost')
       and response_bytes >= (select max(response_bytes) from asked where outcome = 'complete'))`,
    [house.engagementId, `%drill=${told.load}-%`],
  )
  const times = new Map<number, number>()
  for (const { path } of rows) {
    const answer = Number(path.split(`drill=${told.load}-`)[1])
    times.set(answer, (times.get(answer) ?? 0) + 1)
  }
  return { times, lacking: [...told.answers].filter((answer) => !times.has(answer)) }
}

/** Each event has its place, each place its event, and the log's files bear them out. */
export async function ledgerFaults(house: House): Promise<string[]> {
  let waiting = -1
  for (let n = 0; waiting !== 0 && n < 60; n++) {
    if (n > 0) await wait(500)
    const [row] = await house.rows<{ n: string }>('select count(*) as n from events where ledger_index is null')
    waiting = Number(row?.n)
  }
  if (waiting !== 0) return [`${waiting} events have no place in the ledger`]
  const [row] = await house.rows<{ n: string; next: string }>(
    'select count(*) as n, max(ledger_index) + 1 as next from events',
  )
  if (row?.n !== row?.next) return [`${row?.n} events share ${row?.next} places`]
  const verdict = await fsck(join(house.demo.stage.dataFolder, 'ledger'), undefined, { live: true })
  return verdict.ok ? [] : [`ledger: ${verdict.fault.what.en}`]
}
