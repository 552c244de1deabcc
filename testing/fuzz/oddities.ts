import type { Random } from './random.ts'

/** Text that readers, stores and programs behind them trip over; made by rules, so that new ones are a line. */
export const oddTexts: readonly ((random: Random) => string)[] = [
  () => '',
  () => ' ',
  () => '\u0000',
  () => '\ud800',
  () => 'a\udfffb',
  () => '\u202eexe.gpj',
  () => '\u200b\u200d\ufeff',
  () => '\u2028\u2029\u0085',
  () => '＝１＋１',
  () => `e${'\u0301'.repeat(400)}`,
  () => '👩‍👩‍👧‍👦'.repeat(30),
  () => 'ﷺ'.repeat(120),
  (random) => String.fromCodePoint(0x10000 + random.below(0xfffff)),
  (random) => String.fromCharCode(...Array.from({ length: 1 + random.below(20) }, () => random.below(0x10000))),
  (random) => 'A'.repeat(random.one([65, 255, 256, 4097, 50_001, 200_000])),
  () => `' OR '1'='1`,
  () => `1;SELECT pg_sleep(5)--`,
  () => `$$ $1 \\ % _ \\'`,
  () => '{{7*7}}${7*7}<%= 7*7 %>#{7*7}',
  () => '<img src=x onerror=canary()>',
  () => '[a](javascript:canary())',
  () => '../../../../etc/passwd',
  () => '\r\nSet-Cookie: zh_login=x',
  () => '__proto__',
  () => 'constructor',
  () => 'toString',
  () => '1e309',
  () => '-0',
  () => 'NaN',
  () => '9'.repeat(40),
  () => '99999999999999999999~eng_x',
  () => `8640000000000001~eng_${'0'.repeat(26)}`,
  () => '2026-02-30T25:61:61Z',
  () => '+275760-09-13T00:00:00.001Z',
  () => '0000-01-01T00:00:00Z',
  () => '9999-12-31T23:59:59+23:59',
  () => '(a+)+$',
  () => 'CVSS:3.1/AV:N/AV:N',
  () => 'http://[::ffff:127.0.0.1]:0/%2e%2e',
]

/** Values of every other type, and numbers at the edges of what machines count. */
export const oddValues: readonly ((random: Random) => unknown)[] = [
  () => null,
  () => true,
  () => false,
  () => 0,
  () => -1,
  () => -0,
  () => 0.5,
  () => 2 ** 31,
  () => 2 ** 53 + 2,
  () => -(2 ** 63),
  () => 1e308,
  () => [],
  () => [[]],
  () => {},
  () => ({}),
  () => ({ $ne: null }),
  () => ({ toString: 1 }),
  () => ({ length: 1e9 }),
  (random) => nested(random.one([5, 19, 20, 21, 200])),
  (random) => Array.from({ length: random.one([6, 51, 300]) }, () => random.below(9)),
  (random) => random.one(oddTexts)(random),
]

function nested(levels: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = { a: value }
  return value
}

const hugeBody = `{"title":"${'名'.repeat(1_700_000)}"}`

/** Bodies that are no valid request whatever the route. */
export const oddBodies: readonly (() => string)[] = [
  () => '',
  () => 'null',
  () => '[]',
  () => '"text"',
  () => '{',
  () => '{"a":1}{"a":2}',
  () => '{"version":1,"version":2}',
  () => '{"version":1e400}',
  () => '{"a":NaN}',
  () => '\ufeff{}',
  () => '['.repeat(100_000),
  () => `${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}`,
  () => `{${Array.from({ length: 20_000 }, (_one, at) => `"k${at}":1`).join()}}`,
  () => '{"__proto__":{"role":"organizer"}}',
  () => '{"constructor":{"prototype":{"polluted":1}}}',
  () => '{"title":"\\ud800"}',
  () => '{"title":"\\u0000"}',
  () => hugeBody,
]
