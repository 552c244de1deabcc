import { addsExactly, becomesExactly, wallsStandAlone } from '@zhongheng/testing/row-policies/exact.ts'
import type { Specification } from '@zhongheng/testing/row-policies/specifications.ts'
import { type RowWorld, openRowWorld } from '@zhongheng/testing/row-policies/world.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/* The specifications of the row policies that try each row, or each wall, by itself; the others stand in row-policies.test.ts. */
let world: RowWorld
beforeAll(async () => {
  world = await openRowWorld()
}, 120_000)
afterAll(() => world.close())

const holds = async (specification: Specification): Promise<void> =>
  expect(await specification(world, world.tables)).toEqual([])

describe('each side of an engagement, at home and abroad', () => {
  it('PUB-DB-04: adds the rows that the rules say, and no others', () => holds(addsExactly))
  it('PUB-DB-04: changes a row into what the rules say, and into nothing that is another’s', () =>
    holds(becomesExactly))
  it('PUB-DB-04: and were every other policy open, each wall would let through what it is for, and nothing else', () =>
    holds(wallsStandAlone))
})
