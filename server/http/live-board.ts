import { type Listener, listenTo } from '../database/listen.ts'
import type { Deps } from '../work/deps.ts'
import { personChannel } from '../work/make-notices.ts'

/** Hears a channel and what was said on it; null for all of them, after a connection was made anew. */
type Hearing = (channel: string | null, said: string) => void

/** One LISTEN connection for all live pages; what is heard only says "look", the rows are read under each reader's policies. */
class LiveBoard {
  /** What each page does when something is heard, and when the server ends. */
  private readonly listeners = new Map<Hearing, () => void>()
  private listening: Promise<Listener | null> | null = null
  private readonly url: string
  constructor(url: string) {
    this.url = url
  }
  add(listener: Hearing, atEnd: () => void): () => void {
    this.listeners.set(listener, atEnd)
    this.listening ??= this.listen()
    return () => this.listeners.delete(listener)
  }
  private listen(): Promise<Listener | null> {
    const tellAll: Hearing = (channel, said) => {
      for (const listener of this.listeners.keys()) listener(channel, said)
    }
    // Pages look every 15 seconds anyway; a connection that cannot be made now is tried by the next page that opens.
    const channels = ['zh_traffic', 'zh_policy', 'zh_events', personChannel]
    return listenTo(this.url, channels, tellAll, () => undefined).catch(() => {
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

const boards = new WeakMap<Deps, LiveBoard>()
export function liveBoardOf(deps: Deps): LiveBoard {
  const board = boards.get(deps) ?? new LiveBoard(deps.settings.databaseUrl)
  boards.set(deps, board)
  return board
}
