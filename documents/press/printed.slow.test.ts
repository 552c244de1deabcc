import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { strFromU8, unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DocumentModel } from '../models/document.ts'
import { auditReportSections, sections, testReportSections } from '../models/sections.ts'
import { sampleAuditReport } from '../samples/audit-report.ts'
import { hostileReport, ownHostileStrings } from '../samples/hostile.ts'
import { sampleLetter } from '../samples/letter.ts'
import { sampleTestReport } from '../samples/test-report.ts'
import { openPress } from './press.ts'

const limit = 60_000
const press = openPress()
const folder = mkdtempSync(join(tmpdir(), 'documents-'))
afterAll(() => {
  press.end()
  rmSync(folder, { recursive: true })
})

const has = (tool: string): boolean => spawnSync(tool, ['-v']).error === undefined
const poppler = has('pdftotext') && has('pdffonts')
if (!poppler) console.warn('poppler-utils is not installed: the text and the fonts of PDF files are not tested')

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const run = (tool: string, ...args: string[]): string =>
  spawnSync(tool, args, { encoding: 'utf8', maxBuffer: 1 << 28 }).stdout
const save = (bytes: Uint8Array): string => {
  const file = join(folder, `${digest(bytes)}.pdf`)
  writeFileSync(file, bytes)
  return file
}
const pagesOf = (bytes: Uint8Array): string[] => run('pdftotext', save(bytes), '-').split('\f').slice(0, -1)
const entity: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&amp;': '&',
}
const partOf = (bytes: Uint8Array, name: string): string => strFromU8(unzipSync(bytes)[name] ?? new Uint8Array())
const wordsOf = (xml: string): string =>
  xml
    .replaceAll('</w:p>', '\n')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(?:lt|gt|quot|apos|amp);/g, (found) => entity[found] ?? found)

const models: DocumentModel[] = [
  sampleLetter('zh-CN'),
  sampleTestReport('zh-CN'),
  sampleAuditReport('zh-CN'),
  sampleTestReport('en', 3),
]

describe('the same model', () => {
  it.each(models)(
    'gives the same bytes in the same and in another process: $kind $locale',
    { timeout: limit },
    async (model) => {
      const other = openPress()
      try {
        for (const format of ['pdf', 'docx'] as const) {
          const first = digest(await press.print(format, model))
          expect(digest(await press.print(format, model))).toBe(first)
          // The other press has printed nothing yet, this one much: no counter of the process may show.
          expect(digest(await other.print(format, model))).toBe(first)
        }
      } finally {
        other.end()
      }
    },
  )

  it('gives other bytes at another ledger position', { timeout: limit }, async () => {
    const letter = sampleLetter('en')
    const later = { ...letter, anchor: { ...letter.anchor, position: 184_234 } }
    expect(digest(await press.print('pdf', later))).not.toBe(digest(await press.print('pdf', letter)))
  })
})

describe('a report as Word file', () => {
  const wanted: [DocumentModel, readonly (keyof typeof sections)[]][] = [
    [sampleTestReport('zh-CN'), testReportSections],
    [sampleAuditReport('en'), auditReportSections],
  ]
  it.each(wanted)(
    'has every section as a real heading and in its contents: $kind',
    { timeout: limit },
    async (model, ids) => {
      const xml = partOf(await press.print('docx', model), 'word/document.xml')
      const headings = [...xml.matchAll(/<w:pStyle w:val="Heading1"\/>[\s\S]*?<\/w:p>/g)].map(([found]) =>
        wordsOf(found).trim(),
      )
      const contents = [...xml.matchAll(/<w:pStyle w:val="TOC1"\/>[\s\S]*?<\/w:p>/g)].map(([found]) => wordsOf(found))
      for (const id of ids) {
        const title = `${id} ${model.locale === 'en' ? sections[id].title.en : sections[id].title.zh}`
        expect(headings).toContain(title)
        expect(contents.filter((line) => line.includes(title))).toHaveLength(1)
      }
    },
  )

  it('has header, footer with page fields, and set column widths', { timeout: limit }, async () => {
    const bytes = await press.print('docx', sampleTestReport('zh-CN'))
    const names = Object.keys(unzipSync(bytes))
    const all = names.filter((name) => /word\/(?:header|footer)\d*\.xml/.test(name)).map((name) => partOf(bytes, name))
    expect(all.join()).toContain('内部资料 · 商密')
    expect(all.join()).toContain('ZH-7K4M-Q2XT-91DB')
    expect(all.join()).toContain('NUMPAGES')
    const xml = partOf(bytes, 'word/document.xml')
    expect(xml.match(/<w:tbl>/g)?.length).toBe(xml.match(/<w:tblGrid><w:gridCol w:w="\d+"\/>/g)?.length)
    expect(partOf(bytes, 'docProps/core.xml')).toContain('2026-11-20T10:00:00Z')
  })
})

describe.skipIf(!poppler)('a report as PDF', () => {
  const wanted: [DocumentModel, readonly (keyof typeof sections)[]][] = [
    [sampleTestReport('en'), testReportSections],
    [sampleAuditReport('zh-CN'), auditReportSections],
  ]
  it.each(wanted)(
    'has every section in its text and the anchor on each page: $kind',
    { timeout: limit },
    async (model, ids) => {
      const pages = pagesOf(await press.print('pdf', model))
      for (const id of ids)
        expect(pages.join()).toContain(`${id} ${model.locale === 'en' ? sections[id].title.en : sections[id].title.zh}`)
      expect(pages.length).toBeGreaterThan(4)
      for (const page of pages) {
        expect(page).toContain('#184,233')
        expect(page).toContain(model.anchor.checkCode)
        expect(page).toContain(model.organization)
      }
    },
  )

  it('embeds every font, and uses no other than its own two', { timeout: limit }, async () => {
    const fonts = run('pdffonts', save(await press.print('pdf', sampleTestReport('zh-CN'))))
      .split('\n')
      .slice(2)
      .filter((line) => line !== '')
    expect(fonts.length).toBeGreaterThan(1)
    for (const font of fonts)
      expect(font).toMatch(/\+(?:NotoSansSC|DejaVuSansMono)\S*\s+CID TrueType\s+Identity-H\s+yes yes yes/)
  })

  it('gives a digest back whole when it is copied, though it may break anywhere', { timeout: limit }, async () => {
    const letter = sampleLetter('en')
    const narrow = {
      ...letter,
      contacts: [{ name: 'Zhou Min', duty: 'x', phone: '1', email: `${'a'.repeat(90)}@shop.example` }],
    }
    const text = pagesOf(await press.print('pdf', narrow)).join('')
    expect(text).not.toContain('\u200b')
    expect(text.replaceAll(/\s/g, '')).toContain('a'.repeat(60))
  })
})

describe('text that asks for a file, an address or a calculation', () => {
  const secret = `GEHEIM${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`
  const file = join(folder, 'canary.txt')
  writeFileSync(file, secret)
  const connects: string[] = []
  const listener = createServer((socket) => {
    connects.push('connected')
    socket.destroy()
  })
  beforeAll(() => new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve)))
  afterAll(() => new Promise((resolve) => listener.close(resolve)))
  const asks = (port: number): string[] => [
    ...[`file://${file}`, `http://127.0.0.1:${port}/`, `//127.0.0.1:${port}/`].flatMap((address) => [
      `<iframe src=${address}></iframe>`,
      `<img src=${address}>`,
      `<link rel=stylesheet href=${address}>`,
      `<style>@font-face{font-family:x;src:url(${address})}</style>`,
      `<object data=${address}></object><embed src=${address}>`,
      `![x](${address}) [x](${address})`,
      `#include "${address}" #read("${file}") #image("${address}")`,
      `{ INCLUDETEXT "${address}" } { INCLUDEPICTURE "${address}" \\d }`,
    ]),
    '{{7*7}}',
    '${7*7}',
    '<%= 7*7 %>',
    '#{7*7} #(7*7)',
    '{constructor.constructor("return 1")()}',
    '{#__proto__}{/}',
    '{x | filter:"a"}',
    "{{constructor.constructor('return process')().env}}",
  ]
  const portOf = (): number => (listener.address() as AddressInfo).port

  it.skipIf(!poppler)(
    'PUB-IN-04 PUB-SS-04 PUB-XS-07: gets none of them in a PDF, and stands there to the letter',
    { timeout: limit },
    async () => {
      const text = pagesOf(await press.print('pdf', hostileReport(asks(portOf()))))
        .join('\n')
        .replaceAll(/\s/g, '')
      expect(text).not.toContain(secret)
      expect(connects).toEqual([])
      for (const literal of [
        '{{7*7}}',
        '${7*7}',
        '<%=7*7%>',
        '{constructor.constructor("return1")()}',
        '{#__proto__}{/}',
        '#(7*7)',
      ])
        expect(text).toContain(literal)
    },
  )
  it('PUB-IN-04 PUB-XS-07: gets none of them in a Word file, which refers to nothing outside', {
    timeout: limit,
  }, async () => {
    const bytes = await press.print('docx', hostileReport(asks(portOf())))
    const words = wordsOf(partOf(bytes, 'word/document.xml'))
    for (const literal of [
      '{{7*7}}',
      '${7*7}',
      '<%= 7*7 %>',
      '{constructor.constructor("return 1")()}',
      '{#__proto__}{/}',
    ])
      expect(words).toContain(literal)
    const all = Object.keys(unzipSync(bytes))
      .map((name) => partOf(bytes, name))
      .join('\n')
    expect(all).not.toContain(secret)
    expect(all).not.toMatch(/TargetMode="External"|w:altChunk|<w:object|<w:pict/)
    expect(connects).toEqual([])
  })
})

describe('hostile text', () => {
  const model = hostileReport(ownHostileStrings)

  it.skipIf(!poppler)('is printed, never obeyed, as PDF', { timeout: limit }, async () => {
    const text = pagesOf(await press.print('pdf', model))
      .join('\n')
      .replaceAll(/\s/g, '')
    expect(text).toContain('#setpage(fill:red)#include"/etc/passwd"$x^2$')
    expect(text).toContain('#import"@preview/cetz:0.3.0":canvas')
    expect(text).toContain('[U+202E]evil[U+202C]')
    expect(text).toContain('[U+1F600]')
    expect(text).not.toContain('root:x:0')
  })

  it('is printed, never obeyed, as Word file', { timeout: limit }, async () => {
    const xml = partOf(await press.print('docx', model), 'word/document.xml')
    const words = wordsOf(xml)
    expect(words).toContain('{ PAGE } { INCLUDETEXT "/etc/passwd" }')
    expect(words).toContain(']]></w:t></w:r><w:r><w:t>')
    expect(words).toContain('[U+202E]evil[U+202C]')
    // The only fields are the contents and its page references.
    const fields = [...xml.matchAll(/<w:instrText[^>]*>([^<]*)</g)].map(([, code]) => code?.trim().split(' ')[0])
    expect(new Set(fields)).toEqual(new Set(['TOC', 'PAGEREF']))
    expect(xml.match(/<w:fldSimple|[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/)).toBeNull()
  })
})
