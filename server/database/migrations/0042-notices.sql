-- What people are told in the product: one row for each person, made in the commit that it tells of. States, ids and numbers
-- only. While a row is unread, more of the same kind about the same thing gather in it.
create table notices (
  id text primary key,
  person_id text not null references persons,
  org_id text not null references organisations,
  kind text not null,
  engagement_id text references engagements,
  -- Without a reference, so that telling of a finding waits for nobody who works on it.
  finding_id text,
  about text not null default '',
  facts jsonb not null default '{}' check (jsonb_typeof(facts) = 'object'),
  times integer not null default 1 check (times > 0),
  at timestamptz not null,
  read_at timestamptz
);
create unique index notices_gather on notices (person_id, kind, about) where read_at is null;
create index notices_by_person on notices (person_id, at desc, id desc);
create index notices_old on notices (at);

alter table notices enable row level security;
alter table notices force row level security;
create policy system_all on notices to zh_system using (true) with check (true);
grant select, insert, update, delete on notices to zh_system;

grant select, update (read_at) on notices to zh_app;
-- The own ones, for as long as one may know of what they speak of. Whoever applied or was invited is no party yet.
create policy notices_seen on notices for select to zh_app using (
  person_id = zh_person() and org_id = zh_org()
  and (engagement_id is null
    or exists (select 1 from engagements e where e.id = notices.engagement_id)
    or exists (select 1 from enrollments n where n.engagement_id = notices.engagement_id and n.person_id = zh_person()))
  and (finding_id is null or exists (select 1 from findings f where f.id = notices.finding_id))
);
create policy notices_read on notices for update to zh_app using (person_id = zh_person()) with check (person_id = zh_person());
