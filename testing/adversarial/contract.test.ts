import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { bindingsIn, idsOf } from './bindings.ts'
import { cases } from './cases.ts'
import { boundTests, judge, told } from './results.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const contract = join(root, '../shared/security/adversarial-public.yaml')

describe('the map of the adversarial contract', () => {
  const bindings = bindingsIn(root)
  it('names each case once', () => {
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length)
  })
  it('has a test for each case that it does not call unbound', () => {
    expect(cases.filter(({ id, unbound }) => unbound === undefined && !bindings.has(id)).map(({ id }) => id)).toEqual(
      [],
    )
  })
  it('calls no case unbound that has a test: whoever binds a case takes that word out', () => {
    expect(cases.filter(({ id, unbound }) => unbound !== undefined && bindings.has(id)).map(({ id }) => id)).toEqual([])
  })
  it('knows every id that a test bears', () => {
    const known = new Set(cases.map(({ id }) => id))
    expect([...bindings.keys()].filter((id) => !known.has(id))).toEqual([])
  })
  it.skipIf(!existsSync(contract))('covers the contract, class by class (skipped where the contract is absent)', () => {
    const asked = (parse(readFileSync(contract, 'utf8')) as { cases: { id: string; class: string }[] }).cases
    expect(cases.map((one) => [one.id, one.class])).toEqual(asked.map((one) => [one.id, one.class]))
  })
})

describe('the ids of a test', () => {
  it('stand at the start of its name, one or more', () => {
    expect(idsOf('PUB-DB-01 PUB-DB-04: no row is shown')).toEqual(['PUB-DB-01', 'PUB-DB-04'])
    expect(idsOf('no row is shown (PUB-DB-01)')).toEqual([])
  })
})

describe('the judgement of a case', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'zh-cases-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const one = (status: string, title = `${'PUB'}-DB-01: a`, ancestorTitles: string[] = []) => ({
    status,
    title,
    ancestorTitles,
  })
  const judged = (results: object[], unbound?: string) => {
    const report = join(folder, 'report.json')
    writeFileSync(
      report,
      JSON.stringify({ testResults: [{ name: join(folder, 'a.test.ts'), assertionResults: results }] }),
    )
    const map = [
      { id: `${'PUB'}-DB-01`, class: 'row-policy', surface: 'x', ...(unbound === undefined ? {} : { unbound }) },
    ]
    return judge(map, boundTests(folder, [report]))
  }
  it('is passed when every test of it ran and passed, also under a group that bears the id', () => {
    const summary = judged([one('passed'), one('passed', 'b', [`${'PUB'}-DB-01`]), one('failed', 'of another')])
    expect(summary).toMatchObject({ total: 1, passed: 1, failed: 0, unbound: 0 })
    expect(summary.cases[0]?.tests.map(({ file }) => file)).toEqual(['a.test.ts', 'a.test.ts'])
  })
  it('is failed when one test failed, was skipped, or none ran', () => {
    expect(judged([one('passed'), one('failed')])).toMatchObject({ passed: 0, failed: 1 })
    const skipped = judged([one('passed'), one('skipped')])
    expect(skipped.cases[0]).toMatchObject({ status: 'failed', reason: 'not run: 1 of 2 tests' })
    expect(told(skipped)).toContain('DB-01: not run')
    expect(judged([]).cases[0]).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('not run') as string,
    })
  })
  it('is unbound, with the part, where nothing is built yet', () => {
    expect(judged([], 'mail')).toMatchObject({ unbound: 1, failed: 0, cases: [{ status: 'unbound', unbound: 'mail' }] })
  })
  it('finds the tests by their names in the sources', () => {
    mkdirSync(join(folder, 'room'))
    writeFileSync(
      join(folder, 'room/a.test.ts'),
      `it('${'PUB'}-DB-01, ${'PUB'}-DB-02: x', () => {})\n// see ${'PUB'}-DB-03`,
    )
    expect([...bindingsIn(folder)]).toEqual([
      [`${'PUB'}-DB-01`, ['room/a.test.ts']],
      [`${'PUB'}-DB-02`, ['room/a.test.ts']],
    ])
  })
})
