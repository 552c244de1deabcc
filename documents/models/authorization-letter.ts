import type { Sheet, Span } from './common.ts'

export type ListedTester = {
  /** Name or pseudonym, as the demand side agreed to print it. */
  readonly name: string
  readonly organization: string
  /** Number of the tester's grant. */
  readonly grant: string
}

/**
 * The letter by which the demand side permits the test: to the organizer to run the service and to admit testers
 * (GBT43741-4.2-03). Anybody may check its number and check code on the public page.
 */
export type AuthorizationLetterModel = Sheet & {
  readonly kind: 'authorization-letter'
  readonly demandSide: { readonly name: string; readonly identifier: string }
  readonly organizer: { readonly name: string; readonly identifier: string }
  /** The permits given; the letter needs both. Texts are printed from the permit's name. */
  readonly permits: readonly ('run_service' | 'admit_testers')[]
  /** Who may act under the letter: persons by name, or whoever holds a lease issued under it. */
  readonly testers:
    | { readonly who: 'listed'; readonly list: readonly ListedTester[] }
    | { readonly who: 'lease-holders' }
  readonly scope: {
    readonly version: number
    /** Hex SHA-256 of the compiled scope. */
    readonly digest: string
    readonly frozenAt: string
    readonly linesIn: readonly string[]
    readonly linesOut: readonly string[]
  }
  readonly rules: {
    readonly version: number
    readonly digest: string
    /** One rule of conduct per line. */
    readonly summary: readonly string[]
  }
  readonly validity: Span
  readonly permitted: readonly string[]
  readonly forbidden: readonly string[]
  readonly contacts: readonly {
    readonly name: string
    readonly duty: string
    readonly phone: string
    readonly email: string
  }[]
}
