import { describe, expect, it } from 'vitest'
import { isNoLooser, noRules, responseTo, targetLimits, type TestRules } from './test-rules.ts'

const rules = (change: Partial<TestRules>): TestRules => ({ ...noRules, ...change })
const night = [{ from: '22:00', to: '06:00' }]

describe('rules that allow nothing new', () => {
  it.each<[string, Partial<TestRules>, Partial<TestRules>, boolean]>([
    ['a first limit', {}, { engagement: { requestsPerSecond: 10 } }, true],
    ['a limit taken away', { engagement: { requestsPerSecond: 10 } }, {}, false],
    ['a higher limit', { lease: { concurrency: 2 } }, { lease: { concurrency: 3 } }, false],
    ['longer quiet hours', { quietHours: night }, { quietHours: [{ from: '21:00', to: '07:00' }] }, true],
    [
      'the same hours in two pieces',
      { quietHours: night },
      {
        quietHours: [
          { from: '22:00', to: '00:00' },
          { from: '00:00', to: '06:00' },
        ],
      },
      true,
    ],
    ['hours that begin a minute later', { quietHours: night }, { quietHours: [{ from: '22:01', to: '06:00' }] }, false],
    ['the same hours in another zone', { quietHours: night }, { quietHours: night, zone: 'UTC' }, false],
    ['one more forbidden method', { forbiddenMethods: ['PUT'] }, { forbiddenMethods: ['DELETE', 'PUT'] }, true],
    ['a method allowed again', { forbiddenMethods: ['PUT'] }, { forbiddenMethods: [] }, false],
    ['a harder answer to a flood', { responses: { flood: 'slow' } }, { responses: { flood: 'stop' } }, true],
    ['only an alarm where there was a stop', { responses: { flood: 'stop' } }, {}, false],
    ['a payload allowed again', { forbiddenPayloads: ['web_shell'] }, {}, false],
    [
      'a line for one target that is above the general one',
      { target: { requestsPerSecond: 5 } },
      {
        target: { requestsPerSecond: 5 },
        targets: [{ host: 'a.example', limits: { requestsPerSecond: 50 } }],
      },
      false,
    ],
    [
      'a line for one target taken away, with a general one as low',
      { targets: [{ host: 'a.example', limits: { requestsPerSecond: 5 } }] },
      { target: { requestsPerSecond: 5 } },
      true,
    ],
  ])('%s', (_name, before, after, expected) => {
    expect(isNoLooser(rules(after), rules(before))).toBe(expected)
  })
})

it('a target’s own line stands field by field before the general one', () => {
  const given = rules({
    target: { requestsPerSecond: 5, concurrency: 2 },
    targets: [{ host: 'a.example', limits: { concurrency: 1 } }],
  })
  expect(targetLimits(given, 'a.example')).toEqual({ requestsPerSecond: 5, concurrency: 1 })
  expect(targetLimits(given, 'b.example')).toEqual({ requestsPerSecond: 5, concurrency: 2 })
})

it('a signal that no rule speaks of raises an alarm', () => {
  expect(responseTo(noRules, 'flood')).toBe('alarm')
})
