import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openHouse } from './house.ts'
import { type Outage, outage } from './outage.ts'

const harmless = { lost: [], doubled: [], odd: [] }
const fullDisk = fileURLToPath(new URL('fixtures/full-disk.ts', import.meta.url))
const faketime = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'
/** A disk of its own, seen by nobody else, needs root. */
const mayMount = process.getuid?.() === 0 && existsSync('/usr/bin/unshare')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zh-outage-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

it.skipIf(!mayMount)(
  'PUB-RE-04 and PUB-GW-08: a disk that is full for eight seconds stops traffic and writing with a plain refusal; nothing acknowledged is lost, and both go on by themselves',
  () => {
    const script = 'mount -t tmpfs -o size=1000m,mode=711 tmpfs "$1" && mkdir "$1/data" && exec "$2" "$3" "$1/data"'
    const run = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', folder, process.execPath, fullDisk], {
      encoding: 'utf8',
      timeout: 200_000,
    })
    const found = JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '') as Outage
    expect(found).toMatchObject(harmless)
    expect(found.acknowledged.answers).toBeGreaterThan(0)
  },
)

it.skipIf(!existsSync(faketime))(
  'a clock that jumps by an hour forwards and back costs nothing that was acknowledged, and recording goes on when it is right again',
  async () => {
    const file = join(folder, 'time')
    const set = (offset: string): void => {
      writeFileSync(`${file}.new`, `${offset}\n`)
      renameSync(`${file}.new`, file)
    }
    set('+0')
    const house = await openHouse({
      environment: {
        LD_PRELOAD: faketime,
        FAKETIME_TIMESTAMP_FILE: file,
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      },
    })
    try {
      for (const jump of ['+3600', '-3600'])
        expect(
          await outage(house, 4000, async () => {
            set(jump)
            return () => set('+0')
          }),
          jump,
        ).toMatchObject(harmless)
    } finally {
      await house.close()
    }
  },
)
