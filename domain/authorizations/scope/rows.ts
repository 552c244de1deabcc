import type { SpecialHandling } from './handling.ts'

/**
 * One line of a scope as its owner wrote it: the source from which rules, letter and asset choice are made.
 * A scope version is an array of these; it is what is stored, signed and compared.
 */
export type ScopeRow = {
  /** Stable within a version: `in-0001`, `out-0003`, `line-0012`; rows made by an answer hang below: `in-0001.1`. */
  readonly rowId: string
  readonly effect: Effect
  /** The asset exactly as written. */
  readonly asset: string
  /** The platform's own type word, or empty. Often wrong: it may make a row doubtful, never a rule. */
  readonly type: string
  /** Instruction, description or remark; printed, never enforced. */
  readonly note: string
  /** What the platform carries beside the asset and may be the real one (display name, address field). */
  readonly aside?: { readonly name?: string; readonly address?: string }
  readonly maxSeverity?: string
  readonly bountyEligible?: boolean
  /** What is done with the inside of tunnels to it; without a word TLS is opened. */
  readonly handling?: SpecialHandling | undefined
  /** Questions of these kinds were answered "as it stands". */
  readonly settled?: readonly QuestionKind[]
  /**
   * Set by an answer: no rule comes from this row. `letter_only` is printed in the letter; `dropped` was left out by a
   * person, who said why.
   */
  readonly outcome?: { readonly kind: 'letter_only' | 'dropped'; readonly note: string }
}

export type Effect = 'in' | 'out'

/** Why a row needs a person. The sentences are in `questions.ts`. */
export type QuestionKind =
  | 'empty'
  | 'redacted'
  | 'prose'
  | 'app'
  | 'source'
  | 'hardware'
  | 'scheme'
  | 'too_wide'
  | 'shared_suffix'
  | 'placeholder'
  | 'app_id'
  | 'query'
  | 'fragment'
  | 'ports'
  | 'never_dialled'
  | 'remark_restricts'
  | 'note_restricts'
  | 'name_differs'
  | 'conjunction'
  | 'listed_both_ways'
  | 'handling_path'

export type PortRange = { readonly from: number; readonly to: number }

/** Which hosts a rule speaks of. `below` is `*.base`; `glob` has `*` elsewhere in the name. */
export type HostPattern =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'below'; readonly base: string }
  | { readonly kind: 'glob'; readonly glob: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'range'; readonly family: 4 | 6; readonly from: string; readonly to: string }

/** What an asset names. `null` ports or path: not written. */
export type AssetPattern = {
  readonly host: HostPattern
  readonly ports: readonly PortRange[] | null
  /** `/a/b` with `*` inside; stands for itself and everything below it. */
  readonly path: string | null
}

/** Limits of an import, so that a hostile file is refused and not chewed. */
export const scopeLimits = { rows: 20_000, assetLength: 4_000, noteLength: 20_000 } as const
