import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { ask } from './ask.ts'
import type { House } from './house.ts'

/** What was acknowledged to somebody outside, and what was not as it should be. */
export type Told = {
  /** Tells this load's keys and requests from those of others in the same house. */
  readonly load: string
  /** Comments by the number that their key and text bear: the id that the server answered. */
  readonly comments: Map<string, string>
  /** Numbers of the requests through the gateway whose answers came whole. */
  readonly answers: Set<number>
  /** Times of `performance.now()` at which an acknowledged act had begun. */
  readonly acknowledged: { comment: number; answer: number }
  /** Answers that are neither the right one nor a plain "not now". */
  readonly odd: string[]
  /** The longest that anybody waited for any answer, refusals included, in milliseconds. */
  longestMs: number
}

export type Load = {
  readonly told: Told
  /** Everybody finishes what was begun; `cut` leaves it, for a platform that does not come back. */
  end(cut?: 'cut'): Promise<Told>
}

/** A refusal that says: try again. */
export const notNow = (status: number): boolean => [0, 502, 503, 504].includes(status)

/**
 * Three people who comment without pause, each with an idempotency key that is used again until the comment is
 * acknowledged, and a tester whose tool asks for a page five times a second and never twice for the same.
 */
export function startLoad(house: House): Load {
  const told: Told = {
    load: randomBytes(4).toString('hex'),
    comments: new Map(),
    answers: new Set(),
    acknowledged: { comment: -1, answer: -1 },
    odd: [],
    longestMs: 0,
  }
  let going = true
  let cut = false
  const timed = async <T>(task: () => Promise<T>): Promise<{ begun: number; result: T }> => {
    const begun = performance.now()
    const result = await task()
    told.longestMs = Math.max(told.longestMs, performance.now() - begun)
    return { begun, result }
  }
  const comment = async (person: Person): Promise<void> => {
    for (let n = 0; going; n++) {
      const mark = `${told.load}-${person.name}-${String(n).padStart(6, '0')}`
      // Once begun it is brought to its end, also when the drill is over.
      for (let status = 0; status !== 201 && !cut; ) {
        const { begun, result } = await timed(() => post(house, person, mark))
        status = result.status
        if (status === 201) {
          told.comments.set(mark, result.id)
          told.acknowledged.comment = Math.max(told.acknowledged.comment, begun)
        } else {
          await wait(50)
          if (notNow(status)) continue
          told.odd.push(`comment ${mark}: ${status} ${result.text}`)
          break
        }
      }
      await wait(20)
    }
  }
  const test = async (): Promise<void> => {
    let right: string | undefined
    for (let n = 0; going; n++) {
      const { begun, result } = await timed(() => ask(house.lease, `${house.page}?drill=${told.load}-${n}`))
      if (result.status === 200) {
        told.answers.add(n)
        told.acknowledged.answer = Math.max(told.acknowledged.answer, begun)
        right ??= result.body
        if (result.body !== right) told.odd.push(`answer ${n} has other bytes`)
      } else if (!notNow(result.status)) told.odd.push(`answer ${n}: ${result.status} ${result.body.slice(0, 200)}`)
      await wait(result.status === 200 ? 200 : 50)
    }
  }
  const { tester, organizer, organizer2 } = house.company
  const running = [comment(tester), comment(organizer), comment(organizer2), test()]
  return {
    told,
    async end(how) {
      going = false
      cut = how === 'cut'
      await Promise.all(running)
      return told
    },
  }
}

/** Asks for one comment under the key and the text of its mark. @returns status 0 where nothing came, or nothing in time */
export async function post(
  house: House,
  person: Person,
  mark: string,
): Promise<{ readonly status: number; readonly id: string; readonly text: string }> {
  try {
    const answer = await person.send('POST /api/engagements/:engagementId/findings/:findingId/comments', {
      params: { engagementId: house.engagementId, findingId: house.findingId },
      body: { audience: 'everyone', body: `演练 ${mark}` },
      headers: { 'idempotency-key': `drill-${mark}` },
    })
    const text = await answer.text()
    const id = answer.status === 201 ? (JSON.parse(text) as { commentId: string }).commentId : ''
    return { status: answer.status, id, text: text.slice(0, 300) }
  } catch (error) {
    return { status: 0, id: '', text: String(error) }
  }
}

/** Whether both kinds of act succeed again that were begun after `since`, a time of `performance.now()`. */
export const isBack = (told: Told, since: number): boolean =>
  told.acknowledged.comment > since && told.acknowledged.answer > since

/** How long a platform may be away before the drill gives it up. */
const patienceMs = 60_000

/** @throws Error saying `otherwise` */
export async function until(done: () => boolean, otherwise: string): Promise<void> {
  const end = performance.now() + patienceMs
  while (!done()) {
    if (performance.now() > end) throw new Error(otherwise)
    await wait(10)
  }
}
