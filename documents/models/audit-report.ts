import type { Figure, Sheet, Span } from './common.ts'
import type { Pause, Share } from './test-report.ts'

export type AuditOpinion = 'conforming' | 'conforming_with_findings' | 'not_conforming'

/** A signed version of the scope (GBT43741-5.3-AR1). */
export type AuditedScopeVersion = {
  readonly version: number
  readonly digest: string
  readonly frozenAt: string
  readonly signedBy: readonly string[]
  readonly change: string
  readonly linesIn: Figure
  readonly linesOut: Figure
}

/** A tester as the auditor saw them (GBT43741-5.3-AR2, GBT43741-5.3-AR3, GBT43741-5.3-AR4). */
export type AuditedTester = {
  readonly name: string
  readonly organization: string
  readonly identityLevel: string
  readonly leases: readonly {
    readonly id: string
    readonly span: Span
    readonly state: 'issued' | 'active' | 'suspended' | 'revoked' | 'expired'
  }[]
  /** First and last exchange; absent for a tester who sent nothing. */
  readonly active?: Span
  /** Why the person was removed; absent for those who stayed. */
  readonly removed?: string
  readonly exchanges: Figure
  readonly refusals: Figure
  readonly findings: Figure
}

/** The security audit report, made and signed by the auditor alone (GBT43741-5.3-01). */
export type AuditReportModel = Sheet & {
  readonly kind: 'audit-report'
  readonly demandSide: string
  readonly organizer: string
  readonly auditor: string
  readonly mandate: {
    readonly mode: 'third_party' | 'organizer_audits_testers'
    readonly appointedBy: string
    /** Whose acts were audited. An organizer auditing testers may not claim more (GBT43741-4.1-14). */
    readonly covers: readonly ('testers' | 'organizer' | 'platform')[]
  }
  readonly scope: {
    readonly versions: readonly AuditedScopeVersion[]
    readonly refusedOutOfScope: Figure
  }
  readonly time: {
    readonly authorized: Span
    readonly active?: Span
    readonly pauses: readonly Pause[]
    /** Exchanges outside the window: zero, or explained. */
    readonly outsideWindow: Figure
    readonly outsideWindowExplanation?: string
  }
  readonly testers: readonly AuditedTester[]
  readonly content: {
    readonly sources: readonly { readonly name: string; readonly coverage: string; readonly gaps: string }[]
    readonly ruleSet: string
    readonly counts: readonly Share[]
    readonly refusalsByRule: readonly { readonly rule: string; readonly meaning: string; readonly count: Figure }[]
    readonly sampling: { readonly method: string; readonly population: Figure; readonly sampled: Figure }
    readonly decisions: readonly {
      readonly finding: string
      readonly decision: string
      readonly by: string
      readonly at: string
      readonly result: 'agreed' | 'disagreed' | 'not_examined'
      readonly note: string
    }[]
    readonly stopOrders: readonly {
      readonly at: string
      readonly by: string
      readonly reason: string
      /** Milliseconds from order to silence on the wire. */
      readonly silentAfter: Figure
      readonly resumedAt?: string
    }[]
    readonly ledger: {
      readonly entries: Figure
      readonly verifiedAt: string
      readonly result: 'intact' | 'broken'
      readonly note: string
    }
  }
  /** Result (GBT43741-5.3-AR5). */
  readonly result: {
    readonly opinion: AuditOpinion
    readonly statementMarkdown: string
    readonly findings: readonly {
      readonly number: string
      readonly weight: 'major' | 'minor' | 'observation'
      /** Clause or rule it concerns. */
      readonly clause: string
      readonly title: string
      readonly detailMarkdown: string
      readonly owner: string
    }[]
    readonly violations: readonly {
      readonly tester: string
      readonly rule: string
      readonly decision: string
      readonly sanction: string
    }[]
  }
}
