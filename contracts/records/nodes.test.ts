import { describe, expect, it } from 'vitest'
import { baseOf, nodeOfSequence, readNode, readNodes } from './nodes.ts'

describe('the number of a node', () => {
  it('is told by every sequence that its recorder gives out, up to the last of 256', () => {
    expect([1, baseOf(1) - 1, baseOf(1) + 1, baseOf(2) - 1, baseOf(255) + 1].map(nodeOfSequence)).toEqual([
      0, 0, 1, 1, 255,
    ])
    expect(nodeOfSequence(String(baseOf(7) + 5))).toBe(7)
    expect(Number.isSafeInteger(baseOf(256))).toBe(true)
    expect(baseOf(256)).toBe(2 ** 48)
  })

  it('is 0 where nothing is set, and refused beyond 255', () => {
    expect(readNode({})).toBe(0)
    expect(readNode({ ZH_NODE: '255' })).toBe(255)
    for (const wrong of ['256', '-1', '1.5', 'one', '0x1'])
      expect(() => readNode({ ZH_NODE: wrong })).toThrow(/ZH_NODE must be a whole number from 0 to 255/)
  })
})

describe('ZH_NODES', () => {
  it('names further nodes with address and folder', () => {
    expect(readNodes({})).toEqual([])
    expect(readNodes({ ZH_NODES: '1@gw1.example.com:7081=/srv/one, 2@[2001:db8::2]:7082=/srv/two/' })).toEqual([
      { number: 1, host: 'gw1.example.com', port: 7081, dataFolder: '/srv/one', runFolder: '/srv/one/run' },
      { number: 2, host: '[2001:db8::2]', port: 7082, dataFolder: '/srv/two', runFolder: '/srv/two/run' },
    ])
  })

  it.each([
    '0@gw.example.com:7081=/srv/one',
    '256@gw.example.com:7081=/srv/one',
    '1@gw.example.com=/srv/one',
    '1@gw.example.com:0=/srv/one',
    '1@gw.example.com:7081=srv/one',
    '1@a b:7081=/srv/one',
    '1@gw:7081=/srv/one,1@gw:7082=/srv/two',
    '1@gw:7081=/srv/one,2@gw:7082=/srv/one',
  ])('refuses %s by the variable’s name', (text) => {
    expect(() => readNodes({ ZH_NODES: text })).toThrow(/^ZH_NODES/)
  })
})
