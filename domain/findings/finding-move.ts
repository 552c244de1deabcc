import type { EngagementAction } from '../access/matrix.ts'
import type { RuleId, Text } from '../shared/problem.ts'
import type { FindingGuardName } from './guards.ts'
import type { Severity } from './severity.ts'
import type { FindingState } from './states.ts'

/** What a move asks for besides the finding itself; the form and the checks come from it. */
export type FindingNeed = 'reason' | 'reasonCode' | 'cites' | 'duplicateOf' | 'severity' | 'retestOutcome'
export type ReasonCode = { readonly value: string; readonly label: Text }

export type FindingMove = {
  readonly title: Text
  readonly from: readonly FindingState[]
  /** A state that the same act enters and leaves at once: a passed finding is handed over in the same commit. */
  readonly through?: FindingState
  readonly to: FindingState
  /** Where else the move may end, by what it is told (a retest that failed). */
  readonly otherwise?: readonly FindingState[]
  /** The permission it takes; the matrix says which role holds it. */
  readonly by: EngagementAction
  readonly guards: readonly FindingGuardName[]
  readonly needs: readonly FindingNeed[]
  /** Codes to choose from. A single one needs no choosing: it is the move's own. */
  readonly codes: readonly ReasonCode[]
  /** The rule that a decision rests on where the person names nothing else, so that none is without a citation. */
  readonly restsOn: RuleId
  readonly clauses: readonly RuleId[]
  /** The kind of record it leaves, in the registers' words. */
  readonly evidence:
    | 'ReviewDecision'
    | 'HandOver'
    | 'DemandDecision'
    | 'Dispute'
    | 'RemediationTask'
    | 'Retest'
    | 'Supplement'
    | 'ClosureRecord'
}

/** What the person gave with the move. An empty text counts as not given. */
export type FindingInput = {
  readonly reason?: string | undefined
  readonly reasonCode?: string | undefined
  readonly cites?: string | undefined
  readonly severity?: Severity | undefined
  readonly retestOutcome?: 'not_reproducible' | 'still_there' | 'cannot_test' | undefined
  /** The finding named by `duplicateOf`, looked up in the same engagement; undefined when there is none or it is the finding itself. */
  readonly original?: { readonly submittedAt: string; readonly state: FindingState } | undefined
}
