import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderDocx } from './docx/render-docx.ts'
import type { DocumentModel } from './models/document.ts'
import { renderPdf } from './pdf/render-pdf.ts'
import { sampleAuditReport } from './samples/audit-report.ts'
import { sampleLetter } from './samples/letter.ts'
import { sampleTestReport } from './samples/test-report.ts'

/** `node documents/sample.ts FOLDER [FINDINGS]`: every document in both languages and both formats, with its time. */
const [folder, findings = '9'] = process.argv.slice(2)
if (folder === undefined || !/^\d+$/.test(findings)) {
  console.error('usage: node documents/sample.ts FOLDER [FINDINGS]')
  process.exit(2)
}
mkdirSync(folder, { recursive: true })
for (const locale of ['zh-CN', 'en'] as const) {
  const models: DocumentModel[] = [
    sampleLetter(locale),
    sampleTestReport(locale, Number(findings)),
    sampleAuditReport(locale),
  ]
  for (const model of models) {
    for (const [ending, render] of [
      ['pdf', renderPdf],
      ['docx', renderDocx],
    ] as const) {
      const before = performance.now()
      const bytes = await render(model)
      const file = join(folder, `${model.kind}.${locale}.${ending}`)
      writeFileSync(file, bytes)
      console.log(`${file}  ${(bytes.length / 1024).toFixed(0)} KB  ${(performance.now() - before).toFixed(0)} ms`)
    }
  }
}
