import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { signInAll } from '@zhongheng/tools/demo/cast.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ask } from './ask.ts'
import { ledgerFaults } from './compare.ts'
import type { FullVolumes } from './fixtures/full-volumes.ts'
import { openHouse, victims } from './house.ts'
import { type Outage, outage } from './outage.ts'

const harmless = { lost: [], doubled: [], odd: [] }
const fullDisk = fileURLToPath(new URL('fixtures/full-disk.ts', import.meta.url))
const fullVolumes = fileURLToPath(new URL('fixtures/full-volumes.ts', import.meta.url))
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

it.skipIf(!mayMount)(
  'PUB-RE-05: a full disk of the recordings stops traffic alone, one of the ledger, the attachments, the logs or the temporary files neither traffic nor writing; nothing is lost and no half file is left',
  () => {
    const script = `
      for disk in "$1/data/recorder 400m" "$1/data/ledger 48m" "$1/data/attachments 16m" "$1/data/logs 16m" "$1/tmp 48m"; do
        set -- "$1" "$2" "$3" $disk && mkdir -p "$4" && mount -t tmpfs -o size=$5,mode=1777 tmpfs "$4" || exit 1
      done
      chmod 711 "$1" "$1/data" && exec "$2" "$3" "$1/data" "$1/tmp"`
    const run = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', folder, process.execPath, fullVolumes], {
      encoding: 'utf8',
      timeout: 200_000,
    })
    const found = JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '') as FullVolumes
    const goesOn = { comments: true, answers: true }
    expect(found).toMatchObject({
      recordings: { ...harmless, meanwhile: { comments: true, answers: false }, faults: ['gateway', 'recorder'] },
      ledger: { ...harmless, meanwhile: goesOn },
      attachments: { ...harmless, meanwhile: goesOn, faults: [] },
      logs: { ...harmless, meanwhile: goesOn, faults: [] },
      temporary: { ...harmless, meanwhile: goesOn, faults: [] },
    })
    expect(found.sent).toEqual({ full: '503 READY-2', after: 200 })
    expect(found.left).toEqual([])
  },
)

it.skipIf(!existsSync(faketime))(
  'PUB-RE-07: a clock that jumps costs nothing acknowledged; a day ahead and in January 2038 the gateway accepts no lease of today, no program ends, and the ledger keeps its order',
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

      const pids = victims.map((victim) => house.pidOf(victim))
      const { tester, organizer } = house.company
      // The last seconds that 32 bits can count, and those after.
      const until2038 = Math.floor((Date.UTC(2038, 0, 19, 3, 14, 4) - Date.now()) / 1000)
      for (const seconds of [86_400, until2038]) {
        set(`+${seconds}`)
        const wrong: string[] = []
        for (let n = 0; n < 12; n++) {
          const { status } = await ask(house.lease, `${house.page}?clock=${seconds}-${n}`)
          if (status < 400 && status !== 0) wrong.push(`gateway ${status}`)
          for (const person of [tester, organizer]) {
            const answer = await person.send('GET /api/engagements', { query: {} })
            if (answer.status >= 500 && answer.status !== 503) wrong.push(`${person.name} ${answer.status}`)
          }
          await wait(500)
        }
        expect(wrong, `+${seconds}`).toEqual([])
      }
      set('+0')
      expect(victims.map((victim) => house.pidOf(victim))).toEqual(pids)
      const again = await signInAll(house.demo.stage.base, house.demo.stage.dataFolder)
      await again.tester.call('GET /api/engagements', { query: {} })
      expect(await ledgerFaults(house)).toEqual([])

      // A server that begins again with the right clock is believed by a gateway that has seen a later one.
      process.kill(house.pidOf('server') ?? 0, 'SIGKILL')
      const gatewayIs = async (): Promise<string | undefined> =>
        again.organizer
          .call('GET /api/installation', {})
          .then(({ parts }) => parts.find(({ part }) => part === 'gateway')?.level)
          .catch(() => undefined)
      await expect.poll(gatewayIs, { timeout: 60_000, interval: 500 }).toBe('ok')
    } finally {
      await house.close()
    }
  },
)
