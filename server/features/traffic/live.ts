import { Readable } from 'node:stream'
import pg from 'pg'
import type { Actor } from '@zhongheng/domain/access/actor.ts'
import type { Deps } from '../../work/deps.ts'
import { inWork } from '../../work/work.ts'
import { openEngagement } from '../engagements/reads.ts'

/** One LISTEN connection for all live pages; a notice only says "look", the rows are read under each reader's policies. */
class Notices {
  private readonly listeners = new Set<() => void>()
  private client: pg.Client | null = null
  private readonly url: string
  constructor(url: string) {
    this.url = url
  }
  add(listener: () => void): () => void {
    this.listeners.add(listener)
    if (!this.client) void this.connect()
    return () => this.listeners.delete(listener)
  }
  private async connect(): Promise<void> {
    const client = new pg.Client({ connectionString: this.url })
    this.client = client
    const lost = () => {
      this.client = null
      if (this.listeners.size > 0) setTimeout(() => void this.connect(), 1000).unref()
    }
    client.on('error', () => undefined)
    client.on('end', lost)
    client.on('notification', () => {
      for (const listener of this.listeners) listener()
    })
    await client.connect().then(
      () => client.query('listen zh_traffic; listen zh_policy; listen zh_events'),
      () => lost(),
    )
  }
  async close(): Promise<void> {
    this.listeners.clear()
    await this.client?.end()
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
  const tell = async (): Promise<void> => {
    if (waiting) return
    waiting = true
    // Bursts become one line: a page reloads at most five times a second.
    await new Promise((resolve) => setTimeout(resolve, 200))
    waiting = false
    try {
      if (!(await stillSignedIn())) throw new Error('login ended')
      const state = await inWork(
        deps,
        actor,
        async (work) => (await openEngagement(work, engagementId, 'traffic.list')).row,
      )
      stream.push(`event: changed\ndata: ${JSON.stringify({ state: state.state, version: state.version })}\n\n`)
    } catch {
      stream.push('event: ended\ndata: {}\n\n')
      stream.push(null)
    }
  }
  const drop = noticesOf(deps).add(() => void tell())
  const beat = setInterval(() => void tell(), 15_000)
  stream.on('close', () => {
    drop()
    clearInterval(beat)
  })
  stream.push('retry: 2000\n\n')
  void tell()
  return stream
}
