-- What somebody beyond their budget of readings read for: said once, good for an hour.
create table reading_purposes (
  id text primary key,
  engagement_id text not null references engagements,
  org_id text not null references organisations,
  person_id text not null references persons,
  sealed_purpose bytea not null,
  at timestamptz not null,
  until timestamptz not null
);
create index reading_purposes_by_person on reading_purposes (person_id, engagement_id, until);

alter table reading_purposes enable row level security;
alter table reading_purposes force row level security;
create policy system_all on reading_purposes to zh_system using (true) with check (true);
grant select, insert, update, delete on reading_purposes to zh_system;
grant select, insert on reading_purposes to zh_app;
create policy reading_purposes_seen on reading_purposes for select to zh_app using (
  engagement_id in (select engagement_id from parties where role <> 'tester')
);
create policy reading_purposes_made on reading_purposes for insert to zh_app with check (
  org_id = zh_org() and person_id = zh_person()
  and engagement_id in (select engagement_id from parties where role <> 'tester')
);
