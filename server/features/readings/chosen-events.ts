import { type ReadingKind, readingEvents } from '@zhongheng/domain/audit/readings.ts'
import { type RawBuilder, sql } from 'kysely'

/** Word for word the condition of the index. */
export const isReading = sql<boolean>`(right(events.kind, 5) = '.read' or events.kind = 'segment.mirrored')`

/** Whether an event is a reading of one of these kinds. */
export function isOneOf(kinds: readonly ReadingKind[]): RawBuilder<boolean> {
  const each = kinds.map((kind) => {
    const { events, parts } = readingEvents[kind]
    const named = sql`events.kind in (${sql.join(events)})`
    return parts ? sql`(${named} and events.leaf::jsonb #>> '{facts,part}' in (${sql.join(parts)}))` : named
  })
  return sql<boolean>`(${sql.join(each, sql` or `)})`
}
