import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { engagementPermissions, housePermissions } from '../access/matrix.ts'
import { engagementMoveNames } from '../engagements/moves.ts'
import { recordKinds } from '../engagements/records.ts'
import { describeEvent, eventKinds } from './describe-event.ts'

const server = fileURLToPath(new URL('../../server/', import.meta.url))
const sources = readdirSync(server, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.includes('node_modules'))
  .map((file) => readFileSync(server + file, 'utf8'))

/** `table.column` of every table: in a query it is spelled like an event. */
const columns = new Set(
  [...readFileSync(`${server}database/schema.ts`, 'utf8').matchAll(/^ {2}([a-z_]+): \{\n([\s\S]*?)^ {2}\}/gm)].flatMap(
    ([, table = '', body = '']) =>
      [...body.matchAll(/^ {4}([a-z_]+):/gm)].map(([, column = '']) => `${table}.${column}`),
  ),
)

/** Kinds named where an event is recorded, and every other text of the same shape in a family of kinds that is no permission. */
function emitted(): string[] {
  const found = new Set<string>()
  const families = new Set(eventKinds.map((kind) => kind.split('.')[0]))
  const permissions = new Set([...Object.keys(engagementPermissions), ...Object.keys(housePermissions)])
  for (const text of sources) {
    for (const [, kind = ''] of text.matchAll(/kind: '([a-z_]+\.[a-z_]+)'/g)) found.add(kind)
    // A key file is spelled like an event.
    for (const [, kind = ''] of text.matchAll(/'([a-z_]+\.[a-z_]+)'/g))
      if (families.has(kind.split('.')[0]) && !permissions.has(kind) && !columns.has(kind) && !kind.endsWith('.key'))
        found.add(kind)
  }
  return [...found].sort()
}

describe('an event in words', () => {
  const kinds = emitted()
  it('the search finds what the server records', () => {
    expect(kinds).toEqual(
      expect.arrayContaining(['finding.moved', 'lease.suspended', 'proof.checked', 'access.denied']),
    )
    expect(kinds.length).toBeGreaterThan(40)
    expect(columns.has('findings.severity')).toBe(true)
  })
  it.each(kinds)('%s has a sentence in both languages', (kind) => {
    const text = describeEvent(kind, { move: 'stop', from: 'testing', to: 'suspended', record: 'nda' })
    expect(text.zh).toMatch(/\p{Script=Han}/u)
    expect(text.en).toMatch(/^[A-Z]/)
  })
  it('has no sentence left over that nothing records', () => {
    const states = ['reward.approved', 'reward.refused', 'reward.paid']
    expect(eventKinds.filter((kind) => !kinds.includes(kind) && !states.includes(kind))).toEqual([])
  })
  it('names move and states of an engagement, and the record that was signed', () => {
    expect(describeEvent('engagement.moved', { move: 'stop', from: 'testing', to: 'suspended' })).toEqual({
      zh: '下达停止令（测试中 → 已暂停）',
      en: 'Stop order (Testing → Suspended)',
    })
    expect(describeEvent('finding.moved', { from: 'risk_accepted', to: 'closed' })).toEqual({
      zh: '漏洞：已接受风险 → 已关闭',
      en: 'Finding: Risk accepted → Closed',
    })
    expect(describeEvent('record.written', { record: 'nda', signature: 'x' }).en).toBe(
      'Signed: Confidentiality agreement',
    )
    expect(describeEvent('record.written', { record: 'test_plan', signature: null }).en).toMatch(/^Written: /)
    for (const move of engagementMoveNames)
      expect(describeEvent('engagement.moved', { move }).zh, move).toMatch(/\p{Script=Han}/u)
    for (const record of Object.keys(recordKinds))
      expect(describeEvent('record.written', { record }).zh).toMatch(/\p{Script=Han}/u)
  })
  it('hides nothing: an unknown kind, move or record shows as it stands', () => {
    for (const kind of ['later.kind', 'constructor', 'toString', '__proto__'])
      expect(describeEvent(kind, {})).toEqual({ zh: kind, en: kind })
    expect(describeEvent('engagement.moved', { move: 'constructor', from: 'a', to: 'b' }).en).toBe(
      'constructor (a → b)',
    )
    expect(describeEvent('finding.moved', { from: 'constructor', to: 'later' }).en).toBe('Finding: constructor → later')
    expect(describeEvent('record.written', { record: 'toString' }).en).toBe('Written: toString')
  })
})
