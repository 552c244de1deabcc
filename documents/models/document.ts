import type { AuditReportModel } from './audit-report.ts'
import type { AuthorizationLetterModel } from './authorization-letter.ts'
import type { TestReportModel } from './test-report.ts'

/** Everything the product prints. */
export type DocumentModel = AuthorizationLetterModel | TestReportModel | AuditReportModel
