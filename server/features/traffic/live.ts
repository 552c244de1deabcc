import { Readable } from 'node:stream'
import type { Actor } from '@zhongheng/domain/access/actor.ts'
import { liveBoardOf } from '../../http/live-board.ts'
import type { Deps } from '../../work/deps.ts'
import { personChannel } from '../../work/make-notices.ts'
import { inWork } from '../../work/work.ts'
import { openEngagement } from '../engagements/reads.ts'

/**
 * Server-sent events of one engagement: `changed` whenever there is something new to load. It carries no data of its own,
 * so nothing can leak by it; access is checked again before every line, and an ended right ends the stream.
 */
export function liveStream(
  deps: Deps,
  actor: Actor,
  engagementId: string,
  stillSignedIn: () => Promise<boolean>,
): Readable {
  const stream = new Readable({ read() {} })
  let waiting = false
  let ended = false
  const tell = async (): Promise<void> => {
    if (waiting) return
    waiting = true
    // Bursts become one line: a page reloads at most five times a second.
    await new Promise((resolve) => setTimeout(resolve, 200))
    waiting = false
    if (ended) return
    try {
      if (!(await stillSignedIn())) throw new Error('login ended')
      const state = await inWork(
        deps,
        actor,
        async (work) => (await openEngagement(work, engagementId, 'traffic.list')).row,
      )
      if (!ended)
        stream.push(`event: changed\ndata: ${JSON.stringify({ state: state.state, version: state.version })}\n\n`)
    } catch {
      sayEnd()
    }
  }
  const sayEnd = (): void => {
    if (ended) return
    end()
    stream.push('event: ended\ndata: {}\n\n')
    stream.push(null)
  }
  const drop = liveBoardOf(deps).add((channel) => {
    if (channel !== personChannel) void tell()
  }, sayEnd)
  const beat = setInterval(() => void tell(), 15_000)
  const end = (): void => {
    ended = true
    drop()
    clearInterval(beat)
  }
  stream.on('close', end)
  stream.push('retry: 2000\n\n')
  void tell()
  return stream
}
