import { describe, expect, it } from 'vitest'
import type { Figure } from '../models/common.ts'
import { sampleAuditReport } from '../samples/audit-report.ts'
import { sampleLetter } from '../samples/letter.ts'
import { sampleTestReport } from '../samples/test-report.ts'
import { compose } from './compose.ts'

const isFigure = (node: object): node is Figure => 'source' in node && 'value' in node && typeof node.value === 'number'
const figuresIn = (node: unknown): Figure[] => {
  if (node === null || typeof node !== 'object') return []
  return isFigure(node) ? [node] : Object.values(node).flatMap(figuresIn)
}

describe('the figures of a report', { timeout: 30_000 }, () => {
  it.each([sampleTestReport('zh-CN'), sampleAuditReport('en')])(
    'have each their source in the annex: $kind',
    (model) => {
      const body = compose(model).body
      const annex = body.at(-1)
      const lines = annex?.kind === 'table' ? annex.rows.map(([, source]) => source?.[0]) : []
      const listed = new Set(lines.map((run) => (run?.kind === 'text' ? run.text : '')))
      const sources = new Set(
        figuresIn(model)
          // Days on which nothing came in are drawn as gaps and not listed.
          .map((figure) => figure.source),
      )
      expect([...sources].filter((source) => !listed.has(source))).toEqual([])
      expect(listed.size).toBe(sources.size)
    },
  )

  it('carry marks that lead to a line of the annex', () => {
    const { body } = compose(sampleTestReport('zh-CN'))
    const marks = [...JSON.stringify(body).matchAll(/"kind":"mark","number":(\d+)/g)].map(([, number]) =>
      Number(number),
    )
    const annex = body.at(-1)
    expect(marks.length).toBeGreaterThan(20)
    expect(Math.max(...marks)).toBe(annex?.kind === 'table' ? annex.rows.length : 0)
  })
})

describe('what stands on every page', { timeout: 30_000 }, () => {
  it.each([sampleLetter('zh-CN'), sampleTestReport('en'), sampleAuditReport('zh-CN')])(
    'is organisation, classification, ledger position and check code: $kind',
    (model) => {
      const printed = compose(model)
      expect(printed.header).toEqual({ left: model.organization, right: model.classification })
      expect(printed.footer).toContain('184,233')
      expect(printed.footer).toContain(model.anchor.checkCode)
    },
  )
})

describe('a finding in the report', { timeout: 30_000 }, () => {
  it('names its attachments with size and whole digest', () => {
    const printed = JSON.stringify(compose(sampleTestReport('zh-CN', 1)).body)
    for (const text of ['响应截图.png', '183204', '9d4c1e7b05a2f836'.repeat(4)]) expect(printed).toContain(text)
    const without = { ...sampleTestReport('zh-CN', 1) }
    const findings = without.findings.map((one) => ({ ...one, attachments: [] }))
    expect(JSON.stringify(compose({ ...without, findings }).body)).not.toContain('附件')
  })
  it('says where an address stood that its recording was destroyed', () => {
    const report = sampleTestReport('zh-CN', 1)
    expect(JSON.stringify(compose(report).body)).not.toContain('录制已销毁')
    const findings = report.findings.map((one) => ({
      ...one,
      exchanges: one.exchanges.map((cited) => ({ ...cited, host: '', path: '' })),
    }))
    expect(JSON.stringify(compose({ ...report, findings }).body)).toContain('录制已销毁')
  })
})

describe('a document without signatures', { timeout: 30_000 }, () => {
  it('says on its first page that it is a draft', () => {
    expect(compose(sampleLetter('en')).cover.draft).toBeUndefined()
    expect(compose({ ...sampleLetter('en'), signatures: [] }).cover.draft).toBe('DRAFT · UNSIGNED')
  })
})

describe('an audit carried by the organizer', { timeout: 30_000 }, () => {
  it('prints a notice of self-audit (GBT43741-4.1-14)', () => {
    const audit = sampleAuditReport('en')
    const self = {
      ...audit,
      mandate: { ...audit.mandate, mode: 'organizer_audits_testers' as const, covers: ['testers' as const] },
    }
    expect(JSON.stringify(compose(self).body)).toContain('Notice of self-audit')
    expect(JSON.stringify(compose(audit).body)).not.toContain('Notice of self-audit')
  })
})

describe('a test that found nothing', { timeout: 30_000 }, () => {
  it('says so under every heading instead of printing empty tables', () => {
    const nothing = { ...sampleTestReport('zh-CN', 0), noFindings: '测试期间未发现漏洞。' }
    const { body } = compose(nothing)
    expect(body.filter((block) => block.kind === 'table' && block.rows.length === 0)).toEqual([])
    const bare = body.filter((block, index) => {
      const next = body[index + 1]
      return block.kind === 'heading' && (next === undefined || (next.kind === 'heading' && next.level <= block.level))
    })
    expect(bare).toEqual([])
  })
})
