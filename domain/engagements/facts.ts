import type { Role } from '../access/actor.ts'
import type { RecordKind } from './records.ts'
import type { EngagementState } from './states.ts'

/** Everything the guards look at, read in one go by `server/features/engagements/read-facts.ts`. Times in ISO 8601 UTC. */
export type EngagementFacts = {
  readonly id: string
  readonly state: EngagementState
  readonly title: string
  readonly goals: string
  readonly auditMode: 'third_party' | 'organizer_post' | null
  readonly dataLevel: 'general' | 'important' | 'core'
  readonly environment: 'prod' | 'staging' | 'dedicated'
  readonly windowOpens: string | null
  readonly windowCloses: string | null
  readonly organizerOrgId: string | null
  readonly auditorOrgId: string | null
  /** The scope version in force, or the newest draft before anything was frozen. */
  readonly scope: {
    readonly versionId: string
    readonly frozen: boolean
    readonly allowRules: number
    /** Open questions nobody has answered yet. */
    readonly unanswered: number
    /** Objects (registrable names, address ranges) that need a proof of ownership, with the proof's state. */
    readonly objects: readonly {
      readonly name: string
      readonly proven: boolean
      /** A signed letter was handed in that the organizer has not judged yet. */
      readonly letterGiven: boolean
    }[]
  } | null
  readonly records: readonly {
    readonly kind: RecordKind
    readonly role: Role
    readonly personId: string
    /** The scope version that the record speaks of, where its kind has `about`. */
    readonly scopeVersionId: string | null
    readonly choices: { readonly [field: string]: string | boolean }
  }[]
  readonly enrollments: readonly {
    readonly personId: string
    readonly state: 'applied' | 'invited' | 'admitted' | 'declined' | 'removed'
    readonly identityVerified: boolean
    readonly graded: boolean
    readonly quizPassed: boolean
    readonly pledged: boolean
    readonly activeLease: boolean
  }[]
  readonly stop: { readonly byRole: Role; readonly reason: string } | null
  readonly findings: { readonly inFirstReview: number; readonly unsettled: number }
  readonly reports: { readonly testSigned: boolean; readonly auditSigned: boolean }
  /** What the rule about witnesses asks and has got; null where no rule is in force. */
  readonly witnesses: {
    readonly needed: number
    /** Every entry of the signed reports has its place in the ledger. */
    readonly inLedger: boolean
    /** Cosignatures on the best checkpoint that covers those entries, and who is missing on it. */
    readonly cosigned: number
    readonly missing: readonly string[]
  } | null
  readonly rewardsOpen: number
  /** Legal holds that stand over the engagement. */
  readonly holds: number
  /** State of the gateway and recorder as last seen by the server. */
  readonly sources: { readonly gateway: boolean; readonly recorder: boolean }
}
