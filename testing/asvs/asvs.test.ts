import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { asvsPage } from '@zhongheng/tools/docs/asvs-page.ts'
import { proofs } from './proofs.ts'
import { requirements } from './requirements.ts'
import { table } from './table.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the requirements of ASVS 5.0.0', () => {
  it('are 345: 70 of level 1, 183 of level 2, 92 of level 3', () => {
    expect(requirements).toHaveLength(345)
    expect([1, 2, 3].map((level) => requirements.filter((one) => one.level === level).length)).toEqual([70, 183, 92])
  })
  it('stand in the table once each, in their order, and nothing else does', () => {
    expect(table.map(({ id }) => id)).toEqual(requirements.map(({ id }) => id))
  })
})

describe('a row of the table', () => {
  it('says what it is about, and why wherever it is not wholly shown', () => {
    expect(table.filter(({ subject }) => subject.length < 4).map(({ id }) => id)).toEqual([])
    expect(table.filter((row) => row.status !== 'shown' && row.why.length < 8).map(({ id }) => id)).toEqual([])
  })
  it('that calls something shown, wholly or partly, cites a test, and none twice', () => {
    const wrong = table.filter(
      (row) => 'proofs' in row && (row.proofs.length === 0 || new Set(row.proofs).size !== row.proofs.length),
    )
    expect(wrong.map(({ id }) => id)).toEqual([])
  })
})

describe('a cited test', () => {
  it.each(Object.entries(proofs))('is there: %s', (_name, [file, fragment]) => {
    expect(file).toMatch(/\.test\.ts$/)
    // The name of a test stands in quotes, so that a comment does not count for one.
    const names = readFileSync(join(root, file), 'utf8').match(/(['"`])(?:\\.|(?!\1)[^\\\n])*\1/g) ?? []
    expect(
      names.some((name) => name.includes(fragment)),
      `${file}: ${fragment}`,
    ).toBe(true)
  })
  it('is cited by a row', () => {
    const cited = new Set<string>(table.flatMap((row) => ('proofs' in row ? row.proofs : [])))
    expect(Object.keys(proofs).filter((name) => !cited.has(name))).toEqual([])
  })
})

describe('docs/asvs.md', () => {
  it('is what the table says; if not: node tools/docs/asvs.ts', () => {
    const { path, text } = asvsPage()
    expect(readFileSync(join(root, path), 'utf8')).toBe(text)
  })
})
