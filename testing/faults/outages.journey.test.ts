import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { signal } from '@zhongheng/tools/processes.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commentsOf, ledgerFaults } from './compare.ts'
import { type House, openHouse, type Victim } from './house.ts'
import { notNow, post, until } from './load.ts'
import { type Outage, outage } from './outage.ts'

const lastsMs = 3000
const harmless = { lost: [], doubled: [], odd: [] }
/** An answer of any kind comes before this (milliseconds), says the case. */
const hangs = 10_000
const strace = existsSync('/usr/bin/strace')

let house: House
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.close())

const pid = (victim: Victim): number => {
  const found = house.pidOf(victim)
  if (found === undefined) throw new Error(`${victim} does not run`)
  return found
}

/** A process and those that it made itself. */
const withChildren = (of: number): number[] => [
  of,
  ...readFileSync(`/proc/${of}/task/${of}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
]

const syncs = 'fsync,fdatasync'
/** Every way in which the recorder changes its folder. */
const writes = 'pwritev,pwritev2,pwrite64,ftruncate,mkdir,rename,renameat,renameat2'

/** Makes some calls of running programs fail, until the returned function is called or they have ended. */
async function diskErrors(of: readonly number[], calls: string, error: string): Promise<() => Promise<void>> {
  const pids = of.flatMap((one) => ['-p', String(one)])
  const args = ['-f', '-qq', '-e', `trace=${calls}`, '-e', `inject=${calls}:error=${error}`, ...pids]
  const tracer = spawn('strace', args, { stdio: 'ignore' })
  const gone = once(tracer, 'exit')
  return async () => {
    tracer.kill('SIGTERM')
    await gone
  }
}

describe('while people write and test', () => {
  it('a database that is shut down is started again, and what was acknowledged stays', async () => {
    const found: Outage = await outage(house, 0, async () => {
      signal(pid('database'), 'SIGINT')
      return () => undefined
    })
    expect(found).toMatchObject(harmless)
  })
  it.each(['server', 'gateway', 'recorder'] as const)(
    'a %s that is held for three seconds goes on, and nobody is answered wrongly',
    async (victim) => {
      const found = await outage(house, lastsMs, async () => {
        const held = pid(victim)
        signal(held, 'SIGSTOP')
        return () => void signal(held, 'SIGCONT')
      })
      expect(found).toMatchObject(harmless)
    },
  )
  it.skipIf(!strace).each(['server', 'recorder'] as const)(
    'PUB-RE-06: a disk that fails every fsync of the %s costs nothing that was acknowledged',
    async (victim) => {
      const found = await outage(house, lastsMs, () => diskErrors([pid(victim)], syncs, 'EIO'))
      expect(found).toMatchObject(harmless)
    },
  )
  it.skipIf(!strace)(
    'PUB-RE-06: a disk that fails every fsync of the database costs nothing that was acknowledged: it recovers from its log',
    async () => {
      const found = await outage(house, lastsMs, () => diskErrors(withChildren(pid('database')), syncs, 'EIO'))
      expect(found).toMatchObject(harmless)
      expect(found.acknowledged.comments).toBeGreaterThan(0)
    },
  )
  it.skipIf(!strace)(
    'PUB-GW-08: a recorder whose disk is read-only for three seconds lets nothing pass meanwhile, and goes on by itself',
    async () => {
      const found = await outage(house, lastsMs, () => diskErrors([pid('recorder')], writes, 'EROFS'))
      expect(found).toMatchObject(harmless)
      expect(found.meanwhile).toEqual({ comments: true, answers: false })
    },
  )
  it('PUB-RE-08: a database that is restarted amid 500 requests makes none of them hang, doubles nothing and loses nothing', async () => {
    const server = pid('server')
    const run = randomBytes(4).toString('hex')
    const before = await commentsOf(house)
    const { tester, organizer, organizer2 } = house.company
    const people = [tester, organizer, organizer2] as const
    const told = new Map<string, string>()
    const odd: string[] = []
    const write = async (n: number): Promise<void> => {
      const mark = `${run}-${n}`
      for (;;) {
        const answer = await Promise.race([
          post(house, people[n % 3] ?? tester, mark),
          wait(hangs, null, { ref: false }),
        ])
        if (answer?.status === 201) return void told.set(mark, answer.id)
        if (answer === null || !notNow(answer.status))
          odd.push(`${mark}: ${answer?.status ?? 'hung'} ${answer?.text ?? ''}`)
        if (odd.length > 20) return
        await wait(100 + (n % 10) * 20)
      }
    }
    const all = Promise.all(Array.from({ length: 500 }, (_, n) => write(n)))
    await until(() => told.size > 20, 'nothing is written')
    signal(pid('database'), 'SIGINT')
    await all
    expect(odd).toEqual([])
    const kept = [...(await commentsOf(house))].filter((id) => !before.has(id))
    expect(kept.toSorted()).toEqual([...told.values()].toSorted())
    expect(new Set(kept).size).toBe(500)
    expect(house.pidOf('server')).toBe(server)
    expect(await ledgerFaults(house)).toEqual([])
  })
})
