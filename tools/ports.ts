import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { commandOf } from './processes.ts'

/** Why a port of 127.0.0.1 cannot be listened on, or `free`. */
export type PortState = 'free' | 'busy' | 'forbidden'

/** Tries to listen on the port of 127.0.0.1 and lets it go at once. */
export function portState(port: number): Promise<PortState> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve('busy')
      else if (error.code === 'EACCES') resolve('forbidden')
      else reject(error)
    })
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve('free')))
  })
}

/**
 * A free port of 127.0.0.1, at or above `from`, that no other call of this process got. Always below 32768: above it the system
 * takes ports for outgoing connections, and a listener that starts a moment later finds its port gone.
 */
export async function freePort(from = 20_000 + Math.floor(Math.random() * 10_000)): Promise<number> {
  for (let port = from; port < 32_768; port++) {
    if (handedOut.has(port) || (await portState(port)) !== 'free') continue
    handedOut.add(port)
    return port
  }
  throw new Error(`no free port between ${from} and 32767 on 127.0.0.1`)
}
const handedOut = new Set<number>()

/** Who listens on the port, as `PID command`, where the system tells us (own processes, or all of them for root). */
export function holderOf(port: number): string | undefined {
  const socket = listeningSocket(port)
  if (socket === undefined) return undefined
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const open = readdirSync(`/proc/${pid}/fd`)
      if (open.some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${socket}]`)) {
        return `${pid} ${commandOf(Number(pid)).slice(0, 120)}`
      }
    } catch {
      // The process is another account's, or ended while we looked.
    }
  }
  return undefined
}

/** The inode of the socket that listens on the port, out of the kernel's table (columns: 1 local address, 3 state, 9 inode). */
function listeningSocket(port: number): string | undefined {
  const listening = '0A'
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    try {
      for (const line of readFileSync(table, 'latin1').split('\n')) {
        const columns = line.trim().split(/\s+/)
        if (columns[1]?.endsWith(suffix) && columns[3] === listening) return columns[9]
      }
    } catch {
      // No such table on this system.
    }
  }
  return undefined
}
