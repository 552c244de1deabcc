-- Sign-in: one throttle, second factors, passkeys, logins that can be told apart, tokens, recovery, OIDC.

-- The throttle counts in a sliding window: moments of the checks of the last minutes, never more than the limit.
alter table throttles add column marks timestamptz[] not null default '{}';

alter table credentials
  add column password_set_at timestamptz not null default now();

-- A login that still waits for something opens only the routes for that.
alter table logins
  add column waits_for text check (waits_for in ('second_factor', 'enrolment', 'new_password')),
  add column method text not null default 'password' check (method in ('password', 'passkey', 'oidc', 'invitation')),
  add column address text not null default '',
  add column network text not null default '',
  add column device_id text,
  add column stepped_up_at timestamptz,
  add column end_reason text;

create table devices (
  id text primary key,
  person_id text not null references persons,
  token_digest text not null,
  agent text not null default '',
  first_at timestamptz not null,
  last_at timestamptz not null,
  unique (person_id, token_digest)
);
create table known_networks (
  person_id text not null references persons,
  network text not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  primary key (person_id, network)
);
create table one_time_code_secrets (
  id text primary key,
  person_id text not null references persons,
  org_id text not null references organisations,
  sealed_secret bytea not null,
  created_at timestamptz not null,
  confirmed_at timestamptz,
  ended_at timestamptz,
  -- The newest time step that was ever accepted; it and everything before it is spent.
  last_step bigint not null default 0
);
create unique index one_time_code_secrets_live on one_time_code_secrets (person_id)
  where confirmed_at is not null and ended_at is null;
create table recovery_codes (
  person_id text not null references persons,
  code_digest text not null,
  made_at timestamptz not null,
  used_at timestamptz,
  primary key (person_id, code_digest)
);
create table passkeys (
  id text primary key,
  person_id text not null references persons,
  org_id text not null references organisations,
  credential_id text not null unique,
  public_key bytea not null,
  counter bigint not null,
  transports text[] not null default '{}',
  synced boolean not null default false,
  name text not null,
  created_at timestamptz not null,
  last_used_at timestamptz,
  ended_at timestamptz
);
create index passkeys_by_person on passkeys (person_id) where ended_at is null;
-- Challenges and states of a sign-in in several steps are sealed and travel with the browser; here stand those that were used.
create table spent_ceremonies (
  digest text primary key,
  expires_at timestamptz not null
);
create table access_tokens (
  id text primary key,
  person_id text not null references persons,
  org_id text not null references organisations,
  name text not null,
  token_digest text not null unique,
  hint text not null,
  scopes text[] not null check (cardinality(scopes) > 0),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  last_used_at timestamptz,
  ended_at timestamptz,
  check (expires_at <= created_at + interval '366 days')
);
create index access_tokens_by_person on access_tokens (person_id) where ended_at is null;
create table password_resets (
  id text primary key,
  person_id text not null references persons,
  org_id text not null references organisations,
  asked_at timestamptz not null,
  issued_at timestamptz,
  issued_by text references persons,
  token_digest text unique,
  expires_at timestamptz,
  -- Used, replaced by a newer one, or dead because the password changed meanwhile.
  ended_at timestamptz
);
create index password_resets_by_person on password_resets (person_id) where ended_at is null;
-- A lost second factor is let go by two administrators, never by a mail or a reset.
create table factor_releases (
  id text primary key,
  person_id text not null references persons,
  org_id text not null references organisations,
  reason text not null,
  asked_by text not null references persons,
  asked_at timestamptz not null,
  decided_by text references persons,
  decided_at timestamptz,
  state text not null check (state in ('asked', 'released', 'refused', 'lapsed')),
  check (decided_by is null or decided_by <> asked_by)
);
create unique index factor_releases_one on factor_releases (person_id) where state = 'asked';
create table sign_in_rules (
  org_id text primary key references organisations,
  second_factor text not null default 'installation' check (second_factor in ('installation', 'everybody')),
  idle_minutes integer check (idle_minutes between 5 and 1440),
  absolute_minutes integer check (absolute_minutes between 15 and 10080),
  version integer not null default 1
);
create table oidc_providers (
  org_id text primary key references organisations,
  label text not null,
  issuer text not null,
  client_id text not null,
  sealed_client_secret bytea not null,
  -- acr or amr values by which the provider vouches for a second factor; empty: it never does.
  strong_values text[] not null default '{}',
  enabled boolean not null default true,
  changed_at timestamptz not null,
  version integer not null default 1
);
create table oidc_identities (
  id text primary key,
  person_id text not null references persons,
  org_id text not null references organisations,
  issuer text not null,
  subject text,
  email text,
  created_by text not null references persons,
  created_at timestamptz not null,
  linked_at timestamptz,
  check (subject is not null or email is not null)
);
create unique index oidc_identities_subject on oidc_identities (org_id, issuer, subject) where subject is not null;
create unique index oidc_identities_email on oidc_identities (org_id, issuer, email) where email is not null;
create table security_notices (
  id text primary key,
  person_id text not null references persons,
  org_id text not null references organisations,
  kind text not null,
  facts jsonb not null default '{}',
  at timestamptz not null,
  seen_at timestamptz
);
create index security_notices_by_person on security_notices (person_id, at desc);

do $$ declare t text; begin
  foreach t in array array['devices', 'known_networks', 'one_time_code_secrets', 'recovery_codes', 'passkeys', 'spent_ceremonies', 'access_tokens',
    'password_resets', 'factor_releases', 'sign_in_rules', 'oidc_providers', 'oidc_identities', 'security_notices'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy system_all on %I to zh_system using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to zh_system', t);
  end loop;
end $$;

-- Devices, networks, secrets of one-time codes, recovery codes and spent ceremonies belong to zh_system alone, as passwords do.
-- People see their own logins, passkeys and tokens, never a digest or a key.
grant select (id, person_id, created_at, seen_at, expires_at, ended_at, agent, method, network, device_id, waits_for) on logins to zh_app;
create policy logins_own on logins for select to zh_app using (person_id = zh_person());
grant select (id, person_id, org_id, name, transports, synced, created_at, last_used_at, ended_at), update (name, ended_at) on passkeys to zh_app;
create policy passkeys_seen on passkeys for select to zh_app using (person_id = zh_person());
create policy passkeys_changed on passkeys for update to zh_app using (person_id = zh_person()) with check (person_id = zh_person());
grant select (id, person_id, org_id, name, hint, scopes, created_at, expires_at, last_used_at, ended_at), insert, update (ended_at) on access_tokens to zh_app;
create policy access_tokens_seen on access_tokens for select to zh_app using (person_id = zh_person());
create policy access_tokens_made on access_tokens for insert to zh_app with check (person_id = zh_person() and org_id = zh_org());
create policy access_tokens_changed on access_tokens for update to zh_app using (person_id = zh_person()) with check (person_id = zh_person());
grant select, update (seen_at) on security_notices to zh_app;
create policy security_notices_seen on security_notices for select to zh_app using (person_id = zh_person());
create policy security_notices_changed on security_notices for update to zh_app using (person_id = zh_person()) with check (person_id = zh_person());

-- What administrators handle: requests of the own house, and the organizer those of houses with nobody left to ask.
grant select (id, person_id, org_id, asked_at, issued_at, issued_by, expires_at, ended_at) on password_resets to zh_app;
create policy password_resets_seen on password_resets for select to zh_app using (org_id = zh_org() or zh_kind() = 'organizer');
grant select on factor_releases to zh_app;
create policy factor_releases_seen on factor_releases for select to zh_app using (org_id = zh_org() or zh_kind() = 'organizer');
grant select, insert, update (second_factor, idle_minutes, absolute_minutes, version) on sign_in_rules to zh_app;
create policy sign_in_rules_own on sign_in_rules for all to zh_app using (org_id = zh_org()) with check (org_id = zh_org());
grant select (org_id, label, issuer, client_id, strong_values, enabled, changed_at, version), insert,
  update (label, issuer, client_id, sealed_client_secret, strong_values, enabled, changed_at, version) on oidc_providers to zh_app;
create policy oidc_providers_own on oidc_providers for all to zh_app using (org_id = zh_org()) with check (org_id = zh_org());
grant select, insert, delete on oidc_identities to zh_app;
create policy oidc_identities_own on oidc_identities for all to zh_app
  using (org_id = zh_org()) with check (org_id = zh_org() and person_id in (select id from persons where org_id = zh_org()));
