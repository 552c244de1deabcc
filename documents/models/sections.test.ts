import { describe, expect, it } from 'vitest'
import { sampleAuditReport } from '../samples/audit-report.ts'
import { sampleLetter } from '../samples/letter.ts'
import { sampleTestReport } from '../samples/test-report.ts'
import type { DocumentModel } from './document.ts'
import { missingSections, refuseIncomplete } from './sections.ts'

const report = sampleTestReport('zh-CN')
const audit = sampleAuditReport('zh-CN')
const letter = sampleLetter('zh-CN')

describe('a document that is complete', () => {
  it.each([letter, report, audit])('lacks no section: $kind', (model) => {
    expect(missingSections(model)).toEqual([])
    expect(() => refuseIncomplete(model)).not.toThrow()
  })

  it('may report that nothing was found', () => {
    expect(missingSections({ ...report, findings: [], repairs: [], noFindings: '测试期间未发现漏洞。' })).toEqual([])
  })
})

describe('an empty section of the crowd-test report', () => {
  const emptied: [string, DocumentModel][] = [
    ['TR1', { ...report, objects: [] }],
    ['TR2', { ...report, time: { ...report.time, authorized: { from: '', to: '' } } }],
    ['TR3', { ...report, testers: [] }],
    ['TR4', { ...report, overall: { ...report.overall, narrativeMarkdown: ' \n' } }],
    ['TR5', { ...report, distribution: { ...report.distribution, bySeverity: [] } }],
    ['TR6', { ...report, findings: [] }],
    ['TR7', { ...report, repairs: [] }],
    ['TR8', { ...report, protections: [] }],
  ]
  it.each(emptied)('%s is named and blocks signing by its register row', (id, model) => {
    expect(missingSections(model)).toEqual([id])
    expect(() => refuseIncomplete(model)).toThrow(
      expect.objectContaining({
        code: 'wrong_state',
        rule: `GBT43741-5.3-${id}`,
        fields: [expect.objectContaining({ field: id })],
      }),
    )
  })

  it('is named together with every other one', () => {
    expect(missingSections({ ...report, testers: [], protections: [] })).toEqual(['TR3', 'TR8'])
  })
})

describe('an empty section of the audit report', () => {
  const one = { value: 1, source: 'recorder' }
  const emptied: [string, DocumentModel][] = [
    ['AR1', { ...audit, scope: { ...audit.scope, versions: [] } }],
    ['AR2', { ...audit, time: { ...audit.time, outsideWindow: one } }],
    ['AR3', { ...audit, testers: [] }],
    ['AR4', { ...audit, content: { ...audit.content, sources: [] } }],
    ['AR5', { ...audit, result: { ...audit.result, statementMarkdown: '' } }],
  ]
  it.each(emptied)('%s is named and blocks signing by its register row', (id, model) => {
    expect(missingSections(model)).toEqual([id])
    expect(() => refuseIncomplete(model)).toThrow(expect.objectContaining({ rule: `GBT43741-5.3-${id}` }))
  })

  it('is not AR2 when activity outside the window is explained', () => {
    const time = { ...audit.time, outsideWindow: one, outsideWindowExplanation: '时钟校准前的一次重试' }
    expect(missingSections({ ...audit, time })).toEqual([])
  })

  it('is AR5 when an opinion with findings names none', () => {
    expect(missingSections({ ...audit, result: { ...audit.result, findings: [] } })).toEqual(['AR5'])
  })

  it('cannot be filled by an organizer who audits itself', () => {
    const mandate = { ...audit.mandate, mode: 'organizer_audits_testers' as const }
    expect(() => refuseIncomplete({ ...audit, mandate })).toThrow(expect.objectContaining({ rule: 'GBT43741-4.1-14' }))
    expect(() => refuseIncomplete({ ...audit, mandate: { ...mandate, covers: ['testers'] } })).not.toThrow()
  })
})

describe('a letter', () => {
  it('needs both permits of the demand side', () => {
    expect(() => refuseIncomplete({ ...letter, permits: ['run_service'] })).toThrow(
      expect.objectContaining({ rule: 'GBT43741-4.2-03', fields: [expect.objectContaining({ field: 'AL1' })] }),
    )
  })

  it('names its testers or says that lease holders are meant', () => {
    expect(missingSections({ ...letter, testers: { who: 'listed', list: [] } })).toEqual(['AL2'])
    expect(missingSections({ ...letter, testers: { who: 'lease-holders' } })).toEqual([])
  })

  it('ends after it begins', () => {
    const { from, to } = letter.validity
    expect(missingSections({ ...letter, validity: { from: to, to: from } })).toEqual(['AL4'])
  })
})
