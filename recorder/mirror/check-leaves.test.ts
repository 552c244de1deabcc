import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExchangeLeaf } from '@zhongheng/contracts/records/capture.ts'
import { beforeEach, describe, expect, it } from 'vitest'
import { bytesOf, freshFolder, headOf, openDesk, record, rowsOf, shop } from '../fixtures/recording.ts'
import { leafOf } from '../segments/merkle.ts'
import { faultOfLeaves, leadToRoot, trafficByLease } from './check-leaves.ts'
import { type Copy, readCopy } from './read-copy.ts'

/* Chen and Wu test at the same time, each with a lease. The auditor holds a sealed copy, and the leaves that a server showed. */
const [chen, wu] = ['lea_chen', 'lea_wu']
let copy: Copy
let leaves: ExchangeLeaf[]
beforeEach(async () => {
  const desk = await openDesk()
  for (const leaseId of [chen, chen, wu, chen])
    await record(desk.gateway, { ...headOf(), leaseId }, 'GET / HTTP/1.1\r\n\r\n', 'HTTP/1.1 204 No Content\r\n\r\n')
  leaves = (await rowsOf(desk.server, 4)).map(leafOf)
  const [seal] = await desk.server.seal(shop)
  const path = join(freshFolder(), `${seal?.segmentId}.zhs`)
  writeFileSync(path, await bytesOf(desk.server.segmentFile(shop, seal?.segmentId ?? '')))
  await desk.stop()
  const read = await readCopy(path)
  if ('fault' in read) throw new Error(read.fault)
  copy = read
}, 30_000)

const changed = (at: number, by: Partial<ExchangeLeaf>): ExchangeLeaf[] =>
  leaves.map((leaf, place) => (place === at ? { ...leaf, ...by } : leaf))

describe('which exchange is of which lease', () => {
  it('is proved by leaves that lead to the root of the sealed copy', () => {
    expect(leadToRoot(leaves, copy.end.root)).toBe(true)
    expect(faultOfLeaves(shop, copy.end, leaves)).toBeUndefined()
    expect(trafficByLease(leaves)).toMatchObject([
      {
        leaseId: chen,
        exchanges: 3,
        firstSequence: 1,
        lastSequence: 4,
        runs: [
          [1, 2],
          [4, 1],
        ],
      },
      { leaseId: wu, exchanges: 1, firstSequence: 3, lastSequence: 3, runs: [[3, 1]] },
    ])
  })

  it.each<[string, () => ExchangeLeaf[]]>([
    ['an exchange given to another lease', () => changed(0, { leaseId: wu })],
    ['another exchange', () => changed(1, { exchangeId: 'xch_other' })],
    ['another status', () => changed(2, { status: 500 })],
    ['one left out', () => leaves.slice(1)],
    ['one twice', () => [...leaves, ...leaves.slice(3)]],
    ['another order', () => leaves.toReversed()],
    ['another engagement', () => leaves.map((leaf) => ({ ...leaf, engagementId: 'eng_other' }))],
  ])('is not proved with %s', (_, make) => {
    expect(faultOfLeaves(shop, copy.end, make())).toBeDefined()
  })

  it('is not proved by leaves whose root somebody wrote to fit, when the copy’s sequences or ids are others', () => {
    const end = { ...copy.end, runs: [[5, 4]] as const }
    expect(faultOfLeaves(shop, end, leaves)).toContain('sequence')
    const prints = Buffer.from(copy.end.prints, 'base64')
    prints[7] = (prints[7] ?? 0) ^ 1
    expect(faultOfLeaves(shop, { ...copy.end, prints: prints.toString('base64') }, leaves)).toContain(
      'another exchange',
    )
  })
})
