import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(join(root, 'docs/threat-model.md'), 'utf8')
const cellsOf = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
/** Rows of the tables of walls: threat, wall, shown by, left. */
const threats = page
  .split('\n### ')
  .slice(1)
  .flatMap(
    (section) =>
      section
        .split('\n## ')[0]
        ?.split('\n')
        .filter((line) => line.startsWith('| ')) ?? [],
  )
  .map(cellsOf)
  .filter(([threat]) => threat !== 'threat' && threat !== '---')

describe('the threat model', () => {
  it('has a wall at each crossing of its picture', () => {
    const drawn = [...page.matchAll(/──(?<number>\d+)──/g)].map(({ groups }) => Number(groups?.number))
    const told = [...page.matchAll(/^### (?<first>\d+)(?: and (?<second>\d+))? /gm)].flatMap(({ groups }) =>
      [groups?.first, groups?.second].filter((one) => one !== undefined).map(Number),
    )
    expect(told).toEqual([...drawn].sort((a, b) => a - b))
  })

  it.each(threats)('%s: names tests that exist, or says that none shows it', (...cells) => {
    const [, wall, shown = '', left] = cells
    expect(cells).toHaveLength(4)
    expect(wall).not.toBe('')
    expect(left).not.toBe('')
    const files = [...shown.matchAll(/`(?<path>[^`]+)`/g)].map(({ groups }) => groups?.path ?? '')
    expect(files.length).toBeGreaterThan(0)
    for (const file of files.filter((one) => one !== 'not shown')) {
      expect(file).toMatch(/\.test\.ts$/)
      expect(existsSync(join(root, file)), file).toBe(true)
    }
  })

  it('leaves out nobody of those it lists', () => {
    const actors = [...page.matchAll(/^\| (?<actor>P\d+) /gm)].map(({ groups }) => groups?.actor ?? '')
    const met = new Set(threats.flatMap(([threat = '']) => threat.match(/P\d+/g) ?? []))
    expect(actors.filter((actor) => !met.has(actor))).toEqual([])
    expect([...met].filter((actor) => !actors.includes(actor))).toEqual([])
  })
})
