import { closeSync, openSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as rest } from 'node:timers/promises'
import { execFileSync } from 'node:child_process'

const files = 400
/** A new file's name costs some 30 µs here, and ten times that while ext4 walks past the inodes of files just deleted. */
const mostPerFile = 0.1
const lookEvery = 15_000
/** ext4 keeps a deleted file's inode back for 60 to 360 s. */
const patience = 400_000

/**
 * Waits until earlier work on this disk is over: what is unwritten is written, and the inodes of files that were deleted a
 * moment ago (tests and benchmarks delete by the ten thousand) no longer stand in the way of new ones. A log makes eight
 * files for each batch of 1,024, so it would measure the deletions of whatever ran before.
 * @param folder everything that is made for it stays in there
 */
export async function restedDisk(folder: string): Promise<void> {
  for (const until = Date.now() + patience; ; ) {
    execFileSync('sync')
    const perFile = await timePerFile(folder)
    if (perFile <= mostPerFile) return
    const what = `a new file costs ${Math.round(perFile * 1000)} µs on this disk, where files were deleted a moment ago`
    console.error(Date.now() > until ? `${what}; measuring all the same` : `${what}; waiting`)
    if (Date.now() > until) return
    await rest(lookEvery)
  }
}

/** Milliseconds to make an empty file. */
async function timePerFile(folder: string): Promise<number> {
  const probe = await mkdtemp(join(folder, 'probe-'))
  const before = performance.now()
  for (let at = 0; at < files; at++) closeSync(openSync(join(probe, String(at)), 'w'))
  return (performance.now() - before) / files
}
