import type { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'

/** How often connections in use are looked at, how long one may be silent before somebody asks why, and how long that takes (ms). */
const lookEvery = 1000
const silence = 3000
const patience = 1500

/**
 * Ends the connections of a pool when the database is cut off. A cable that is pulled says nothing: a question over it would wait for the
 * system's quarter of an hour, and the person with it. Where a connection in use is silent, a new one is tried; a statement that merely
 * takes its time is left alone, because then that one comes.
 * @returns stops it
 */
export function watchConnections(pool: pg.Pool, url: string): () => void {
  const open = new Set<pg.PoolClient>()
  const used = new Map<pg.PoolClient, { at: number; bytes: number }>()
  pool.on('connect', (client) => open.add(client))
  pool.on('acquire', (client) => used.set(client, { at: performance.now(), bytes: socketOf(client).bytesRead }))
  pool.on('release', (_error, client) => used.delete(client))
  pool.on('remove', (client) => {
    open.delete(client)
    used.delete(client)
  })
  const isSilent = (client: pg.PoolClient, seen: { at: number; bytes: number }): boolean => {
    const bytes = socketOf(client).bytesRead
    if (bytes !== seen.bytes) used.set(client, { at: performance.now(), bytes })
    return bytes === seen.bytes && performance.now() - seen.at >= silence
  }
  let asking = false
  const look = async (): Promise<void> => {
    if (asking || ![...used].some(([client, seen]) => isSilent(client, seen))) return
    asking = true
    const before = [...open]
    // The idle ones go the same way: each would hold the next request as long again.
    if (!(await answers(url))) for (const client of before) socketOf(client).destroy()
    asking = false
  }
  const timer = setInterval(() => void look(), lookEvery)
  timer.unref()
  return () => clearInterval(timer)
}

/** The socket below; TLS keeps its own count of bytes. */
const socketOf = (client: pg.ClientBase): Socket =>
  (client as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  const giveUp = new AbortController()
  const asked = client.connect().then(
    () => true,
    () => false,
  )
  const answer = await Promise.race([asked, ownTurns(patience, giveUp.signal).then(() => false)])
  giveUp.abort()
  if (answer) void client.end().catch(() => undefined)
  else socketOf(client).destroy()
  return answer
}

/**
 * Waits so long, in small steps of this process's own time: a busy machine that stops it for seconds would otherwise be told first that
 * the time is over, and only then that the answer had come long ago.
 */
async function ownTurns(ms: number, signal: AbortSignal): Promise<void> {
  const steps = 10
  for (let step = 0; step < steps; step++) await setTimeout(ms / steps, undefined, { signal }).catch(() => undefined)
}
