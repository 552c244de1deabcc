-- Who of a house takes care of a finding. Each house that leads the engagement names one of its own and sees its own naming; testers
-- have none, for a finding is its tester's.
create table finding_assignees (
  finding_id text not null references findings,
  org_id text not null references organisations,
  engagement_id text not null references engagements,
  person_id text not null references persons,
  given_by text not null references persons,
  given_at timestamptz not null,
  primary key (finding_id, org_id)
);
create index finding_assignees_of_person on finding_assignees (person_id);
alter table finding_assignees enable row level security;
alter table finding_assignees force row level security;
create policy system_all on finding_assignees to zh_system using (true) with check (true);
grant select, insert, update, delete on finding_assignees to zh_system;
grant select, insert, delete, update (person_id, given_by, given_at) on finding_assignees to zh_app;
create policy worked_on on finding_assignees as restrictive to zh_app using (engagement_id not in (select zh_closed()));
create policy finding_assignees_at_home on finding_assignees as restrictive for all to zh_app using (
  (select zh_inside()) or engagement_id in (select id from engagements where demand_org_id = zh_org())
);
-- Of the own house, on an engagement that it leads, under a finding that it sees there; named by whoever does it, and a colleague.
create policy finding_assignees_own on finding_assignees for all to zh_app
  using (
    org_id = zh_org() and zh_sees_as_side(engagement_id)
    and exists (select 1 from findings f where f.id = finding_id and f.engagement_id = finding_assignees.engagement_id)
  )
  with check (
    org_id = zh_org() and zh_sees_as_side(engagement_id)
    and exists (select 1 from findings f where f.id = finding_id and f.engagement_id = finding_assignees.engagement_id)
    and given_by = zh_person() and person_id in (select p.id from persons p where p.org_id = zh_org())
  );
