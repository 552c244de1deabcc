-- Restores from backup that were accepted with a reason, why the ledger stands still, and what may not be deleted.

-- Why no server integrates, in both languages; null while one does.
alter table ledger_state add column fault jsonb;

create table ledger_restores (
  id text primary key,
  at timestamptz not null,
  kind text not null check (kind in ('database_behind', 'ledger_behind', 'both_behind')),
  -- Entries of the log whose events this database does not know any more: they keep their places for ever.
  gap_first bigint not null,
  gap_end bigint not null,
  lost bigint not null,
  mark_size bigint,
  mark_root text,
  reason_digest text not null,
  sealed_reason bytea not null,
  check (gap_first <= gap_end)
);
do $$ begin
  alter table ledger_restores enable row level security;
  alter table ledger_restores force row level security;
  create policy system_all on ledger_restores to zh_system using (true) with check (true);
  grant select, insert on ledger_restores to zh_system;
end $$;

-- Retention by construction (RMSV-5-2, CSL-21-3: six months; GBT43741-5.3-10: five years for the service file). The
-- database itself refuses, to every role, what no feature asks for. `domain/retention` says the same numbers.
create function zh_is_kept() returns trigger language plpgsql as $$
begin
  if tg_op = 'TRUNCATE' then
    raise exception '% is kept for % days and cannot be emptied', tg_table_name, tg_argv[0] using errcode = 'ZH001';
  end if;
  if (to_jsonb(old) ->> tg_argv[1])::timestamptz > now() - make_interval(days => tg_argv[0]::int) then
    raise exception 'a row of % is kept for % days', tg_table_name, tg_argv[0] using errcode = 'ZH001';
  end if;
  return old;
end $$;
create trigger kept_rows before delete on events for each row execute function zh_is_kept('1827', 'at');
create trigger kept_table before truncate on events execute function zh_is_kept('1827');
create trigger kept_rows before delete on segments for each row execute function zh_is_kept('184', 'sealed_at');
create trigger kept_table before truncate on segments execute function zh_is_kept('184');

-- An entry's event never changes: only its place is given, once.
create function zh_event_stands() returns trigger language plpgsql as $$
begin
  if (to_jsonb(old) - 'ledger_index') is distinct from (to_jsonb(new) - 'ledger_index')
    or (old.ledger_index is not null and old.ledger_index is distinct from new.ledger_index) then
    raise exception 'an event does not change' using errcode = 'ZH002';
  end if;
  return new;
end $$;
create trigger stands before update on events for each row execute function zh_event_stands();
