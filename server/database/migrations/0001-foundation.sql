-- The owner runs this. The application works as zh_app (row policies apply, owns nothing); background work that has no
-- signed-in person (sequencer, clock, index of traffic, sign-in itself) works as zh_system, with policies of its own.
do $$ begin
  begin create role zh_app nologin; exception when duplicate_object or unique_violation then null; end;
  begin create role zh_system nologin; exception when duplicate_object or unique_violation then null; end;
end $$;
do $$ begin execute format('grant zh_app, zh_system to %I', current_user); exception when others then
  if not pg_has_role(current_user, 'zh_app', 'member') then raise; end if; end $$;
grant usage on schema public to zh_app, zh_system;

-- Set inside each transaction; empty outside of one, and then every policy says no.
create function zh_org() returns text language sql stable as $$ select nullif(current_setting('app.org', true), '') $$;
create function zh_kind() returns text language sql stable as $$ select nullif(current_setting('app.kind', true), '') $$;
create function zh_person() returns text language sql stable as $$ select nullif(current_setting('app.person', true), '') $$;

create table organisations (
  id text primary key,
  name text not null,
  kind text not null check (kind in ('demand', 'organizer', 'tester', 'auditor')),
  public_key text not null,
  sealed_private_key bytea not null,
  created_at timestamptz not null
);
create table persons (
  id text primary key,
  org_id text not null references organisations,
  name text not null,
  posts text[] not null check (cardinality(posts) > 0),
  state text not null default 'active' check (state in ('active', 'removed')),
  locale text not null default 'zh-CN' check (locale in ('zh-CN', 'en')),
  created_at timestamptz not null,
  version integer not null default 1
);
create index persons_by_org on persons (org_id);
create table credentials (
  person_id text primary key references persons,
  org_id text not null references organisations,
  login text not null unique,
  password_hash text not null,
  last_seen_at timestamptz
);
create table logins (
  id text primary key,
  person_id text not null references persons,
  token_digest text not null unique,
  created_at timestamptz not null,
  seen_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  agent text not null default ''
);
create index logins_by_person on logins (person_id) where ended_at is null;
create table throttles (
  key text primary key,
  since timestamptz not null,
  count integer not null
);
create table invitations (
  id text primary key,
  org_id text not null references organisations,
  name text not null,
  posts text[] not null check (cardinality(posts) > 0),
  token_digest text not null unique,
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  accepted_at timestamptz
);
create table testers (
  person_id text primary key references persons,
  org_id text not null references organisations,
  identity text not null default 'none' check (identity in ('none', 'asked', 'verified', 'refused')),
  -- Keyed digest of the document number: one verified identity on one account only (GBT43741-5.1-11, SOD-1).
  identity_digest text unique,
  sealed_identity bytea,
  identity_verified_at timestamptz,
  grade integer not null default 0 check (grade between 0 and 5),
  grade_basis text,
  skills text[] not null default '{}',
  version integer not null default 1
);
create table idempotency (
  person_id text not null,
  route text not null,
  key text not null,
  body_digest text not null,
  status integer not null,
  reply jsonb,
  at timestamptz not null,
  primary key (person_id, route, key)
);

create sequence engagement_numbers;
grant usage on sequence engagement_numbers to zh_app;
create table engagements (
  id text primary key,
  number text not null unique,
  title text not null,
  state text not null,
  demand_org_id text not null references organisations,
  organizer_org_id text references organisations,
  auditor_org_id text references organisations,
  sealed_goals bytea not null,
  wrapped_key bytea not null,
  window_opens timestamptz,
  window_closes timestamptz,
  audit_mode text check (audit_mode in ('third_party', 'organizer_post')),
  data_level text not null check (data_level in ('general', 'important', 'core')),
  environment text not null check (environment in ('prod', 'staging', 'dedicated')),
  min_grade integer not null default 0,
  reward_table jsonb not null default '[]',
  budget_fen bigint not null default 0,
  scope_version_id text,
  stop jsonb,
  ca_certificate text,
  sealed_ca_key bytea,
  finding_count integer not null default 0,
  letter_count integer not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version integer not null default 1,
  check (window_closes is null or window_opens is null or window_closes > window_opens)
);
create index engagements_open on engagements (window_closes) where state in ('testing', 'suspended');
create table parties (
  engagement_id text not null references engagements,
  org_id text not null references organisations,
  role text not null check (role in ('demand', 'organizer', 'tester', 'auditor')),
  primary key (engagement_id, org_id)
);
create index parties_by_org on parties (org_id);
create table scope_versions (
  id text primary key,
  engagement_id text not null references engagements,
  number integer not null,
  state text not null check (state in ('draft', 'proposed', 'frozen', 'superseded', 'refused')),
  format text not null,
  sealed_source bytea not null,
  sealed_compiled bytea not null,
  digest text not null,
  unanswered integer not null,
  approvals jsonb not null default '[]',
  reason text,
  created_by text not null references persons,
  created_at timestamptz not null,
  effective_at timestamptz,
  unique (engagement_id, number)
);
create table ownership_proofs (
  id text primary key,
  engagement_id text not null references engagements,
  object text not null,
  method text not null check (method in ('dns', 'file', 'letter')),
  state text not null check (state in ('waiting', 'proven', 'failed', 'expired')),
  challenge text not null,
  letter_reference text,
  letter_digest text,
  checked_at timestamptz,
  check_result jsonb,
  expires_at timestamptz,
  created_at timestamptz not null
);
create index ownership_proofs_by_engagement on ownership_proofs (engagement_id, object);
create table engagement_records (
  id text primary key,
  engagement_id text not null references engagements,
  kind text not null,
  role text not null,
  org_id text not null references organisations,
  person_id text not null references persons,
  scope_version_id text,
  -- Choices and ticks only, for the guards; words are in sealed_fields.
  choices jsonb not null,
  sealed_fields bytea not null,
  digest text not null,
  signature text,
  key_fingerprint text,
  -- Cycle of the engagement (a stop, a return) that the record belongs to; a later cycle does not count it.
  withdrawn_at timestamptz,
  at timestamptz not null
);
create index engagement_records_by_engagement on engagement_records (engagement_id, kind);
create table letters (
  id text primary key,
  engagement_id text not null references engagements,
  number text not null unique,
  check_code text not null,
  scope_version_id text not null references scope_versions,
  opens timestamptz not null,
  closes timestamptz not null,
  state text not null check (state in ('valid', 'superseded', 'revoked')),
  pdf bytea not null,
  docx bytea not null,
  pdf_sha256 text not null,
  docx_sha256 text not null,
  issued_at timestamptz not null
);
create index letters_by_engagement on letters (engagement_id);
create table enrollments (
  id text primary key,
  engagement_id text not null references engagements,
  person_id text not null references persons,
  org_id text not null references organisations,
  state text not null check (state in ('applied', 'invited', 'admitted', 'declined', 'removed')),
  sealed_statement bytea,
  quiz_score integer,
  quiz_passed_at timestamptz,
  pledge_digest text,
  pledged_at timestamptz,
  created_at timestamptz not null,
  version integer not null default 1,
  unique (engagement_id, person_id)
);
create table leases (
  id text primary key,
  engagement_id text not null references engagements,
  enrollment_id text not null references enrollments,
  person_id text not null references persons,
  org_id text not null references organisations,
  proxy_name text not null unique,
  secret_digest text not null,
  salt text not null,
  state text not null check (state in ('active', 'suspended', 'revoked')),
  opens timestamptz not null,
  closes timestamptz not null,
  requests_per_second integer not null,
  concurrency integer not null,
  issued_at timestamptz not null,
  ended_at timestamptz,
  reason text
);
create index leases_by_engagement on leases (engagement_id);
create unique index leases_one_per_tester on leases (engagement_id, person_id) where state <> 'revoked';

-- The index of what the recorder holds; the segments are the truth, this can be made again from them.
create table exchanges (
  sequence bigint primary key,
  id text not null unique,
  engagement_id text not null references engagements,
  lease_id text not null,
  person_id text not null,
  org_id text not null,
  segment_id text not null,
  kind text not null,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  scheme text not null,
  method text not null,
  host text not null,
  port integer not null,
  path text not null,
  address text,
  status integer not null,
  outcome text not null,
  content_type text,
  target_verified boolean,
  request_bytes bigint not null,
  response_bytes bigint not null,
  request_digest text not null,
  response_digest text not null,
  policy_digest text not null,
  refusal jsonb
);
create index exchanges_by_engagement on exchanges (engagement_id, sequence desc);
create index exchanges_by_tester on exchanges (engagement_id, person_id, sequence desc);
create table segments (
  number bigserial primary key,
  id text not null unique,
  engagement_id text not null references engagements,
  exchanges integer not null,
  first_sequence bigint not null,
  last_sequence bigint not null,
  bytes bigint not null,
  sha256 text not null,
  root text not null,
  sealed_at timestamptz not null
);
create table feed_positions (name text primary key, position bigint not null, seen_at timestamptz not null);

create table findings (
  id text primary key,
  engagement_id text not null references engagements,
  number text not null unique,
  person_id text not null references persons,
  org_id text not null references organisations,
  state text not null,
  severity text not null,
  tester_severity text not null,
  severity_reason text,
  cwe text not null,
  cvss_vector text,
  cvss_score numeric(3, 1),
  sealed_title bytea not null,
  sealed_asset bytea not null,
  sealed_body bytea not null,
  duplicate_of text references findings,
  -- Set when the organizer passes it on; before that the demand side does not see the row (GBT43741-4.1-08).
  passed_at timestamptz,
  lease_id text not null,
  letter_number text,
  scope_version_id text not null references scope_versions,
  submitted_at timestamptz not null,
  updated_at timestamptz not null,
  version integer not null default 1
);
create index findings_by_engagement on findings (engagement_id, submitted_at desc);
create index findings_by_org on findings (org_id, submitted_at desc);
create table finding_citations (
  finding_id text not null references findings,
  engagement_id text not null references engagements,
  exchange_id text not null,
  place integer not null,
  request_digest text not null,
  response_digest text not null,
  primary key (finding_id, exchange_id)
);
create index finding_citations_by_exchange on finding_citations (exchange_id);
create table finding_decisions (
  id text primary key,
  finding_id text not null references findings,
  engagement_id text not null references engagements,
  move text not null,
  from_state text not null,
  to_state text not null,
  person_id text not null references persons,
  role text not null,
  reason_code text,
  sealed_reason bytea not null,
  cites text,
  event_id text not null,
  at timestamptz not null
);
create index finding_decisions_by_finding on finding_decisions (finding_id);
create table comments (
  id text primary key,
  finding_id text not null references findings,
  engagement_id text not null references engagements,
  audience text not null check (audience in ('internal', 'parties', 'everyone')),
  org_id text not null references organisations,
  person_id text not null references persons,
  role text not null,
  sealed_body bytea not null,
  at timestamptz not null
);
create index comments_by_finding on comments (finding_id);
create table rewards (
  id text primary key,
  finding_id text not null references findings,
  engagement_id text not null references engagements,
  org_id text not null references organisations,
  person_id text not null references persons,
  amount_fen bigint not null check (amount_fen >= 0),
  state text not null check (state in ('proposed', 'approved', 'refused', 'paid')),
  note text not null,
  proposed_by text not null,
  proposed_at timestamptz not null,
  version integer not null default 1
);
create unique index rewards_one_live on rewards (finding_id) where state <> 'refused';
create table reports (
  id text primary key,
  engagement_id text not null references engagements,
  kind text not null check (kind in ('test', 'audit')),
  locale text not null,
  state text not null check (state in ('draft', 'signed', 'superseded')),
  revision integer not null,
  sealed_sections bytea not null,
  pdf bytea,
  docx bytea,
  pdf_sha256 text,
  docx_sha256 text,
  signature text,
  key_fingerprint text,
  signed_by text references persons,
  signed_at timestamptz,
  anchor jsonb,
  created_at timestamptz not null,
  version integer not null default 1,
  unique (engagement_id, kind, revision)
);

create table events (
  seq bigserial primary key,
  id text not null unique,
  at timestamptz not null,
  kind text not null,
  engagement_id text references engagements,
  subject text,
  actor text not null,
  role text not null,
  org_id text,
  audience text not null check (audience in ('house', 'parties', 'everyone')),
  leaf text not null,
  ledger_index bigint unique
);
create index events_waiting on events (seq) where ledger_index is null;
create index events_by_engagement on events (engagement_id, seq desc);
create index events_by_subject on events (subject);

-- Policies. Every table is forced; zh_app gets what is written here and nothing else.
do $$ declare t text; begin
  for t in select tablename from pg_tables where schemaname = 'public' and tablename not like 'kysely%' and tablename <> 'migrations' loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy system_all on %I to zh_system using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to zh_system', t);
  end loop;
end $$;
grant usage on all sequences in schema public to zh_app, zh_system;

-- Parties: an organisation sees its own rows only, so that every other policy can ask here without recursion.
grant select, insert on parties to zh_app;
create policy parties_own on parties for select to zh_app using (org_id = zh_org());
create policy parties_made on parties for insert to zh_app
  with check (engagement_id in (select id from engagements where demand_org_id = zh_org() or organizer_org_id = zh_org()));

-- The sealed signing key is read by the system role alone, when somebody signs.
grant select (id, name, kind, public_key, created_at), insert on organisations to zh_app;
create policy organisations_seen on organisations for select to zh_app using (
  id = zh_org()
  or (zh_org() is not null and kind in ('organizer', 'auditor'))
  or zh_kind() = 'organizer'
  or id in (select demand_org_id from engagements)
  or id in (select org_id from enrollments)
);
create policy organisations_taken_in on organisations for insert to zh_app with check (zh_kind() = 'organizer');

grant select (id, org_id, name, posts, state, locale, created_at, version), update (posts, state, locale, version) on persons to zh_app;
create policy persons_seen on persons for select to zh_app using (
  org_id = zh_org()
  or org_id in (select demand_org_id from engagements)
  or org_id in (select organizer_org_id from engagements)
  or org_id in (select auditor_org_id from engagements)
  or org_id in (select org_id from enrollments)
  or (zh_kind() = 'organizer' and org_id in (select id from organisations where kind = 'tester'))
);
create policy persons_own on persons for update to zh_app using (org_id = zh_org()) with check (org_id = zh_org());

-- Credentials, logins and throttles belong to zh_system alone; members see login names of their own house.
grant select (person_id, org_id, login, last_seen_at) on credentials to zh_app;
create policy credentials_own on credentials for select to zh_app using (org_id = zh_org());

grant select, insert on invitations to zh_app;
create policy invitations_own on invitations for select to zh_app using (org_id = zh_org());
create policy invitations_made on invitations for insert to zh_app
  with check (org_id = zh_org() or zh_kind() = 'organizer');

grant select, insert, update on testers to zh_app;
create policy testers_seen on testers for select to zh_app using (
  org_id = zh_org() or zh_kind() = 'organizer' or org_id in (select org_id from enrollments)
);
create policy testers_made on testers for insert to zh_app with check (org_id = zh_org());
create policy testers_changed on testers for update to zh_app
  using (org_id = zh_org() or zh_kind() = 'organizer') with check (org_id = zh_org() or zh_kind() = 'organizer');

grant select, insert on idempotency to zh_app;
create policy idempotency_own on idempotency for all to zh_app using (person_id = zh_person()) with check (person_id = zh_person());

-- A draft is the demand side's alone; from submission on every party sees the engagement.
grant select, insert, update on engagements to zh_app;
create policy engagements_seen on engagements for select to zh_app using (
  demand_org_id = zh_org() or (state <> 'draft' and id in (select engagement_id from parties))
);
create policy engagements_made on engagements for insert to zh_app with check (demand_org_id = zh_org() and zh_kind() = 'demand');
create policy engagements_changed on engagements for update to zh_app
  using (demand_org_id = zh_org() or id in (select engagement_id from parties))
  with check (demand_org_id = zh_org() or id in (select engagement_id from parties));

grant select, insert, update on scope_versions to zh_app;
create policy scope_versions_seen on scope_versions for select to zh_app using (
  engagement_id in (select engagement_id from parties where role <> 'tester')
  or (state in ('frozen', 'superseded') and engagement_id in (select engagement_id from parties))
);
create policy scope_versions_made on scope_versions for insert to zh_app
  with check (engagement_id in (select engagement_id from parties where role in ('demand', 'organizer')));
create policy scope_versions_changed on scope_versions for update to zh_app
  using (engagement_id in (select engagement_id from parties where role in ('demand', 'organizer')))
  with check (engagement_id in (select engagement_id from parties where role in ('demand', 'organizer')));

grant select, insert, update on ownership_proofs to zh_app;
create policy ownership_proofs_all on ownership_proofs for all to zh_app
  using (engagement_id in (select engagement_id from parties where role <> 'tester'))
  with check (engagement_id in (select engagement_id from parties where role in ('demand', 'organizer')));

grant select, insert, update (withdrawn_at) on engagement_records to zh_app;
create policy engagement_records_seen on engagement_records for select to zh_app using (
  org_id = zh_org() or engagement_id in (select engagement_id from parties where role <> 'tester')
);
create policy engagement_records_made on engagement_records for insert to zh_app
  with check (org_id = zh_org() and engagement_id in (select engagement_id from parties));
create policy engagement_records_withdrawn on engagement_records for update to zh_app
  using (engagement_id in (select engagement_id from parties where role <> 'tester'))
  with check (engagement_id in (select engagement_id from parties where role <> 'tester'));

grant select, insert, update (state) on letters to zh_app;
create policy letters_seen on letters for select to zh_app using (engagement_id in (select engagement_id from parties));
create policy letters_made on letters for insert to zh_app
  with check (engagement_id in (select engagement_id from parties where role in ('demand', 'organizer')));
create policy letters_changed on letters for update to zh_app
  using (engagement_id in (select engagement_id from parties where role in ('demand', 'organizer')))
  with check (engagement_id in (select engagement_id from parties where role in ('demand', 'organizer')));

grant select, insert, update on enrollments to zh_app;
create policy enrollments_seen on enrollments for select to zh_app using (
  org_id = zh_org() or engagement_id in (select engagement_id from parties where role <> 'tester')
);
create policy enrollments_made on enrollments for insert to zh_app with check (
  (org_id = zh_org() and zh_kind() = 'tester') or engagement_id in (select engagement_id from parties where role = 'organizer')
);
create policy enrollments_changed on enrollments for update to zh_app
  using (org_id = zh_org() or engagement_id in (select engagement_id from parties where role = 'organizer'))
  with check (org_id = zh_org() or engagement_id in (select engagement_id from parties where role = 'organizer'));

grant select, insert, update on leases to zh_app;
create policy leases_seen on leases for select to zh_app using (
  org_id = zh_org() or engagement_id in (select engagement_id from parties where role <> 'tester')
);
create policy leases_made on leases for insert to zh_app
  with check (org_id = zh_org() and engagement_id in (select engagement_id from parties where role = 'tester'));
create policy leases_changed on leases for update to zh_app
  using (org_id = zh_org() or engagement_id in (select engagement_id from parties where role in ('organizer', 'auditor', 'demand')))
  with check (org_id = zh_org() or engagement_id in (select engagement_id from parties where role in ('organizer', 'auditor', 'demand')));

-- Traffic: the auditor, the organizer and the tester's own house; the demand side sees what findings cite.
grant select on exchanges to zh_app;
create policy exchanges_seen on exchanges for select to zh_app using (
  org_id = zh_org()
  or engagement_id in (select engagement_id from parties where role in ('organizer', 'auditor'))
  or (engagement_id in (select engagement_id from parties where role = 'demand')
      and id in (select exchange_id from finding_citations))
);
grant select on segments to zh_app;
create policy segments_seen on segments for select to zh_app using (engagement_id in (select engagement_id from parties));
grant select on feed_positions to zh_app;
create policy feed_positions_seen on feed_positions for select to zh_app using (zh_org() is not null);

grant select, insert, update on findings to zh_app;
create policy findings_seen on findings for select to zh_app using (
  org_id = zh_org()
  or engagement_id in (select engagement_id from parties where role in ('organizer', 'auditor'))
  or (passed_at is not null and engagement_id in (select engagement_id from parties where role = 'demand'))
);
create policy findings_made on findings for insert to zh_app
  with check (org_id = zh_org() and engagement_id in (select engagement_id from parties where role = 'tester'));
create policy findings_changed on findings for update to zh_app
  using (
    org_id = zh_org()
    or engagement_id in (select engagement_id from parties where role in ('organizer', 'auditor'))
    or (passed_at is not null and engagement_id in (select engagement_id from parties where role = 'demand'))
  )
  with check (engagement_id in (select engagement_id from parties));
grant select, insert, delete on finding_citations to zh_app;
create policy finding_citations_seen on finding_citations for select to zh_app using (finding_id in (select id from findings));
create policy finding_citations_made on finding_citations for insert to zh_app
  with check (finding_id in (select id from findings where org_id = zh_org()));
create policy finding_citations_replaced on finding_citations for delete to zh_app
  using (finding_id in (select id from findings where org_id = zh_org()));
grant select, insert on finding_decisions to zh_app;
create policy finding_decisions_all on finding_decisions for all to zh_app
  using (finding_id in (select id from findings)) with check (finding_id in (select id from findings));
grant select, insert on comments to zh_app;
create policy comments_seen on comments for select to zh_app using (
  finding_id in (select id from findings) and (
    audience = 'everyone'
    or org_id = zh_org()
    or (audience = 'parties' and engagement_id in (select engagement_id from parties where role <> 'tester'))
  )
);
create policy comments_made on comments for insert to zh_app
  with check (org_id = zh_org() and finding_id in (select id from findings));
grant select, insert, update on rewards to zh_app;
create policy rewards_seen on rewards for select to zh_app using (
  org_id = zh_org() or engagement_id in (select engagement_id from parties where role <> 'tester')
);
create policy rewards_made on rewards for insert to zh_app
  with check (engagement_id in (select engagement_id from parties where role = 'organizer'));
create policy rewards_changed on rewards for update to zh_app
  using (engagement_id in (select engagement_id from parties where role in ('organizer', 'demand')))
  with check (engagement_id in (select engagement_id from parties where role in ('organizer', 'demand')));

grant select, insert, update on reports to zh_app;
create policy reports_seen on reports for select to zh_app using (
  engagement_id in (select engagement_id from parties where role in ('organizer', 'auditor'))
  or (state <> 'draft' and engagement_id in (select engagement_id from parties where role = 'demand'))
);
create policy reports_made on reports for insert to zh_app with check (
  engagement_id in (select engagement_id from parties where role = case when kind = 'audit' then 'auditor' else 'organizer' end)
);
create policy reports_changed on reports for update to zh_app
  using (engagement_id in (select engagement_id from parties where role = case when kind = 'audit' then 'auditor' else 'organizer' end))
  with check (engagement_id in (select engagement_id from parties where role = case when kind = 'audit' then 'auditor' else 'organizer' end));

-- Events: `everyone` reaches the testers too, `parties` the other three roles, `house` only the actor's own organisation.
grant select, insert on events to zh_app;
create policy events_seen on events for select to zh_app using (
  org_id = zh_org()
  or (audience = 'everyone' and engagement_id in (select engagement_id from parties))
  or (audience = 'parties' and engagement_id in (select engagement_id from parties where role <> 'tester'))
);
create policy events_made on events for insert to zh_app with check (org_id = zh_org() and actor = zh_person());
