import type { ExchangeRowView } from '@zhongheng/contracts/http/traffic.ts'

/** Exchanges marked in the list, by sequence, in the order of marking. */
export type Marked = ReadonlyMap<number, ExchangeRowView>

/** As many as one export takes. */
export const mostMarked = 200

/** Marks an exchange, or takes its mark away. */
export function toggledMark(marked: Marked, row: ExchangeRowView): Marked {
  const next = new Map(marked)
  if (!next.delete(row.sequence) && next.size < mostMarked) next.set(row.sequence, row)
  return next
}
