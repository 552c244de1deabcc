import { setTimeout as wait } from 'node:timers/promises'
import { join } from 'node:path'
import { fsck } from '@zhongheng/ledger/fsck/fsck.ts'
import { signal } from '@zhongheng/tools/processes.ts'
import type { House, Victim } from './house.ts'
import { startLoad, type Told } from './load.ts'

/** What a drill found. Times in milliseconds from a kill to the begin of the first act that succeeds again, by everybody. */
export type Drill = {
  readonly victims: readonly Victim[]
  readonly kills: number
  readonly acknowledged: { readonly comments: number; readonly answers: number }
  readonly lost: readonly string[]
  readonly doubled: readonly string[]
  readonly odd: readonly string[]
  readonly backMs: { readonly median: number; readonly worst: number; readonly over5s: number }
  readonly longestWaitMs: number
}

/** How long a platform may be away before the drill gives it up. */
const patienceMs = 60_000

/**
 * Kills processes of the running platform while people write and test, and waits each time until both can again. Then
 * holds what they were told against the database, the recorded traffic and the ledger.
 * @throws Error when the platform does not come back
 */
export async function killDrill(house: House, of: readonly Victim[], kills: number): Promise<Drill> {
  const before = await commentsOf(house)
  const load = startLoad(house)
  const back: number[] = []
  const isBack = (since: number): boolean =>
    load.told.acknowledged.comment > since && load.told.acknowledged.answer > since
  try {
    await until(() => isBack(0), 'nothing works before the first kill')
    for (let kill = 0; kill < kills; kill++) {
      // Not always at the same moment of what is under way.
      await wait(100 + ((kill * 137) % 700))
      const pids = await Promise.all(of.map((victim) => running(house, victim)))
      const at = performance.now()
      for (const pid of pids) signal(pid, 'SIGKILL')
      await until(() => isBack(at), `${of.join(' and ')} did not come back after kill ${kill + 1}`)
      back.push(Math.max(load.told.acknowledged.comment, load.told.acknowledged.answer) - at)
    }
  } catch (error) {
    await load.end('cut')
    throw error
  }
  await load.end()
  const { lost, doubled } = await compare(house, load.told, before)
  const sorted = back.toSorted((one, other) => one - other)
  return {
    victims: of,
    kills,
    acknowledged: { comments: load.told.comments.size, answers: load.told.answers.size },
    lost,
    doubled,
    odd: load.told.odd,
    backMs: {
      median: Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0),
      worst: Math.round(sorted.at(-1) ?? 0),
      over5s: sorted.filter((ms) => ms > 5000).length,
    },
    longestWaitMs: Math.round(load.told.longestMs),
  }
}

async function running(house: House, victim: Victim): Promise<number> {
  let pid: number | undefined
  await until(() => (pid = house.pidOf(victim)) !== undefined, `${victim} does not run`)
  return pid ?? 0
}

async function until(done: () => boolean, otherwise: string): Promise<void> {
  const end = performance.now() + patienceMs
  while (!done()) {
    if (performance.now() > end) throw new Error(otherwise)
    await wait(10)
  }
}

const commentsOf = async (house: House): Promise<Set<string>> =>
  new Set(
    (await house.rows<{ id: string }>('select id from comments where finding_id = $1', [house.findingId])).map(
      ({ id }) => id,
    ),
  )

/** What was acknowledged and is not there, or is there more than once. */
async function compare(
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

async function recorded(house: House, told: Told): Promise<{ times: Map<number, number>; lacking: number[] }> {
  const rows = await house.rows<{ path: string }>(
    `select path from exchanges where engagement_id = $1 and path like $2 and status = 200`,
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
async function ledgerFaults(house: House): Promise<string[]> {
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
