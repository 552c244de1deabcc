import { describe, expect, it } from 'vitest'
import { everySoOften, keepTaking } from './rounds.ts'

const none = (error: unknown): void => {
  throw error
}
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('work in pages', () => {
  it('goes on while there is more, rests where there is none, and is woken', async () => {
    const waiting = [true, true, false, true, false]
    let turns = 0
    const all = Promise.withResolvers<void>()
    const work = keepTaking(
      async () => {
        turns++
        const more = waiting.shift() ?? false
        if (waiting.length === 0) all.resolve()
        return more
      },
      60_000,
      none,
    )
    while (turns < 3) await soon()
    await soon()
    expect(turns).toBe(3)
    work.wake()
    await all.promise
    expect(turns).toBe(5)
    await work.stop()
  })

  it('tells of a fault and goes on after a while; stopping ends the wait', async () => {
    const faults: unknown[] = []
    const work = keepTaking(
      async () => Promise.reject(new Error('no disk')),
      60_000,
      (fault) => faults.push(fault),
    )
    while (faults.length === 0) await soon()
    await work.stop()
    expect(faults).toEqual([new Error('no disk')])
  })

  it('ends after the page that is under way', async () => {
    const page = Promise.withResolvers<boolean>()
    const work = keepTaking(() => page.promise, 60_000, none)
    let ended = false
    const stopping = work.stop().then(() => {
      ended = true
    })
    await soon()
    expect(ended).toBe(false)
    page.resolve(true)
    await stopping
  })
})

describe('a task every so often', () => {
  it('is never done twice at once; what is asked for meanwhile is done after it', async () => {
    let [running, most, done] = [0, 0, 0]
    let release = Promise.withResolvers<void>()
    const task = everySoOften(
      async () => {
        most = Math.max(most, ++running)
        await release.promise
        running--
        done++
      },
      60_000,
      none,
    )
    task.now()
    task.now()
    const first = release
    release = Promise.withResolvers()
    first.resolve()
    while (done < 1 || running < 1) await soon()
    release.resolve()
    while (done < 2) await soon()
    await soon()
    expect([most, done]).toEqual([1, 2])
    await task.stop()
  })

  it('that was stopped is not begun again', async () => {
    let begun = 0
    const task = everySoOften(async () => void begun++, 1, none)
    await task.stop()
    const before = begun
    task.now()
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(begun).toBe(before)
  })
})
