import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { signal } from '@zhongheng/tools/processes.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, openHouse, type Victim } from './house.ts'
import { type Outage, outage } from './outage.ts'

const lastsMs = 3000
const harmless = { lost: [], doubled: [], odd: [] }
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

/** Makes every fsync of a running program fail, until the returned function is called or the program has ended. */
async function diskErrors(of: number): Promise<() => Promise<void>> {
  const calls = 'fsync,fdatasync'
  const args = ['-f', '-qq', '-e', `trace=${calls}`, '-e', `inject=${calls}:error=EIO`, '-p', String(of)]
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
      const found = await outage(house, lastsMs, () => diskErrors(pid(victim)))
      expect(found).toMatchObject(harmless)
    },
  )
})
