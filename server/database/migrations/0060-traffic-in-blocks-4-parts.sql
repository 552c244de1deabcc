-- The swap: names and rights alone, no row is looked at. Locks in the order in which writers of traffic take theirs.
lock table exchanges, exchange_words in access exclusive mode;
lock table engagements in share row exclusive mode;

set local role zh_system;
update engagements e set traffic_blocks = array(
    select generate_series((ends.first >> 24)::integer, (ends.last >> 24)::integer))
  from (
    select id, (select min(sequence) from exchanges where engagement_id = engagements.id) as first,
      (select max(sequence) from exchanges where engagement_id = engagements.id) as last
    from engagements) ends
  where ends.id = e.id and ends.first is not null;
reset role;

do $$ declare t text; p record; begin
  foreach t in array array['exchanges', 'exchange_words'] loop
    execute format('alter table %I rename to %I', t, t || '_first');
    -- The names of its indexes go to the whole.
    for p in select indexrelid::regclass::text as name from pg_index where indrelid = (t || '_first')::regclass loop
      execute format('alter index %I rename to %I', p.name, replace(p.name, t, t || '_first'));
    end loop;
    execute format('create table %I (like %I including defaults including storage) partition by range (sequence)', t, t || '_first');
    execute format('alter table %I add primary key (sequence)', t);
    execute format('alter table %I add foreign key (engagement_id) references engagements', t);
  end loop;
end $$;
create index exchanges_by_engagement on exchanges (engagement_id, sequence desc);
create index exchanges_by_tester on exchanges (engagement_id, person_id, sequence desc);
create index exchanges_by_host on exchanges (engagement_id, host, sequence desc);
create index exchanges_by_status on exchanges (engagement_id, status, sequence desc);
create index exchanges_by_time on exchanges (engagement_id, started_at desc);
create index exchange_words_by_word on exchange_words using gin (words) with (fastupdate = on);
create index exchange_words_partly on exchange_words (engagement_id) where not whole;

-- Policies and rights are the whole's. A part has neither: who asks one by its name is refused, and were they not, would see nothing.
do $$ declare t text; p record; begin
  foreach t in array array['exchanges', 'exchange_words'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    for p in
      select polname as name, case when polpermissive then 'permissive' else 'restrictive' end as kind,
        case polcmd when 'r' then 'select' else 'all' end as acts, polroles[1]::regrole::text as role,
        pg_get_expr(polqual, polrelid) as seen, pg_get_expr(polwithcheck, polrelid) as checked
      from pg_policy where polrelid = (t || '_first')::regclass
    loop
      execute format('create policy %I on %I as %s for %s to %s using (%s)', p.name, t, p.kind, p.acts, p.role, p.seen)
        || coalesce(' with check (' || p.checked || ')', '');
      execute format('drop policy %I on %I', p.name, t || '_first');
    end loop;
    execute format('revoke all on %I from zh_app, zh_system', t || '_first');
    execute format('grant select on %I to zh_app', t);
    execute format('grant select, insert, update, delete on %I to zh_system', t);
  end loop;
end $$;
drop trigger held_rows on exchanges_first;
create trigger held_rows before delete on exchanges for each row execute function zh_is_held();
create trigger held_table before truncate on exchanges execute function zh_is_held();

-- One exchange is taken once. A unique index sees its own part only, so the ids of all parts lie here, but for those of the
-- first part: they were there before, and its own index has them.
create table exchange_ids (id text primary key);
alter table exchange_ids enable row level security;
alter table exchange_ids force row level security;
create policy system_all on exchange_ids to zh_system using (true) with check (true);
grant select, insert, update, delete on exchange_ids to zh_system;

do $$ declare t text; reach bigint; begin
  select (regexp_match(pg_get_constraintdef(oid), '< ''?(\d+)'))[1]::bigint into strict reach
    from pg_constraint where conrelid = 'exchanges_first'::regclass and conname = 'first_reach';
  foreach t in array array['exchanges', 'exchange_words'] loop
    execute format('alter table %I attach partition %I for values from (minvalue) to (%s)', t, t || '_first', reach);
    execute format('alter table %I drop constraint first_reach', t || '_first');
  end loop;

  execute format($made$
    -- Which of these ids were taken already.
    create function zh_exchanges_known(ids text[]) returns setof text language sql stable as $body$
      select id from exchange_ids where id = any (ids)
      union select id from exchanges where sequence < %1$s and id = any (ids)
    $body$;

    create function zh_exchanges_taken() returns trigger language plpgsql as $body$
    begin
      if exists (select from taken t join exchanges e on e.id = t.id where t.sequence >= %1$s and e.sequence < %1$s) then
        raise exception 'an exchange is taken once' using errcode = 'unique_violation';
      end if;
      insert into exchange_ids select id from taken;
      update engagements e set traffic_blocks = array(select distinct unnest(e.traffic_blocks || n.blocks) order by 1)
        from (select engagement_id, array_agg(distinct (sequence >> 24)::integer) as blocks from taken group by engagement_id) n
        where e.id = n.engagement_id and not e.traffic_blocks @> n.blocks;
      return null;
    end $body$;

    -- Makes the part for one block of 2^24 sequences where there is none. Run by the owner of the tables; of several servers
    -- one does it. Writers of other tables never wait for it longer than the limit.
    create function zh_make_traffic_block(block integer) returns void language plpgsql as $body$
    declare t text; part text; low bigint := block::bigint << 24;
    begin
      if low < %1$s then return; end if;
      perform set_config('lock_timeout', '3s', true);
      perform pg_advisory_xact_lock(727060);
      foreach t in array array['exchanges', 'exchange_words'] loop
        part := format('%%s_%%s', t, lpad(to_hex(block), 6, '0'));
        continue when to_regclass(part) is not null;
        execute format('create table %%I (like %%I including defaults including storage)', part, t);
        execute format('alter table %%I enable row level security, force row level security', part);
        if t = 'exchanges' then
          execute format('alter table %%I add unique (id)', part);
          execute format('create trigger held_table before truncate on %%I execute function zh_is_held()', part);
        end if;
        execute format('alter table %%I attach partition %%I for values from (%%s) to (%%s)', t, part, low, low + (1 << 24));
      end loop;
    end $body$;
    $made$, reach);
end $$;
revoke execute on function zh_make_traffic_block(integer) from public;
create trigger taken_once after insert on exchanges referencing new table as taken
  for each statement execute function zh_exchanges_taken();

-- The index is made again from the segments where it is lost: what is deleted can be taken again.
create function zh_exchanges_gone() returns trigger language plpgsql as $$
begin
  delete from exchange_ids where id in (select id from gone);
  return null;
end $$;
create trigger gone after delete on exchanges referencing old table as gone for each statement execute function zh_exchanges_gone();
create function zh_exchanges_emptied() returns trigger language plpgsql as $$
begin
  truncate exchange_ids;
  return null;
end $$;
create trigger emptied after truncate on exchanges execute function zh_exchanges_emptied();
create function zh_exchange_stays() returns trigger language plpgsql as $$
begin
  raise exception 'an exchange keeps its id and its sequence' using errcode = 'ZH004';
end $$;
create trigger stays before update of id, sequence on exchanges for each statement execute function zh_exchange_stays();
