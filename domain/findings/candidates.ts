import type { FindingState } from './states.ts'

/** In what an earlier finding is like the one under review. */
export const likenesses = ['address', 'weakness', 'words'] as const
export type Likeness = (typeof likenesses)[number]

/** Candidates that are shown for one finding at most: whoever looks for others looks by words. */
export const mostCandidates = 6
/** From this share of the words of the shorter text on, two texts are alike. */
const alikeFrom = 1 / 3

/**
 * States of a finding of which another one can be the double. What was found to be no flaw is no original; what is closed was mended,
 * and who finds it again found something new.
 */
export const originalStates: readonly FindingState[] = [
  'submitted',
  'initial_review',
  'passed',
  'returned',
  'demand_review',
  'confirmed',
  'disputed',
  'remediation',
  'retest',
  'fixed',
  'risk_accepted',
]

/** What is known of an earlier finding beside the one under review. */
export type Beside = {
  readonly id: string
  /** It cites a request to an address that the other cites too. */
  readonly sameAddress: boolean
  readonly sameWeakness: boolean
  /** Distinct words that both have, and those of the shorter text. */
  readonly sharedWords: number
  readonly words: number
}
export type Candidate = { readonly id: string; readonly why: readonly Likeness[] }

const shareOf = ({ sharedWords, words }: Beside): number => (words === 0 ? 0 : sharedWords / words)

/**
 * Findings that the one under review may double (YDT3744-5.3.4-02), likeliest first, each with the reasons. The same address is one by
 * itself; the same weakness only with a text that is alike, for half of all findings are of three kinds. People decide.
 * @returns at most `mostCandidates`
 */
export function likelyOriginals(earlier: readonly Beside[]): Candidate[] {
  return earlier
    .filter((one) => one.sameAddress || (one.sameWeakness && shareOf(one) >= alikeFrom))
    .map((one) => ({ one, score: (one.sameAddress ? 3 : 0) + (one.sameWeakness ? 2 : 0) + 2 * shareOf(one) }))
    .sort((a, b) => b.score - a.score || (a.one.id < b.one.id ? -1 : 1))
    .slice(0, mostCandidates)
    .map(({ one }) => ({
      id: one.id,
      why: [
        ...(one.sameAddress ? ['address' as const] : []),
        ...(one.sameWeakness ? ['weakness' as const] : []),
        ...(shareOf(one) >= alikeFrom ? ['words' as const] : []),
      ],
    }))
}
