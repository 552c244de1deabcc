import type { Text } from '@zhongheng/domain/shared/problem.ts'
import type { Sheet, Signature, Span } from '../models/common.ts'
import { type SectionId, sections } from '../models/sections.ts'
import { inertLine } from '../text/inert.ts'
import { printMarkdown } from '../text/markdown.ts'
import { printTime } from '../text/time.ts'
import type { Block, Run } from './printed.ts'

/** The phrases of one document: its language, its zone. */
export type Speech = {
  readonly word: (zh: string, en: string) => string
  readonly of: (text: Text) => string
  readonly time: (iso: string) => string
  /** The time without its offset, for tables; the cover names the zone. */
  readonly clock: (iso: string) => string
  readonly span: (span: Span) => string
  readonly markdown: (source: string) => Block[]
  /** The heading of a section, with the register row it answers. */
  readonly section: (id: SectionId, newPage?: boolean) => Block
  readonly join: (parts: readonly string[]) => string
}

export const plainRun = (text: string): Run => ({ kind: 'text', text: inertLine(text) })
export const runs = (text: string): Run[] => [plainRun(text)]
export const codeRuns = (text: string): Run[] => [{ kind: 'text', text: inertLine(text), code: true }]
export const boldRuns = (text: string): Run[] => [{ kind: 'text', text: inertLine(text), bold: true }]
export const paragraph = (text: string, indent = false): Block => ({
  kind: 'paragraph',
  runs: runs(text),
  ...(indent ? { indent } : {}),
})
export const fact = (label: string, value: readonly Run[]): { label: string; value: readonly Run[] } => ({
  label,
  value,
})
/** An empty cell says that it is empty on purpose. */
export const orDash = (text: string | undefined): Run[] => runs(text === undefined || text.trim() === '' ? '—' : text)

export function speak(sheet: Sheet): Speech {
  const chinese = sheet.locale === 'zh-CN'
  const word = (zh: string, en: string): string => (chinese ? zh : en)
  const time = (iso: string): string => printTime(iso, sheet.zone)
  const cut = word(
    '本栏内容过长，此处仅印出前 200,000 个字符；全文见平台中的原始记录。',
    'This field is too long to print; the first 200,000 characters stand here, the whole text is in the record on the platform.',
  )
  return {
    word,
    of: (text) => (chinese ? text.zh : text.en),
    time,
    clock: (iso) => time(iso).replace(/ UTC[+-]\d\d:\d\d$/, ''),
    span: (span) => word(`${time(span.from)} 至 ${time(span.to)}`, `${time(span.from)} to ${time(span.to)}`),
    markdown: (source) => printMarkdown(source, cut),
    section: (id, newPage = true) => ({
      kind: 'heading',
      level: 1,
      text: `${id} ${chinese ? sections[id].title.zh : sections[id].title.en}`,
      row: sections[id].row,
      newPage,
    }),
    join: (parts) => parts.map((part) => inertLine(part)).join(chinese ? '、' : ', '),
  }
}

/** The table of signatures that ends every document. */
export function printSignatures(signatures: readonly Signature[], { word, time }: Speech): Block[] {
  if (signatures.length === 0) {
    return [
      {
        kind: 'notice',
        tone: 'warn',
        runs: runs(word('本文件尚未签署，为草稿。', 'This document is an unsigned draft.')),
      },
    ]
  }
  return [
    {
      kind: 'table',
      columns: [
        { title: word('签署人', 'Signed by'), share: 2 },
        { title: word('单位', 'Organisation'), share: 3 },
        { title: word('身份', 'Capacity'), share: 2.4 },
        { title: word('签署时间', 'Signed at'), share: 2.6 },
        { title: word('密钥指纹', 'Key fingerprint'), share: 4 },
      ],
      rows: signatures.map((signature) => [
        boldRuns(signature.name),
        runs(signature.organization),
        runs(signature.capacity),
        runs(time(signature.signedAt)),
        codeRuns(signature.keyFingerprint),
      ]),
    },
  ]
}
