-- Legal holds and the disposal of an engagement's data. While a hold stands, the database itself refuses deletion and the
-- destruction of keys, to every role and whatever the time of retention.

-- What was destroyed when; the rows of the engagement stay, unreadable.
alter table engagements add column traffic_disposed_at timestamptz;
alter table engagements add column file_disposed_at timestamptz;

-- Without an engagement it stands over everything that its organisation takes part in.
create table legal_holds (
  id text primary key,
  org_id text not null references organisations,
  engagement_id text references engagements,
  -- Reason and reference, under the house's key: they outlive the engagement's.
  sealed_words bytea not null,
  placed_by text not null references persons,
  placed_at timestamptz not null,
  lift_asked_by text references persons,
  lift_asked_at timestamptz,
  lifted_by text references persons,
  lifted_at timestamptz,
  check ((lift_asked_by is null) = (lift_asked_at is null)),
  check ((lifted_by is null) = (lifted_at is null)),
  -- Two different persons lift a hold.
  check (lifted_by is null or (lift_asked_by is not null and lift_asked_by <> lifted_by))
);
create index legal_holds_standing on legal_holds (engagement_id) where lifted_at is null;
create index legal_holds_by_org on legal_holds (org_id, placed_at desc);

create table disposals (
  id text primary key,
  engagement_id text not null references engagements,
  -- The recorded traffic alone, or everything that the engagement's keys seal.
  what text not null check (what in ('traffic', 'file')),
  sealed_words bytea not null,
  ordered_by text not null references persons,
  ordered_at timestamptz not null,
  done_at timestamptz,
  -- Of the sealed segments that were destroyed: how many, and the SHA-256 over their digests in order.
  segments integer,
  segments_digest text
);
create unique index disposals_once on disposals (engagement_id, what);

do $$ declare t text; begin
  foreach t in array array['legal_holds', 'disposals'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy system_all on %I to zh_system using (true) with check (true)', t);
    execute format('grant select, insert, update on %I to zh_system', t);
  end loop;
end $$;

grant select, insert, update (lift_asked_by, lift_asked_at, lifted_by, lifted_at) on legal_holds to zh_app;
create policy legal_holds_seen on legal_holds for select to zh_app using (
  org_id = zh_org()
  or engagement_id in (select engagement_id from parties where role <> 'tester')
  or (engagement_id is null and zh_kind() <> 'tester' and (
    org_id in (select organizer_org_id from engagements) or org_id in (select auditor_org_id from engagements)))
);
create policy legal_holds_placed on legal_holds for insert to zh_app with check (
  org_id = zh_org() and zh_kind() in ('organizer', 'auditor')
  and (engagement_id is null or engagement_id in (select engagement_id from parties where role in ('organizer', 'auditor')))
);
create policy legal_holds_lifted on legal_holds for update to zh_app using (org_id = zh_org()) with check (org_id = zh_org());

grant select on disposals to zh_app;
create policy disposals_seen on disposals for select to zh_app
  using (engagement_id in (select engagement_id from parties where role <> 'tester'));

-- Whether a hold stands over an engagement, or over what belongs to a house alone.
create function zh_held(engagement text, house text) returns boolean language sql stable as $$
  select exists (
    select 1 from legal_holds h where h.lifted_at is null and (
      h.engagement_id = engagement
      or (h.engagement_id is null and (
        h.org_id = house or h.org_id in (select p.org_id from parties p where p.engagement_id = engagement)))))
$$;

create function zh_is_held() returns trigger language plpgsql as $$
declare was jsonb;
begin
  if tg_op = 'TRUNCATE' then
    if exists (select 1 from legal_holds where lifted_at is null) then
      raise exception 'a legal hold stands: % cannot be emptied', tg_table_name using errcode = 'ZH003';
    end if;
    return null;
  end if;
  was := to_jsonb(old);
  if zh_held(coalesce(was ->> 'engagement_id', case when tg_table_name = 'engagements' then was ->> 'id' end), was ->> 'org_id') then
    raise exception 'a legal hold stands over this row of %', tg_table_name using errcode = 'ZH003';
  end if;
  return old;
end $$;
do $$ declare t text; begin
  foreach t in array array['engagements', 'events', 'segments', 'exchanges', 'scope_versions', 'engagement_records', 'letters',
    'findings', 'finding_decisions', 'comments', 'rewards', 'reports', 'leases', 'disposals'] loop
    execute format('create trigger held_rows before delete on %I for each row execute function zh_is_held()', t);
    execute format('create trigger held_table before truncate on %I execute function zh_is_held()', t);
  end loop;
end $$;

-- A hold is never taken away or rewritten: it is lifted, once. Only a request to lift it comes and goes.
create function zh_hold_stands() returns trigger language plpgsql as $$
begin
  if tg_op <> 'UPDATE' then raise exception 'a legal hold is lifted, not deleted' using errcode = 'ZH003'; end if;
  if old.lifted_at is not null or (to_jsonb(old) - array['lift_asked_by', 'lift_asked_at', 'lifted_by', 'lifted_at'])
      is distinct from (to_jsonb(new) - array['lift_asked_by', 'lift_asked_at', 'lifted_by', 'lifted_at'])
    or (new.lifted_at is not null and old.lift_asked_by is distinct from new.lift_asked_by) then
    raise exception 'a legal hold does not change' using errcode = 'ZH003';
  end if;
  return new;
end $$;
create trigger stands before update or delete on legal_holds for each row execute function zh_hold_stands();
create trigger stands_whole before truncate on legal_holds execute function zh_hold_stands();

-- Destruction is ordered after the time of retention only, and carried out while no hold stands. `domain/retention` says
-- the same numbers.
create function zh_may_dispose() returns trigger language plpgsql as $$
begin
  if zh_held(new.engagement_id, null) then
    raise exception 'a legal hold stands over the engagement' using errcode = 'ZH003';
  end if;
  if exists (select 1 from segments where engagement_id = new.engagement_id
      and sealed_at > now() - make_interval(days => tg_argv[0]::int)) then
    raise exception 'its traffic is kept for % days', tg_argv[0] using errcode = 'ZH001';
  end if;
  if new.what = 'file' and exists (select 1 from events where engagement_id = new.engagement_id and kind = 'engagement.moved'
      and at > now() - make_interval(days => tg_argv[1]::int)) then
    raise exception 'its file is kept for % days', tg_argv[1] using errcode = 'ZH001';
  end if;
  return new;
end $$;
create trigger may_dispose before insert or update on disposals for each row execute function zh_may_dispose('184', '1827');

create function zh_key_goes() returns trigger language plpgsql as $$
begin
  if zh_held(old.id, null) then
    raise exception 'a legal hold stands over the engagement' using errcode = 'ZH003';
  end if;
  if not exists (select 1 from disposals where engagement_id = old.id and what = 'file') then
    raise exception 'a key goes with the disposal of its engagement only' using errcode = 'ZH001';
  end if;
  return new;
end $$;
create trigger key_stays before update of wrapped_key on engagements for each row
  when (old.wrapped_key is distinct from new.wrapped_key) execute function zh_key_goes();
