-- The same rule as before at no cost for the sequencer: giving a place names no other column, and the condition is
-- judged without calling a function.
drop trigger stands on events;
create or replace function zh_event_stands() returns trigger language plpgsql as $$
begin
  raise exception 'an event does not change' using errcode = 'ZH002';
end $$;
create trigger stands before update of seq, id, at, kind, engagement_id, subject, actor, role, org_id, audience, leaf
  on events for each row execute function zh_event_stands();
create trigger keeps_place before update of ledger_index on events for each row
  when (old.ledger_index is not null and old.ledger_index is distinct from new.ledger_index)
  execute function zh_event_stands();
