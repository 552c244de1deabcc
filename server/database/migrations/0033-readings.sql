-- The reading record is read from the events themselves: of an engagement, and of a person in the last hour.
create index events_readings on events (engagement_id, seq desc)
  where right(kind, 5) = '.read' or kind = 'segment.mirrored';
create index events_readings_by_person on events (actor, at)
  where right(kind, 5) = '.read' or kind = 'segment.mirrored';
