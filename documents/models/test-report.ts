import type { Figure, Severity, Sheet, Span } from './common.ts'

/** One object of the test (GBT43741-5.3-TR1). */
export type TestObject = {
  readonly asset: string
  /** What it is, e.g. `Web 应用`. */
  readonly type: string
  readonly version: string
  readonly environment: string
  /** The scope line that allowed it, and the scope's version. */
  readonly scopeLine: string
  readonly exchanges: Figure
  readonly findings: Figure
  /** First and last recorded exchange (GBT43741-5.3-TR2); absent when the object was not reached. */
  readonly reached?: Span
}

/** A stop of the test, from stop order to resumption. */
export type Pause = { readonly from: string; readonly to?: string; readonly by: string; readonly reason: string }

/** One row of the roster (GBT43741-5.3-TR3). */
export type ReportTester = {
  readonly name: string
  readonly organization: string
  /** Reference of the identity check, never the identity document itself. */
  readonly identity: string
  readonly grade: string
  readonly granted: Span
  readonly exchanges: Figure
  readonly findings: Figure
}

/** A recorded exchange cited by a finding. */
export type CitedExchange = {
  readonly id: string
  readonly at: string
  readonly method: string
  readonly host: string
  readonly path: string
  readonly status: number
  /** Hex digest of the exchange's leaf; the first sixteen digits are printed. */
  readonly digest: string
}

/** A file that hangs on a finding: named, not contained. */
export type ReportAttachment = {
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** SHA-256 in hex, printed whole: whoever has the file compares it. */
  readonly sha256: string
}

export type ReportFinding = {
  readonly number: string
  readonly title: string
  readonly asset: string
  readonly weakness: { readonly id: string; readonly name: string }
  readonly cvss?: { readonly version: string; readonly vector: string; readonly score: number }
  readonly severity: Severity
  /** State code, e.g. `confirmed`; known codes are printed as words. */
  readonly state: string
  readonly tester: string
  readonly submittedAt: string
  readonly descriptionMarkdown: string
  readonly stepsMarkdown: string
  readonly impactMarkdown: string
  readonly repairMarkdown: string
  readonly exchanges: readonly CitedExchange[]
  readonly attachments: readonly ReportAttachment[]
}

/** A count with the name of what is counted. */
export type Share = { readonly name: string; readonly count: Figure }

/** The security crowd-test report, signed by the organizer (GBT43741-5.3-01). */
export type TestReportModel = Sheet & {
  readonly kind: 'test-report'
  readonly demandSide: string
  readonly organizer: string
  readonly authorizationLetter: string
  readonly objects: readonly TestObject[]
  readonly time: {
    readonly authorized: Span
    /** First and last exchange of all; absent when nothing was sent. */
    readonly active?: Span
    readonly pauses: readonly Pause[]
  }
  readonly testers: readonly ReportTester[]
  /** Overall analysis: computed counts and the organizer's words (GBT43741-5.3-TR4). */
  readonly overall: { readonly counts: readonly Share[]; readonly narrativeMarkdown: string }
  /** Distribution (GBT43741-5.3-TR5). Severities left out of `bySeverity` are not printed as zero: give them all. */
  readonly distribution: {
    readonly bySeverity: readonly { readonly severity: Severity; readonly count: Figure }[]
    readonly byWeakness: readonly Share[]
    readonly byAsset: readonly Share[]
    readonly byState: readonly { readonly state: string; readonly count: Figure }[]
    /** Every day of the window, `2026-11-21` in `zone`, days without a finding included. */
    readonly perDay: readonly { readonly day: string; readonly count: Figure }[]
    readonly analysisMarkdown: string
  }
  /** Detail of each finding (GBT43741-5.3-TR6). A test that found nothing says so in `noFindings`. */
  readonly findings: readonly ReportFinding[]
  readonly noFindings?: string
  /** Repair suggestions (GBT43741-5.3-TR7): one entry may serve several findings. */
  readonly repairs: readonly {
    readonly findings: readonly string[]
    readonly suggestionMarkdown: string
    /** How to see that the repair holds. */
    readonly verification: string
  }[]
  /** Protection beyond the single finding (GBT43741-5.3-TR8). */
  readonly protections: readonly {
    readonly title: string
    readonly adviceMarkdown: string
    readonly findings: readonly string[]
  }[]
}
