-- Test rules: rates, hours, methods and conduct, as versions that never change. What they say is sealed, for it names hosts.
create table test_rules (
  id text primary key,
  engagement_id text not null references engagements,
  number integer not null,
  state text not null check (state in ('proposed', 'in_force', 'superseded', 'refused')),
  sealed_rules bytea not null,
  digest text not null,
  sealed_reason bytea not null,
  approvals text[] not null,
  proposed_by text not null references persons,
  proposed_role text not null,
  proposed_at timestamptz not null,
  in_force_at timestamptz,
  unique (engagement_id, number)
);
create unique index test_rules_one_in_force on test_rules (engagement_id) where state = 'in_force';
create unique index test_rules_one_proposed on test_rules (engagement_id) where state = 'proposed';
alter table test_rules enable row level security;
alter table test_rules force row level security;
create policy system_all on test_rules to zh_system using (true) with check (true);
grant select, insert, update, delete on test_rules to zh_system;
grant select, insert, update (state, approvals, in_force_at) on test_rules to zh_app;
create policy test_rules_seen on test_rules for select to zh_app using (
  engagement_id in (select engagement_id from parties where role <> 'tester')
  or (state in ('in_force', 'superseded') and engagement_id in (select engagement_id from parties))
);
create policy test_rules_made on test_rules for insert to zh_app
  with check (engagement_id in (select engagement_id from parties where role in ('demand', 'organizer')));
create policy test_rules_decided on test_rules for update to zh_app
  using (engagement_id in (select engagement_id from parties where role in ('demand', 'organizer')))
  with check (engagement_id in (select engagement_id from parties where role in ('demand', 'organizer')));
