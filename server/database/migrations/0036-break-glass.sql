-- Emergency access of the organizer's administrators to one engagement. It hangs on a used approval of another person, lasts four
-- hours at most, and is ended, never changed.
create table break_glass (
  id text primary key,
  engagement_id text not null references engagements,
  org_id text not null references organisations,
  person_id text not null references persons,
  approval_id text not null unique references approvals,
  approved_by text not null references persons check (approved_by <> person_id),
  sealed_purpose bytea not null,
  opened_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > opened_at and ends_at <= opened_at + interval '4 hours'),
  ended_at timestamptz,
  ended_by text references persons,
  ended_org_id text references organisations,
  sealed_reason bytea
);
create index break_glass_of_engagement on break_glass (engagement_id, opened_at desc);

alter table break_glass enable row level security;
alter table break_glass force row level security;
create policy system_all on break_glass to zh_system using (true) with check (true);
grant select, insert, update, delete on break_glass to zh_system;

grant select, insert, update (ended_at, ended_by, ended_org_id, sealed_reason) on break_glass to zh_app;
create policy break_glass_seen on break_glass for select to zh_app
  using (engagement_id in (select engagement_id from parties where role <> 'tester'));
create policy break_glass_opened on break_glass for insert to zh_app with check (
  org_id = zh_org() and person_id = zh_person() and zh_kind() = 'organizer' and ended_at is null
  and engagement_id in (select engagement_id from parties where role = 'organizer')
  and exists (select 1 from approvals a where a.id = approval_id and a.kind = 'break_glass' and a.asked_by = zh_person()
    and a.engagement_id = break_glass.engagement_id and a.decided_by = approved_by and a.used_at is not null)
);
create policy break_glass_ended on break_glass for update to zh_app
  using (engagement_id in (select engagement_id from parties where role in ('demand', 'organizer')))
  with check (engagement_id in (select engagement_id from parties where role in ('demand', 'organizer')));

create function zh_break_glass_stands() returns trigger language plpgsql as $$
begin
  if old.ended_at is not null or (to_jsonb(old) - array['ended_at', 'ended_by', 'ended_org_id', 'sealed_reason'])
      is distinct from (to_jsonb(new) - array['ended_at', 'ended_by', 'ended_org_id', 'sealed_reason'])
    or (zh_person() is not null and new.ended_by is distinct from zh_person()) then
    raise exception 'an emergency access is ended once and does not change' using errcode = 'ZH004';
  end if;
  return new;
end $$;
create trigger stands before update on break_glass for each row execute function zh_break_glass_stands();
