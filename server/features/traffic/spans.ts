import { baseOf } from '@zhongheng/contracts/records/nodes.ts'
import type { Stay } from '@zhongheng/domain/engagements/nodes.ts'
import { type ExpressionBuilder, type ExpressionWrapper, type SqlBool } from 'kysely'
import type { Database } from '../../database/schema.ts'

/** Sequences between two, both not among them. */
export type Span = { readonly after: number; readonly before: number }

const whole: readonly Span[] = [{ after: -1, before: Number.MAX_SAFE_INTEGER }]

/**
 * An engagement's sequences in order of time, oldest first. At one node they grow with time, and there is one span; one that was moved has a
 * span for each stay, and those do not follow each other by number.
 */
export function spansOf({ nodes }: { readonly nodes: readonly Stay[] }): readonly Span[] {
  if (nodes.length < 2) return whole
  return nodes.map(({ node, from }, at) => {
    const back = nodes.slice(at + 1).find((one) => one.node === node)
    return { after: from, before: back === undefined ? baseOf(node + 1) : back.from + 1 }
  })
}

const placeOf = (spans: readonly Span[], sequence: number): number =>
  spans.findIndex(({ after, before }) => after <= sequence && sequence < before)

/** What came after a sequence; everything for 0 and for one that is in no span. */
export function since(spans: readonly Span[], sequence: number): readonly Span[] {
  const at = sequence <= 0 ? -1 : placeOf(spans, sequence)
  return at < 0 ? spans : [{ after: sequence, before: spans[at]?.before ?? sequence }, ...spans.slice(at + 1)]
}

/** What came before a sequence. One that is in no span limits by its number. */
export const before = (spans: readonly Span[], sequence: number): readonly Span[] => cut(spans, sequence, sequence)

/** What came up to a sequence, with it. */
export const upTo = (spans: readonly Span[], sequence: number): readonly Span[] => cut(spans, sequence, sequence + 1)

function cut(spans: readonly Span[], sequence: number, end: number): readonly Span[] {
  const at = placeOf(spans, sequence)
  const clipped = (span: Span): Span => ({ after: span.after, before: Math.min(span.before, end) })
  return at < 0
    ? spans.map(clipped).filter((span) => span.after + 1 < span.before)
    : [...spans.slice(0, at), ...spans.slice(at, at + 1).map(clipped)]
}

/** A condition on the index: in one of these spans. */
export const within =
  (spans: readonly Span[]) =>
  (eb: ExpressionBuilder<Database, 'exchanges'>): ExpressionWrapper<Database, 'exchanges', SqlBool> =>
    eb.or(
      spans.map(({ after, before }) =>
        eb.and([
          eb('exchanges.sequence', '>', String(after)),
          ...(before === Number.MAX_SAFE_INTEGER ? [] : [eb('exchanges.sequence', '<', String(before))]),
        ]),
      ),
    )

/**
 * The first so many rows in order of time: each span by itself along its index, so that a page costs the same after a move as before.
 * @param run rows of one span, at most so many, in the same order
 */
export async function inOrder<Row>(
  spans: readonly Span[],
  newestFirst: boolean,
  most: number,
  run: (span: Span, most: number) => Promise<readonly Row[]>,
): Promise<Row[]> {
  const rows: Row[] = []
  for (const span of newestFirst ? spans.toReversed() : spans) {
    if (rows.length >= most) break
    rows.push(...(await run(span, most - rows.length)))
  }
  return rows
}
