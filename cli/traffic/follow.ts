import { setTimeout as wait } from 'node:timers/promises'
import { type Narrowing, Refused, type Source, bytesOf, listed, open } from './source.ts'

type Page = Awaited<ReturnType<typeof listed>>['rows']

/**
 * Every exchange after `since`, in order, as it is recorded: what the server says it has is asked for by sequence, so that
 * neither a lost connection nor a restart makes a gap or a repetition. `take` gets the rows of a page and the sequence
 * after which they begin; only when it has finished they count as taken.
 * @throws Refused when the right to look is missing or ends
 */
export async function follow(
  source: Source,
  narrowing: Narrowing,
  since: number,
  take: (rows: Page, since: number) => Promise<void>,
  onLost: (reason: unknown) => void,
): Promise<void> {
  let taken = since
  const drain = async (): Promise<void> => {
    for (let more = true; more && !source.signal.aborted; ) {
      const page = await listed(source, { ...narrowing, order: 'oldest', since: String(taken), limit: '200' })
      const last = page.rows.at(-1)
      if (last === undefined) return
      await take(page.rows, taken)
      taken = last.sequence
      more = page.more
    }
  }
  for (let failures = 0; !source.signal.aborted; ) {
    try {
      const live = await open(source, 'live', {})
      await drain()
      failures = 0
      let line = ''
      for await (const part of bytesOf(live)) {
        line = (line + Buffer.from(part).toString('latin1')).slice(-4096)
        if (line.includes('event: ended')) await open(source, 'exchanges', { limit: '1' })
        if (!line.includes('event: changed')) continue
        line = ''
        await drain()
      }
    } catch (error) {
      if (source.signal.aborted) return
      if (error instanceof Refused) throw error
      onLost(error)
      failures++
    }
    await wait(Math.min(15_000, 500 * 2 ** Math.min(failures, 5)), undefined, { signal: source.signal }).catch(
      () => undefined,
    )
  }
}
