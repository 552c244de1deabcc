import { Readable } from 'node:stream'
import type { Actor } from '@zhongheng/domain/access/actor.ts'
import { type Listener, listenTo } from '../../database/listen.ts'
import type { Deps } from '../../work/deps.ts'
import { inWork } from '../../work/work.ts'
import { openEngagement } from '../engagements/reads.ts'

/** One LISTEN connection for all live pages; a notice only says "look", the rows are read under each reader's policies. */
class Notices {
  /** What each page does at a notice, and when the server ends. */
  private readonly listeners = new Map<() => void, () => void>()
  private listening: Promise<Listener | null> | null = null
  private readonly url: string
  constructor(url: string) {
    this.url = url
  }
  add(listener: () => void, atEnd: () => void): () => void {
    this.listeners.set(listener, atEnd)
    this.listening ??= this.listen()
    return () => this.listeners.delete(listener)
  }
  private listen(): Promise<Listener | null> {
    const tellAll = (): void => {
      for (const listener of this.listeners.keys()) listener()
    }
    // Pages look every 15 seconds anyway; a connection that cannot be made now is tried by the next page that opens.
    return listenTo(this.url, ['zh_traffic', 'zh_policy', 'zh_events'], tellAll, () => undefined).catch(() => {
      this.listening = null
      return null
    })
  }
  /** Ends every stream: a server that stops does not wait for pages that stay open. */
  async close(): Promise<void> {
    for (const atEnd of this.listeners.values()) atEnd()
    this.listeners.clear()
    await (await this.listening)?.stop()
    this.listening = null
  }
}

const boards = new WeakMap<Deps, Notices>()
export function noticesOf(deps: Deps): Notices {
  const board = boards.get(deps) ?? new Notices(deps.settings.databaseUrl)
  boards.set(deps, board)
  return board
}

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
  const drop = noticesOf(deps).add(() => void tell(), sayEnd)
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
