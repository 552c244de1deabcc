-- For how long an engagement keeps its recorded traffic is a rule of its own, never under the minimum (YDT3744-5.5.4-02, CSL-21-3)
-- and never over what the service file is kept. `domain/retention` says the same numbers.
alter table engagements add column traffic_days integer not null default 184
  constraint engagements_traffic_days check (traffic_days between 184 and 1827);

-- Who let the destruction pass as the second person, where the house wants two.
alter table disposals add column approved_by text references persons,
  add constraint disposals_by_two check (approved_by is null or approved_by <> ordered_by);
alter table two_person_rules add column disposals boolean not null default false;
grant update (disposals) on two_person_rules to zh_app;

-- What was recorded to be kept so long is kept so long: whoever changes the rule.
create function zh_term_stands() returns trigger language plpgsql as $$
begin
  if new.traffic_days < old.traffic_days and exists (select 1 from segments where engagement_id = old.id) then
    raise exception 'the term of recorded traffic is only lengthened' using errcode = 'ZH001';
  end if;
  if exists (select 1 from disposals where engagement_id = old.id) then
    raise exception 'the destruction of the traffic was ordered already' using errcode = 'ZH001';
  end if;
  return new;
end $$;
create trigger term_stands before update of traffic_days on engagements for each row
  when (old.traffic_days is distinct from new.traffic_days) execute function zh_term_stands();

create or replace function zh_may_dispose() returns trigger language plpgsql as $$
declare days integer;
begin
  if zh_held(new.engagement_id, null) then
    raise exception 'a legal hold stands over the engagement' using errcode = 'ZH003';
  end if;
  days := greatest(tg_argv[0]::int, (select traffic_days from engagements where id = new.engagement_id));
  if exists (select 1 from segments where engagement_id = new.engagement_id
      and sealed_at > now() - make_interval(days => days)) then
    raise exception 'its traffic is kept for % days', days using errcode = 'ZH001';
  end if;
  if new.what = 'file' and exists (select 1 from events where engagement_id = new.engagement_id and kind = 'engagement.moved'
      and at > now() - make_interval(days => tg_argv[1]::int)) then
    raise exception 'its file is kept for % days', tg_argv[1] using errcode = 'ZH001';
  end if;
  return new;
end $$;

-- The engagement's own term holds for the seals too, which say what there was.
create or replace function zh_is_kept() returns trigger language plpgsql as $$
declare days integer := tg_argv[0]::int;
begin
  if tg_op = 'TRUNCATE' then
    raise exception '% is kept for % days and cannot be emptied', tg_table_name, tg_argv[0] using errcode = 'ZH001';
  end if;
  if tg_table_name = 'segments' then
    days := greatest(days, (select traffic_days from engagements where id = to_jsonb(old) ->> 'engagement_id'));
  end if;
  if (to_jsonb(old) ->> tg_argv[1])::timestamptz > now() - make_interval(days => days) then
    raise exception 'a row of % is kept for % days', tg_table_name, days using errcode = 'ZH001';
  end if;
  return old;
end $$;
