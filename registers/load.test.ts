import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { confidences, loadStandards, readStandard } from './load.ts'

const standards = await loadStandards()
const rows = standards.flatMap((standard) => standard.rows)

describe('the register of duties', () => {
  it('holds the six documents with all their rows', () => {
    expect(Object.fromEntries(standards.map((one) => [one.file, one.rows.length]))).toEqual({
      gbt43741: 152,
      ydt3744: 55,
      rmsv: 64,
      gbt32914: 133,
      gbt39276: 52,
      'standards-2023': 30,
    })
  })
  it('gives every row an id of its own', () => {
    const seen = new Set<string>()
    const twice = rows.map((row) => row.id).filter((id) => seen.size === seen.add(id).size)
    expect(twice).toEqual([])
  })
  it('says of every row how well its source is known', () => {
    expect(rows.filter((row) => !confidences.includes(row.sourceConfidence))).toEqual([])
  })
  it('keeps a row as it was written', () => {
    expect(rows.find((row) => row.id === 'GBT43741-4.1-05')).toMatchObject({
      clause: '4.1 (demand side)',
      kind: 'workflow',
      sourceConfidence: 'inferred',
      acceptance: expect.stringContaining('passed retest or a signed risk acceptance') as unknown,
    })
  })
})

describe('a damaged register', () => {
  const good = { id: 'X-1', clause: '1', title_zh: '题', duty_en: 'duty', kind: 'check', feature: 'f', acceptance: 'a' }
  const written = (row: object): string =>
    JSON.stringify({ meta: { document: 'X', title_zh: '题' }, requirements: [row] })
  it('is read when it is whole, draft texts counting as secondary', () => {
    expect(readStandard('x', written(good)).rows[0]).toMatchObject({ id: 'X-1', sourceConfidence: 'secondary' })
  })
  it.each([
    ['a row without a duty', written({ ...good, duty_en: '' }), /x: X-1: duty_en/],
    ['an unknown confidence', written({ ...good, source_confidence: 'rumour' }), /X-1: source_confidence/],
    ['a row that is no map', written(['a']), /row 1: not a map/],
    ['no rows', JSON.stringify({ meta: { document: 'X' }, rows: [] }), /no rows/],
  ])('is refused for %s, naming the place', (_what, text, message) => {
    expect(() => readStandard('x', text)).toThrow(message)
  })
})

describe('row ids cited in the sources', () => {
  const root = new URL('../', import.meta.url)
  const skipped = /(^|\/)(node_modules|dist|out|\.[^/]+)(\/|$)/
  const rooms = readdirSync(root, { withFileTypes: true }).filter((one) => one.isDirectory() && !skipped.test(one.name))
  const sources = rooms.flatMap((room) =>
    readdirSync(new URL(`${room.name}/`, root), { recursive: true, encoding: 'utf8' })
      .map((name) => `${room.name}/${name}`)
      .filter((name) => /\.tsx?$/.test(name) && !skipped.test(name)),
  )
  const ids = new Set(rows.map((row) => row.id))
  // `GBT43741-5.2` without a serial cites the clause as a whole.
  const clauses = new Set(rows.map((row) => row.id.replace(/-[^-]+$/, '')))

  it('all stand in the register', () => {
    expect(sources.length).toBeGreaterThan(50)
    const unknown = sources.flatMap((name) =>
      [
        ...readFileSync(new URL(name, root), 'utf8').matchAll(
          /\b(?:GBT\d{5}|YDT\d{4}|RMSV|STD2023)-[A-Za-z0-9.-]*[A-Za-z0-9]/g,
        ),
      ]
        .map(([id]) => id)
        .filter((id) => !ids.has(id) && !clauses.has(id))
        .map((id) => `${name}: ${id}`),
    )
    expect(unknown).toEqual([])
  })
})
