import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, portState } from '../ports.ts'

/** Where the practice target listens: plain and TLS. */
export type PracticePorts = { readonly plain: number; readonly tls: number }

/**
 * The practice target's ports: those of the last start while they are free, since the demo engagement's scope names them; else new ones.
 * Kept in the data folder. @param running true to ask for the ports of a platform that runs now
 */
export async function practicePorts(data: string, running = false): Promise<PracticePorts> {
  const file = join(data, 'practice-ports.json')
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as PracticePorts) : undefined
  if (before !== undefined && running) return before
  if (before !== undefined && (await isFree(before.plain)) && (await isFree(before.tls))) return before
  const ports = { plain: await freePort(7090), tls: await freePort(7443) }
  writeFileSync(file, JSON.stringify(ports), { mode: 0o600 })
  return ports
}

const isFree = async (port: number): Promise<boolean> => (await portState(port)) === 'free'
