import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PowerCut } from './fixtures/power-cut.ts'

const fixture = fileURLToPath(new URL('fixtures/power-cut.ts', import.meta.url))

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zh-power-'))
  chmodSync(folder, 0o711)
})
afterEach(() => rmSync(folder, { recursive: true }))

/** A disk in a file needs root, and a machine that lends loop devices. */
function whyNoDisk(): string | null {
  if (process.getuid?.() !== 0) return 'only root may mount'
  if (!existsSync('/usr/bin/unshare') || !existsSync('/sbin/mkfs.ext4')) return 'unshare or mkfs.ext4 is missing'
  const at = mkdtempSync(join(tmpdir(), 'zh-loop-'))
  const script = 'truncate -s 8M "$1/i" && mkfs.ext4 -q "$1/i" && mkdir "$1/m" && mount -o loop "$1/i" "$1/m"'
  const { status } = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', at])
  rmSync(at, { recursive: true })
  return status === 0 ? null : 'no loop device is to be had'
}
const noDisk = whyNoDisk()
if (noDisk) console.log(`power cuts are not tried: ${noDisk}`)

function cut(how: 'safe' | 'fsync-off'): PowerCut {
  const run = spawnSync('unshare', ['-m', process.execPath, fixture, folder, how], {
    encoding: 'utf8',
    timeout: 120_000,
  })
  return JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '') as PowerCut
}

describe.skipIf(noDisk)('a power cut', () => {
  it('PUB-RE-03: costs nothing that was acknowledged to eight writers', () => {
    const found = cut('safe')
    expect(found.acknowledged).toBeGreaterThan(50)
    expect(found.lost).toBe(0)
  })
  it('PUB-RE-03: costs a database that does not wait for its disk what it acknowledged: the cut is a cut', () => {
    const found = cut('fsync-off')
    expect(found.acknowledged).toBeGreaterThan(50)
    expect(found.lost).toBeGreaterThan(0)
  })
})
