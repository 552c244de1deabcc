import { copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SegmentSeal } from '@zhongheng/contracts/records/capture.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bytesOf, freshFolder, headOf, openDesk, record, shop } from '../fixtures/recording.ts'
import { checkCopies } from './check-copies.ts'
import { readCopy } from './read-copy.ts'

/* The auditor Xinheng keeps copies of what the organizer's recorder sealed, and has no key to them. */
let folder: string
let seals: SegmentSeal[]
let kept: string[]
beforeEach(async () => {
  const desk = await openDesk()
  folder = freshFolder()
  seals = []
  for (let segment = 0; segment < 4; segment++) {
    for (let n = 0; n <= segment; n++)
      await record(desk.gateway, headOf(), `GET /${segment}/${n} HTTP/1.1\r\n\r\n`, 'HTTP/1.1 204 No Content\r\n\r\n')
    const [seal] = await desk.server.seal(shop)
    if (seal) seals.push(seal)
  }
  for (const seal of seals)
    writeFileSync(at(seal.segmentId), await bytesOf(desk.server.segmentFile(shop, seal.segmentId)))
  kept = seals.map((seal) => seal.segmentId)
  await expect(desk.server.segmentFile(shop, 'seg_nothing')).rejects.toMatchObject({ code: 'not_found' })
  await desk.stop()
}, 30_000)
afterEach(() => {
  seals = []
})

const at = (segmentId: string): string => join(folder, `${segmentId}.zhs`)
const id = (place: number): string => kept[place] ?? ''
const gaps = async (names = kept) => {
  const copies = []
  for (const segmentId of names) copies.push({ segmentId, copy: await readCopy(at(segmentId)) })
  return checkCopies(shop, copies, seals)
}

describe('copies of sealed segments', { timeout: 30_000 }, () => {
  it('are read and counted without the key', async () => {
    expect(seals).toHaveLength(4)
    expect(await gaps()).toEqual([])
    expect(await readCopy(at(id(2)))).toMatchObject({ head: { number: 3, engagementId: shop }, end: { exchanges: 3 } })
    expect(await gaps(kept.toReversed())).toEqual([])
  })
  it.each([0, 1, 2])(
    'tell by number that segment %d of four is missing, also when its seal is hidden too',
    async (place) => {
      const without = kept.filter((_, at) => at !== place)
      expect(await gaps(without)).toEqual(
        expect.arrayContaining([
          { number: null, segmentId: id(place), what: 'sealed, and no copy is here' },
          { number: place + 1, segmentId: null, what: 'segment missing' },
        ]),
      )
      seals.splice(place, 1)
      expect(await gaps(without)).toEqual([{ number: place + 1, segmentId: null, what: 'segment missing' }])
    },
  )
  it('tell that the last one is missing by its seal', async () => {
    expect(await gaps(kept.slice(0, 3))).toEqual([
      { number: null, segmentId: id(3), what: 'sealed, and no copy is here' },
    ])
  })
  it('are named when they were changed anywhere, cut, or are another’s', async () => {
    const whole = readFileSync(at(id(1)))
    for (let place = 0; place < whole.length; place += 53) {
      const bent = Buffer.from(whole)
      bent[place] = (bent[place] ?? 0) ^ 1
      writeFileSync(at(id(1)), bent)
      const found = await gaps()
      expect(
        found.some((gap) => gap.segmentId === id(1)),
        `byte ${place}`,
      ).toBe(true)
    }
    writeFileSync(at(id(1)), whole)
    expect(await gaps()).toEqual([])
    truncateSync(at(id(1)), whole.length - 1)
    expect((await gaps()).map((gap) => gap.segmentId)).toContain(id(1))
    copyFileSync(at(id(0)), at(id(1)))
    expect(await gaps()).toEqual(
      expect.arrayContaining([{ number: 1, segmentId: id(1), what: 'the copy is of another segment' }]),
    )
    writeFileSync(at(id(1)), '')
    expect((await gaps()).map((gap) => gap.segmentId)).toContain(id(1))
    rmSync(at(id(1)))
    expect((await gaps())[0]?.what).toContain('the copy is damaged')
  })
  it('tell when a seal says something else than the file', async () => {
    for (const change of [
      { exchanges: 9 },
      { root: 'a'.repeat(64) },
      { sha256: 'a'.repeat(64) },
      { lastSequence: 99 },
    ]) {
      const [first, ...rest] = seals
      seals = [{ ...(first as SegmentSeal), ...change }, ...rest]
      expect(await gaps()).toEqual([{ number: 1, segmentId: id(0), what: 'the copy is not as its seal says' }])
      seals = [first as SegmentSeal, ...rest]
    }
  })
})
