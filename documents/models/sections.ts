import { Problem, type RuleId, say, type Text } from '@zhongheng/domain/shared/problem.ts'
import type { AuditReportModel } from './audit-report.ts'
import type { AuthorizationLetterModel } from './authorization-letter.ts'
import type { DocumentModel } from './document.ts'
import type { TestReportModel } from './test-report.ts'

export const letterSections = ['AL1', 'AL2', 'AL3', 'AL4', 'AL5', 'AL6', 'AL7'] as const
export const testReportSections = ['TR1', 'TR2', 'TR3', 'TR4', 'TR5', 'TR6', 'TR7', 'TR8'] as const
export const auditReportSections = ['AR1', 'AR2', 'AR3', 'AR4', 'AR5'] as const

export type SectionId =
  | (typeof letterSections)[number]
  | (typeof testReportSections)[number]
  | (typeof auditReportSections)[number]

/** A section's printed title and the register row that asks for it. */
export type Section = { readonly title: Text; readonly row: RuleId }

/** Titles of TR1–TR8 and AR1–AR5 are the register's own; the letter has no content list, its rows are those it serves. */
export const sections: { readonly [id in SectionId]: Section } = {
  AL1: { title: say('授权双方与授权事项', 'Parties and permits'), row: 'GBT43741-4.2-03' },
  AL2: { title: say('授权测试方', 'Authorised testers'), row: 'GBT43741-4.1-11' },
  AL3: { title: say('授权范围', 'Scope'), row: 'GBT43741-4.2-03' },
  AL4: { title: say('有效期', 'Validity'), row: 'GBT43741-4.2-07' },
  AL5: { title: say('允许与禁止事项', 'What is permitted and what is forbidden'), row: 'GBT43741-4.2-03' },
  AL6: { title: say('行为规范', 'Rules of conduct'), row: 'GBT43741-4.1-12' },
  AL7: { title: say('紧急联系人', 'Emergency contacts'), row: 'GBT43741-4.2-05' },
  TR1: { title: say('安全测试对象', 'Security test objects'), row: 'GBT43741-5.3-TR1' },
  TR2: { title: say('测试时间', 'Test time'), row: 'GBT43741-5.3-TR2' },
  TR3: { title: say('测试人员', 'Testers'), row: 'GBT43741-5.3-TR3' },
  TR4: {
    title: say('测试对象整体安全情况分析', 'Overall security analysis of the test objects'),
    row: 'GBT43741-5.3-TR4',
  },
  TR5: { title: say('漏洞分布及分析', 'Vulnerability distribution and analysis'), row: 'GBT43741-5.3-TR5' },
  TR6: { title: say('漏洞信息', 'Vulnerability information'), row: 'GBT43741-5.3-TR6' },
  TR7: { title: say('漏洞修复建议', 'Repair suggestions'), row: 'GBT43741-5.3-TR7' },
  TR8: { title: say('安全防护建议', 'Protection suggestions'), row: 'GBT43741-5.3-TR8' },
  AR1: { title: say('测试范围', 'Test scope'), row: 'GBT43741-5.3-AR1' },
  AR2: { title: say('测试时间', 'Test time'), row: 'GBT43741-5.3-AR2' },
  AR3: { title: say('测试人员', 'Testers'), row: 'GBT43741-5.3-AR3' },
  AR4: { title: say('审计内容', 'Audit content'), row: 'GBT43741-5.3-AR4' },
  AR5: { title: say('审计结果', 'Audit result'), row: 'GBT43741-5.3-AR5' },
}

const said = (text: string | undefined): boolean => text !== undefined && text.trim() !== ''

function missingOfLetter(letter: AuthorizationLetterModel): SectionId[] {
  const complete = {
    AL1:
      said(letter.demandSide.name) &&
      said(letter.organizer.name) &&
      letter.permits.includes('run_service') &&
      letter.permits.includes('admit_testers'),
    AL2: letter.testers.who === 'lease-holders' || letter.testers.list.length > 0,
    AL3: letter.scope.linesIn.some(said) && said(letter.scope.digest),
    AL4: Date.parse(letter.validity.from) < Date.parse(letter.validity.to),
    AL5: letter.permitted.some(said) && letter.forbidden.some(said),
    AL6: letter.rules.summary.some(said),
    AL7: letter.contacts.some((contact) => said(contact.phone) || said(contact.email)),
  }
  return letterSections.filter((id) => !complete[id])
}

function missingOfTestReport(report: TestReportModel): SectionId[] {
  const nothingFound = report.findings.length === 0 && said(report.noFindings)
  const complete = {
    TR1: report.objects.length > 0,
    TR2: said(report.time.authorized.from) && said(report.time.authorized.to),
    TR3: report.testers.length > 0,
    TR4: report.overall.counts.length > 0 && said(report.overall.narrativeMarkdown),
    TR5: report.distribution.bySeverity.length > 0 && said(report.distribution.analysisMarkdown),
    TR6: report.findings.length > 0 || nothingFound,
    TR7: report.repairs.some((repair) => said(repair.suggestionMarkdown)) || nothingFound,
    TR8: report.protections.some((protection) => said(protection.adviceMarkdown)),
  }
  return testReportSections.filter((id) => !complete[id])
}

function missingOfAuditReport(report: AuditReportModel): SectionId[] {
  const { time, content, result } = report
  const complete = {
    AR1: report.scope.versions.length > 0,
    AR2:
      said(time.authorized.from) &&
      said(time.authorized.to) &&
      (time.outsideWindow.value === 0 || said(time.outsideWindowExplanation)),
    AR3: report.testers.length > 0,
    AR4: content.sources.length > 0 && content.counts.length > 0 && said(content.ruleSet),
    AR5: said(result.statementMarkdown) && (result.opinion === 'conforming' || result.findings.length > 0),
  }
  return auditReportSections.filter((id) => !complete[id])
}

/**
 * The sections that say nothing yet, in the document's order. A test without findings is complete when `noFindings`
 * says so; activity outside the window must be explained (AR2); an opinion with reservations must name them (AR5).
 */
export function missingSections(model: DocumentModel): SectionId[] {
  switch (model.kind) {
    case 'authorization-letter':
      return missingOfLetter(model)
    case 'test-report':
      return missingOfTestReport(model)
    case 'audit-report':
      return missingOfAuditReport(model)
  }
}

/**
 * Refuses a document that may be neither generated nor signed (GBT43741-5.3-TR1 … -AR5; GBT43741-4.1-14 for an audit
 * of the organizer by itself).
 * @throws Problem `wrong_state`; `rule` is the row of the first empty section, `fields` names every one
 */
export function refuseIncomplete(model: DocumentModel): void {
  const missing = missingSections(model)
  const [first] = missing
  if (first !== undefined) {
    const names = missing.join('、')
    throw new Problem('wrong_state', say(`下列章节为空：${names}`, `empty sections: ${missing.join(', ')}`), {
      rule: sections[first].row,
      fields: missing.map((id) => ({
        field: id,
        limit: say(`“${sections[id].title.zh}”不得为空`, `"${sections[id].title.en}" may not be empty`),
        fix: say('请补充该章节后再签署', 'fill in the section, then sign'),
      })),
    })
  }
  if (model.kind === 'audit-report' && claimsTooMuch(model)) {
    throw new Problem(
      'wrong_state',
      say('组织方自审仅可覆盖授权测试方', 'an organizer auditing testers may cover the testers only'),
      {
        rule: 'GBT43741-4.1-14',
        fields: [
          {
            field: 'mandate.covers',
            limit: say('仅限 testers', 'testers only'),
            fix: say('删除其他对象，或委托第三方审计', 'remove the others, or appoint a third party'),
          },
        ],
      },
    )
  }
}

const claimsTooMuch = (report: AuditReportModel): boolean =>
  report.mandate.mode === 'organizer_audits_testers' && report.mandate.covers.some((who) => who !== 'testers')
