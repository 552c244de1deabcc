-- Decoys: findings that nobody submitted, in a table of their own, so that nothing which counts, prints, pays or exports findings meets one.
-- The house that runs the platform sees the rows in its lists; what tells them from findings is this table's name and who placed them,
-- which no route shows but to whom the matrix names.
create table decoys (
  -- As a finding's.
  id text primary key,
  engagement_id text not null references engagements,
  -- The house that placed it.
  org_id text not null references organisations,
  number text not null,
  -- The tester whom it names.
  person_id text not null references persons,
  severity text not null,
  cwe text not null,
  sealed_title bytea not null,
  sealed_asset bytea not null,
  sealed_body bytea not null,
  -- Why it was placed, for those who may know that it is one.
  sealed_note bytea not null,
  -- Keyed digests of its words, as in finding_tokens, and how often each comes.
  tokens bytea[] not null,
  counts integer[] not null,
  exchange_ids text[] not null,
  letter_number text,
  scope_version_id text not null references scope_versions,
  submitted_at timestamptz not null,
  -- From then on it shows, closed.
  settles_at timestamptz not null,
  placed_by text not null references persons,
  event_id text not null,
  removed_at timestamptz,
  removed_by text references persons,
  version integer not null default 1,
  text_version integer not null default 1,
  unique (engagement_id, number)
);
create index decoys_of_engagement on decoys (engagement_id, submitted_at desc);
-- Everybody who came upon one. Written by the platform: whoever came upon it neither sees nor makes the row.
create table decoy_openings (
  -- Of the opening.
  event_id text primary key,
  decoy_id text not null references decoys,
  engagement_id text not null references engagements,
  person_id text not null references persons,
  org_id text not null references organisations,
  way text not null check (way in ('opened', 'named')),
  at timestamptz not null
);
create index decoy_openings_of_engagement on decoy_openings (engagement_id, at desc);

do $$ declare t text; begin
  foreach t in array array['decoys', 'decoy_openings'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy system_all on %I to zh_system using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to zh_system', t);
    execute format('create policy worked_on on %I as restrictive to zh_app using (engagement_id not in (select zh_closed()))', t);
    execute format('create policy %I on %I as restrictive for all to zh_app using (
      (select zh_inside()) or engagement_id in (select id from engagements where demand_org_id = zh_org()))', t || '_at_home', t);
    execute format('create trigger held_rows before delete on %I for each row execute function zh_is_held()', t);
    execute format('create trigger held_table before truncate on %I execute function zh_is_held()', t);
  end loop;
end $$;
grant select, insert on decoys to zh_app;
grant update (severity, cwe, sealed_title, sealed_asset, sealed_body, sealed_note, tokens, counts, removed_at, removed_by, version, text_version)
  on decoys to zh_app;
create policy decoys_seen on decoys for select to zh_app using (
  engagement_id in (select engagement_id from parties where role in ('organizer', 'auditor'))
);
create policy decoys_placed on decoys for insert to zh_app with check (
  org_id = zh_org() and placed_by = zh_person()
  and engagement_id in (select engagement_id from parties where role in ('organizer', 'auditor'))
);
create policy decoys_changed on decoys for update to zh_app
  using (org_id = zh_org() and engagement_id in (select engagement_id from parties where role in ('organizer', 'auditor')))
  with check (org_id = zh_org() and engagement_id in (select engagement_id from parties where role in ('organizer', 'auditor')));
grant select on decoy_openings to zh_app;
create policy decoy_openings_seen on decoy_openings for select to zh_app
  using (engagement_id in (select engagement_id from parties where role <> 'tester'));

-- Whether who asks administers who may do what, or audits it, now.
create function zh_keeps_watch() returns boolean language sql stable as $$
  select exists (
    select 1 from persons p, unnest(p.posts) post
    where p.id = zh_person() and p.org_id = zh_org() and post in ('security_admin', 'audit_admin')
      and coalesce((p.post_ends ->> post)::timestamptz > now(), true))
$$;
-- A house reads the events of its people, and so would learn where a decoy lies, or that it met one. Those of decoys are for the
-- administrators of the houses that place them; nobody reads of an opening of their own.
create policy events_of_decoys on events as restrictive for select to zh_app using (
  kind not like 'decoy.%'
  or (zh_kind() in ('organizer', 'auditor') and (kind <> 'decoy.opened' or actor <> zh_person()) and (select zh_keeps_watch()))
);
