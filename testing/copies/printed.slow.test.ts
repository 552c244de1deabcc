import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { copyMarksIn } from '@zhongheng/contracts/records/copy-marks.ts'
import type { DocumentModel } from '@zhongheng/documents/models/document.ts'
import { openPress } from '@zhongheng/documents/press/press.ts'
import { sampleTestReport } from '@zhongheng/documents/samples/test-report.ts'
import { marksInFile } from '@zhongheng/web/features/administration/marks-in-file.ts'
import { afterAll, describe, expect, it } from 'vitest'

/* A draft that is printed for one reader, opened by the programs of others. */
const press = openPress()
const folder = mkdtempSync(join(tmpdir(), 'zh-copies-'))
afterAll(() => {
  press.end()
  rmSync(folder, { recursive: true })
})
const has = (program: string): boolean => spawnSync('which', [program]).status === 0
const [poppler, writer] = [has('pdftotext') && has('pdfinfo'), has('lowriter')]
if (!poppler) console.warn('poppler-utils is not installed: the marks of PDF files are not read by others')
if (!writer) console.warn('libreoffice-writer is not installed: marked copies are not opened and saved by it')

const written = 'zhm1-7QK39ZTM-471HY'
const copy = (locale: 'zh-CN' | 'en'): DocumentModel => ({ ...sampleTestReport(locale), copy: written })
const save = (name: string, bytes: Uint8Array): string => {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}
const run = (program: string, ...args: string[]): string => spawnSync(program, args, { encoding: 'utf8' }).stdout

describe('a copy that is printed for one reader', () => {
  it('differs from what is printed for nobody, which bears no mark', async () => {
    for (const format of ['pdf', 'docx'] as const) {
      const plain = await press.print(format, sampleTestReport('en'))
      expect(await marksInFile(plain), format).toEqual([])
      expect(await marksInFile(await press.print(format, copy('en'))), format).toEqual(['7QK39ZTM'])
    }
  }, 120_000)
  it.skipIf(!poppler)(
    'says so as PDF on each page and in its properties',
    async () => {
      const file = save('copy.pdf', await press.print('pdf', copy('zh-CN')))
      const pages = run('pdftotext', file, '-').split('\f').slice(0, -1)
      expect(pages.length).toBeGreaterThan(4)
      for (const page of pages) expect(copyMarksIn(page)).toEqual(['7QK39ZTM'])
      expect(run('pdfinfo', file)).toMatch(new RegExp(`Keywords: +${written}`))
    },
    60_000,
  )
  it.skipIf(!writer)(
    'still says so when a word processor has opened and saved it, in three forms',
    async () => {
      const file = save('copy.docx', await press.print('docx', copy('en')))
      for (const form of ['docx', 'odt', 'pdf']) {
        const out = join(folder, `out-${form}`)
        const profile = `-env:UserInstallation=file://${join(folder, 'profile')}`
        const saved = spawnSync('soffice', [profile, '--headless', '--convert-to', form, '--outdir', out, file])
        expect(saved.status, String(saved.stderr)).toBe(0)
        expect(await marksInFile(readFileSync(join(out, `copy.${form}`))), form).toEqual(['7QK39ZTM'])
      }
    },
    120_000,
  )
})
