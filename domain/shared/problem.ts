/** A sentence in both product languages. Chinese is the first language; neither may be empty. */
export type Text = { readonly zh: string; readonly en: string }
export const say = (zh: string, en: string): Text => ({ zh, en })

/** Every way a request can be refused. The HTTP status of each stands in `server/http/problems.ts` only. */
export type ProblemCode =
  // Not to be understood: no JSON, an unknown question in the address, a header that is none.
  | 'unreadable'
  // Understood, and a field is not as it must be.
  | 'malformed'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'wrong_state'
  | 'conflict'
  | 'refused'
  | 'too_large'
  | 'too_many'
  | 'unsupported_type'
  // Asked of a name that is not ours.
  | 'misdirected'
  | 'unavailable'

/** Names one refused field: where it is, what limit it broke and how to mend it. */
export type FieldFault = { readonly field: string; readonly limit: Text; readonly fix: Text }

/** A rule's name as people cite it: a register row (`GBT43741-4.1-02`) or a product rule (`SOD-1`, `AUTH-MISSING`). */
export type RuleId = string

/**
 * The one error type of the product: a refusal that a person can act on.
 * `rule` names the broken rule, `fields` the refused fields. Anything else thrown is a fault of ours (500).
 */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly text: Text
  readonly rule: RuleId | undefined
  readonly fields: readonly FieldFault[]
  /** Seconds after which trying again makes sense. */
  readonly retryAfter: number | undefined
  constructor(
    code: ProblemCode,
    text: Text,
    more: { rule?: RuleId; fields?: readonly FieldFault[]; retryAfter?: number; cause?: unknown } = {},
  ) {
    super(text.en, more.cause === undefined ? undefined : { cause: more.cause })
    this.code = code
    this.text = text
    this.rule = more.rule
    this.fields = more.fields ?? []
    this.retryAfter = more.retryAfter
  }
}

/** A refusal of one field, e.g. `badField('window.closesAt', say('须晚于开始时间', 'must be after opensAt'), say(...))`. */
export function badField(field: string, limit: Text, fix: Text): Problem {
  return new Problem('malformed', say(`${field}：${limit.zh}。${fix.zh}`, `${field}: ${limit.en}. ${fix.en}`), {
    fields: [{ field, limit, fix }],
  })
}
