-- Members of a house in groups, and engagements that a party gave to some of its members. Without a grant all members of the party
-- work on the engagement; with one, only those whom a grant reaches, until it ends.
create table groups (
  id text primary key,
  org_id text not null references organisations,
  name text not null,
  created_at timestamptz not null,
  version integer not null default 1,
  unique (org_id, name)
);
create table group_members (
  group_id text not null references groups on delete cascade,
  org_id text not null references organisations,
  person_id text not null references persons,
  primary key (group_id, person_id)
);
create index group_members_of_person on group_members (person_id);
create table work_teams (
  engagement_id text not null references engagements,
  org_id text not null references organisations,
  changed_at timestamptz not null,
  version integer not null default 1,
  primary key (engagement_id, org_id)
);
create table engagement_grants (
  engagement_id text not null,
  org_id text not null,
  group_id text references groups,
  person_id text references persons,
  ends_at timestamptz,
  given_by text not null references persons,
  given_at timestamptz not null,
  foreign key (engagement_id, org_id) references work_teams,
  check ((group_id is null) <> (person_id is null)),
  unique nulls not distinct (engagement_id, org_id, group_id, person_id)
);
create index engagement_grants_of_house on engagement_grants (org_id, engagement_id);

do $$ declare t text; begin
  foreach t in array array['groups', 'group_members', 'work_teams', 'engagement_grants'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy system_all on %I to zh_system using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to zh_system', t);
    execute format('create policy %I on %I for select to zh_app using (org_id = zh_org())', t || '_own', t);
    execute format('grant select on %I to zh_app', t);
  end loop;
end $$;
grant insert, update (name, version), delete on groups to zh_app;
create policy groups_made on groups for insert to zh_app with check (org_id = zh_org());
create policy groups_changed on groups for update to zh_app using (org_id = zh_org()) with check (org_id = zh_org());
create policy groups_removed on groups for delete to zh_app using (org_id = zh_org());
grant insert, delete on group_members to zh_app;
create policy group_members_added on group_members for insert to zh_app with check (
  org_id = zh_org() and group_id in (select id from groups) and person_id in (select id from persons where org_id = zh_org())
);
create policy group_members_taken on group_members for delete to zh_app using (org_id = zh_org());

-- Engagements of the own house that were given to others of it. Asked with the caller's rights: the tables above show them the own house.
create function zh_closed() returns setof text language sql stable as $$
  select g.engagement_id from engagement_grants g where g.org_id = zh_org() group by g.engagement_id
  having not bool_or(coalesce(
    (g.ends_at is null or g.ends_at > now())
    and (g.person_id = zh_person() or g.group_id in (select m.group_id from group_members m where m.person_id = zh_person())),
    false))
$$;
-- Who names a party sees the engagement. Asked inside a function: policies of parties and engagements that ask each other never end.
create function zh_sees_as_side(engagement text) returns boolean language sql stable as $$
  select exists (select 1 from engagements e where e.id = engagement and (e.demand_org_id = zh_org() or e.organizer_org_id = zh_org()))
$$;
drop policy parties_made on parties;
create policy parties_made on parties for insert to zh_app with check (zh_sees_as_side(engagement_id));
-- The second wall, under every table that knows its engagement: what any other policy would show or take, this one takes away.
create policy worked_on on engagements as restrictive to zh_app using (id not in (select zh_closed()));
do $$ declare t text; begin
  for t in
    select c.table_name from information_schema.columns c join pg_class k on k.relname = c.table_name and k.relkind in ('r', 'p')
    join pg_namespace n on n.oid = k.relnamespace and n.nspname = 'public'
    where c.table_schema = 'public' and c.column_name = 'engagement_id' and c.table_name not in ('work_teams', 'engagement_grants')
      and not k.relispartition
  loop
    execute format('create policy worked_on on %I as restrictive to zh_app using (engagement_id is null or engagement_id not in (select zh_closed()))', t);
  end loop;
end $$;
