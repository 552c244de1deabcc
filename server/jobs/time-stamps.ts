import { minutes } from '@zhongheng/domain/shared/clock.ts'
import { nextTryAfter, stampDue } from '@zhongheng/domain/audit/time-stamps.ts'
import { Problem, type Text, say } from '@zhongheng/domain/shared/problem.ts'
import type { JudgedAnswer } from '@zhongheng/ledger/time-stamps/judge-answer.ts'
import { maxStampBytes } from '@zhongheng/ledger/verify/time-stamp.ts'
import { sql } from 'kysely'
import { askForStamp, type StampRow } from '../features/time-stamps/requests.ts'
import { holdAnswer, judge } from '../features/time-stamps/take-answer.ts'
import type { Deps } from '../work/deps.ts'
import { inSystemWork } from '../work/work.ts'
import { everySoOften, type Stop } from './rounds.ts'

const round = 20_000
/** Milliseconds after which a try whose server fell silent is taken up by another. */
const patience = minutes(5)

/**
 * One round: asks for a stamp over the newest head where one is due, and goes on with a request that waits. The
 * authorities are asked in their order until one gives a good answer.
 * @returns what became of the request that was tried; null where there was none
 */
export async function timeStampRound(deps: Deps): Promise<'held' | 'waiting' | 'failed' | null> {
  if (deps.settings.timeStamps.authorities.length === 0) return null
  await begin(deps)
  const row = await claim(deps)
  if (row === undefined) return null
  const faults: Text[] = []
  for (const address of deps.settings.timeStamps.authorities) {
    const asked = await ask(deps, address, row)
    if ('good' in asked) return hold(deps, row, asked)
    const { fault } = asked
    faults.push(say(`${hostOf(address)}：${fault.zh}`, `${hostOf(address)}: ${fault.en}`))
  }
  const failure = say(faults.map(({ zh }) => zh).join('；'), faults.map(({ en }) => en).join('; '))
  return putOff(deps, row, failure)
}

const begin = (deps: Deps): Promise<void> =>
  inSystemWork(deps, async (work) => {
    const { db, now } = work
    const waiting = await db.selectFrom('time_stamps').select('id').where('state', '=', 'asked').executeTakeFirst()
    if (waiting) return
    const last = await db
      .selectFrom('time_stamps')
      .select(['size', 'asked_at'])
      .where('state', '<>', 'exported')
      .orderBy('asked_at', 'desc')
      .limit(1)
      .executeTakeFirst()
    const due = stampDue({
      size: deps.ledger.size(),
      last: last === undefined ? null : { size: Number(last.size), askedAt: last.asked_at },
      now,
      everyMs: minutes(deps.settings.timeStamps.everyMinutes),
    })
    if (due) await askForStamp(work, db, 'regular')
  })

/** Takes the waiting request, so that of several servers one asks; the next try is its own, unless it dies before. */
const claim = (deps: Deps): Promise<StampRow | undefined> =>
  inSystemWork(deps, async ({ db, now }) => {
    const row = await db
      .selectFrom('time_stamps')
      .selectAll()
      .where('state', '=', 'asked')
      .where('next_try_at', '<=', now)
      .orderBy('asked_at')
      .limit(1)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst()
    if (row === undefined) return undefined
    return db
      .updateTable('time_stamps')
      .set({ tries: sql`tries + 1`, next_try_at: new Date(now.getTime() + patience) })
      .where('id', '=', row.id)
      .returningAll()
      .executeTakeFirstOrThrow()
  })

type Good = { readonly answer: Buffer; readonly good: Extract<JudgedAnswer, { ok: true }> }

async function ask(deps: Deps, address: string, row: StampRow): Promise<Good | { readonly fault: Text }> {
  try {
    const { status, body } = await deps.egress.send(
      {
        method: 'POST',
        url: address,
        headers: { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' },
        body: row.request,
        maxBytes: maxStampBytes,
      },
      { by: 'list', rows: deps.settings.egressAllow },
    )
    if (status !== 200) return { fault: say(`应答状态为 ${status}`, `answered with status ${status}`) }
    const judged = judge(deps, row, body, deps.clock?.now() ?? new Date())
    return judged.ok ? { answer: body, good: judged } : { fault: judged.what }
  } catch (error) {
    if (error instanceof Problem) return { fault: error.text }
    throw error
  }
}

const hold = (deps: Deps, row: StampRow, { answer, good }: Good): Promise<'held'> =>
  inSystemWork(deps, async (work) => {
    // Meanwhile somebody may have handed an answer in.
    if (await waitsStill(work.db, row.id)) await holdAnswer(work, work.db, row, answer, good, false)
    return 'held' as const
  })

const waitsStill = async (db: Parameters<typeof holdAnswer>[1], id: string): Promise<boolean> => {
  const row = await db.selectFrom('time_stamps').select('state').where('id', '=', id).forUpdate().executeTakeFirst()
  return row?.state === 'asked'
}

const putOff = (deps: Deps, row: StampRow, failure: Text): Promise<'waiting' | 'failed'> =>
  inSystemWork(deps, async (work) => {
    const wait = nextTryAfter(row.tries)
    if (!(await waitsStill(work.db, row.id))) return 'failed'
    await work.db
      .updateTable('time_stamps')
      .set({
        failure: JSON.stringify(failure),
        ...(wait === null
          ? { state: 'failed' as const, next_try_at: null }
          : { next_try_at: new Date(work.now.getTime() + wait) }),
      })
      .where('id', '=', row.id)
      .execute()
    // An outage is one event for each request that nobody answered, not one for each try.
    if (wait !== null) return 'waiting'
    work.record({
      kind: 'ledger.time_stamp_failed',
      engagementId: null,
      subject: row.id,
      role: 'system',
      audience: 'house',
      facts: { size: Number(row.size), tries: row.tries },
    })
    return 'failed'
  })

const hostOf = (address: string): string => new URL(address).host

/** Rounds until it is stopped. */
export const startTimeStamps = (deps: Deps, onFault: (error: unknown) => void): Stop =>
  everySoOften(() => timeStampRound(deps), round, onFault).stop
