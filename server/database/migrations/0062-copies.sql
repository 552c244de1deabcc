-- Whose copy a mark belongs to: readings by the end of their event's id. Word for word the condition of the other indexes.
create index if not exists events_readings_by_code on events (right(id, 8))
  where right(kind, 5) = '.read' or kind = 'segment.mirrored';
