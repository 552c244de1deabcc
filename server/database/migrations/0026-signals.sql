-- Alerts of conduct. What was seen is never kept: kinds, counts, places and keyed digests only.
create table alerts (
  id text primary key,
  engagement_id text not null references engagements,
  lease_id text not null references leases,
  person_id text not null references persons,
  org_id text not null references organisations,
  kind text not null,
  host text not null,
  severity text not null check (severity in ('low', 'medium', 'high')),
  -- What followed, by the rules of that moment.
  response text not null check (response in ('alarm', 'slow', 'stop')),
  state text not null check (state in ('open', 'acknowledged', 'settled')),
  -- Exchanges in which it was seen, and the most different values in one of them.
  exchanges integer not null,
  most integer not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  raised_at timestamptz not null,
  handled_by text references persons,
  handled_at timestamptz,
  outcome text check (outcome in ('violation', 'permitted', 'false_alarm')),
  sealed_reason bytea
);
-- One alert gathers what one tester goes on doing until somebody looks at it.
create unique index alerts_one_open on alerts (lease_id, kind, host) where state = 'open';
create index alerts_by_engagement on alerts (engagement_id, last_at desc, id);
create table alert_hits (
  alert_id text not null references alerts,
  exchange_id text not null,
  sequence bigint not null,
  engagement_id text not null references engagements,
  org_id text not null references organisations,
  side text not null check (side in ('request', 'response', 'pattern')),
  count integer not null,
  position bigint not null,
  digest text not null,
  primary key (alert_id, exchange_id, side)
);
create index alert_hits_by_exchange on alert_hits (exchange_id);

do $$ declare t text; begin
  foreach t in array array['alerts', 'alert_hits'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy system_all on %I to zh_system using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to zh_system', t);
    execute format('create policy %I on %I for select to zh_app using ('
      || 'engagement_id in (select engagement_id from parties where role in (''organizer'', ''auditor''))'
      || ' or (org_id = zh_org() and zh_kind() = ''tester''))', t || '_seen', t);
  end loop;
end $$;
grant select, update (state, handled_by, handled_at, outcome, sealed_reason) on alerts to zh_app;
grant select on alert_hits to zh_app;
create policy alerts_handled on alerts for update to zh_app
  using (engagement_id in (select engagement_id from parties where role in ('organizer', 'auditor')))
  with check (engagement_id in (select engagement_id from parties where role in ('organizer', 'auditor')));

-- Requests a second to which a lease is held since a signal; null: its own pace.
alter table leases add column slowed_to integer check (slowed_to > 0);
