import { describe, expect, it } from 'vitest'
import { assignedNode, leastLoaded, nodesEver, servingNode, type Stay } from './nodes.ts'

const now = new Date('2026-11-21T12:00:00Z')
const stay = (node: number, begins: string): Stay => ({ node, from: 0, begins })

describe('where an engagement is served', () => {
  it('is node 0 where nothing was ever noted', () => {
    expect([assignedNode([]), servingNode([], now), nodesEver([])]).toEqual([0, 0, [0]])
  })

  it('is nowhere from its move until the node before cannot serve it any more', () => {
    const stays = [stay(0, '2026-11-20T00:00:00Z'), stay(1, '2026-11-21T12:01:30Z')]
    expect(assignedNode(stays)).toBe(1)
    expect(servingNode(stays, now)).toBeNull()
    expect(servingNode(stays, new Date('2026-11-21T12:01:30Z'))).toBe(1)
    expect(servingNode([stay(0, 'not a time')], now)).toBeNull()
  })

  it('is remembered for every node that may have recorded something', () => {
    expect(nodesEver([stay(1, ''), stay(2, ''), stay(1, '')])).toEqual([1, 2])
  })

  it('is the node with the fewest engagements, of several the first', () => {
    expect(
      leastLoaded(
        [0, 1, 2],
        new Map([
          [0, 3],
          [1, 1],
          [2, 1],
        ]),
      ),
    ).toBe(1)
    expect(leastLoaded([0, 1], new Map())).toBe(0)
  })
})
