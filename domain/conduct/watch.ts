import { destructiveCommand, webShell, writeSql } from './payloads.ts'
import { bankCard, personalId, personalPhone } from './personal-data.ts'
import { type Look, Scan } from './scan.ts'
import type { PayloadClass, SignalKind } from './signals.ts'
import { Unfold } from './unfold.ts'

/** What one text showed of one kind. `values` are the first different ones; they never leave memory. */
export type Seen = {
  readonly kind: SignalKind
  /** Different values, counted up to `mostValues`. */
  readonly count: number
  /** Of the first, in the text as it was read. */
  readonly position: number
  readonly values: readonly string[]
}

export const mostValues = 1000

/** So many different values in one text make a signal: one number of a service line is no leak. */
const least: { readonly [kind in SignalKind]?: number } = { personal_phone: 3 }

const payloadLooks: { readonly [kind in PayloadClass]: Look } = {
  write_sql: writeSql,
  web_shell: webShell,
  destructive_command: destructiveCommand,
}

/** Looks at one text that comes in pieces: bodies and heads alike. Memory is bounded whatever comes. */
export class Watch {
  readonly #scans: readonly Scan[]
  readonly #unfold: Unfold | null
  readonly #found = new Map<SignalKind, { position: number; values: Set<string> }>()

  private constructor(looks: readonly Look[], unfold: Unfold | null) {
    this.#scans = looks.map((look) => new Scan(look))
    this.#unfold = unfold
  }

  /** For what testers send. @param kinds the payloads to look for */
  static ofRequest(kinds: readonly PayloadClass[]): Watch {
    return new Watch(
      kinds.map((kind) => payloadLooks[kind]),
      new Unfold(),
    )
  }

  /** For what targets answer. */
  static ofResponse(): Watch {
    return new Watch([personalId, personalPhone, bankCard], null)
  }

  /** @param last whether nothing follows */
  feed(piece: string, last: boolean): void {
    const text = this.#unfold === null ? piece : this.#unfold.feed(piece, last)
    for (const scan of this.#scans) {
      for (const { kind, position, value } of scan.feed(text, last)) {
        const found = this.#found.get(kind) ?? { position, values: new Set<string>() }
        if (found.values.size < mostValues) found.values.add(value)
        this.#found.set(kind, found)
      }
    }
  }

  /** What was seen so far, as often as makes a signal; in the order of the text. */
  get seen(): readonly Seen[] {
    return [...this.#found]
      .filter(([kind, { values }]) => values.size >= (least[kind] ?? 1))
      .map(([kind, { position, values }]) => ({ kind, position, count: values.size, values: [...values] }))
      .sort((one, other) => one.position - other.position)
  }
}
