import { Readable } from 'node:stream'
import { liveBoardOf } from '../../http/live-board.ts'
import type { Deps } from '../../work/deps.ts'
import { personChannel } from '../../work/make-notices.ts'

const changed = 'event: changed\ndata: {}\n\n'

/**
 * Server-sent events for one person: `changed` whenever a notice came, and nothing else in it. Before every line it is
 * looked at whether the login still lives; one that ended ends the stream.
 */
export function noticeStream(deps: Deps, personId: string, stillSignedIn: () => Promise<boolean>): Readable {
  const stream = new Readable({ read() {} })
  let waiting: string | null = null
  let ended = false
  const tell = async (line: string): Promise<void> => {
    const first = waiting === null
    if (first || line === changed) waiting = line
    if (!first) return
    // Bursts become one line.
    await new Promise((resolve) => setTimeout(resolve, 200))
    const said = waiting
    waiting = null
    if (ended) return
    const alive = await stillSignedIn().catch(() => false)
    if (!alive) sayEnd()
    else if (!ended) stream.push(said)
  }
  const sayEnd = (): void => {
    if (ended) return
    end()
    stream.push('event: ended\ndata: {}\n\n')
    stream.push(null)
  }
  const drop = liveBoardOf(deps).add((channel, said) => {
    if (channel === null || (channel === personChannel && said === personId)) void tell(changed)
  }, sayEnd)
  const beat = setInterval(() => void tell(': still here\n\n'), 15_000)
  const end = (): void => {
    ended = true
    drop()
    clearInterval(beat)
  }
  stream.on('close', end)
  stream.push('retry: 2000\n\n')
  // What came while nobody listened.
  void tell(changed)
  return stream
}
