-- The ledger's engine: who writes it, how far the daily check has read, and which engagements may not be disposed of.

-- One row. `token` only grows: a sequencer that holds a lower one gives no entry its place any more.
create table ledger_state (
  only_one boolean primary key default true check (only_one),
  token bigint not null default 0,
  holder text not null default '',
  since timestamptz
);
insert into ledger_state default values;

-- One row: the scrub under way and the last one that ended.
create table ledger_scrubs (
  only_one boolean primary key default true check (only_one),
  began_at timestamptz,
  -- Entries that the scrub under way covers, and how many of them it has read.
  size bigint not null default 0,
  position bigint not null default 0,
  ended_at timestamptz,
  result text check (result in ('whole', 'damaged')),
  ended_size bigint,
  fault jsonb
);
insert into ledger_scrubs default values;

do $$ declare t text; begin
  foreach t in array array['ledger_state', 'ledger_scrubs'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy system_all on %I to zh_system using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to zh_system', t);
  end loop;
end $$;

-- An entry bundle cannot hold more: such an event would stand before all later ones for ever.
alter table events add constraint events_leaf_fits check (octet_length(leaf) <= 65535) not valid;
