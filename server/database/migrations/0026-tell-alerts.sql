-- Where alerts are told outside, and what is on its way there.

create table alert_receivers (
  id text primary key,
  engagement_id text not null references engagements,
  name text not null,
  channel text not null check (channel in ('webhook', 'syslog_tls', 'syslog_tcp', 'syslog_udp')),
  address text not null,
  form text not null check (form in ('ocsf', 'gbt44886')),
  authority text,
  -- The key that signs what a webhook gets.
  sealed_secret bytea,
  added_by text not null references persons,
  added_at timestamptz not null,
  removed_by text references persons,
  removed_at timestamptz,
  last_sent_at timestamptz,
  last_failure_at timestamptz,
  last_failure jsonb
);
create index alert_receivers_by_engagement on alert_receivers (engagement_id) where removed_at is null;

-- Queued in the commit that it tells of; the text stays the same in every try.
create table alert_deliveries (
  id text primary key,
  receiver_id text not null references alert_receivers,
  engagement_id text not null references engagements,
  what text not null check (what in ('raised', 'acknowledged', 'settled', 'test')),
  grade text not null check (grade in ('high', 'medium', 'low', 'none')),
  at timestamptz not null,
  message text not null,
  state text not null check (state in ('waiting', 'sent', 'given_up')),
  tries integer not null default 0,
  next_try_at timestamptz
);
create index alert_deliveries_due on alert_deliveries (next_try_at) where state = 'waiting';
create index alert_deliveries_by_receiver on alert_deliveries (receiver_id, state);

do $$ declare t text; begin
  foreach t in array array['alert_receivers', 'alert_deliveries'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy system_all on %I to zh_system using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to zh_system', t);
    execute format('create policy %I on %I for select to zh_app using ('
      || 'engagement_id in (select engagement_id from parties where role in (''organizer'', ''auditor'')))', t || '_seen', t);
  end loop;
end $$;
grant select, insert, update (removed_by, removed_at) on alert_receivers to zh_app;
create policy alert_receivers_made on alert_receivers for insert to zh_app
  with check (engagement_id in (select engagement_id from parties where role = 'organizer'));
create policy alert_receivers_removed on alert_receivers for update to zh_app
  using (engagement_id in (select engagement_id from parties where role = 'organizer'))
  with check (engagement_id in (select engagement_id from parties where role = 'organizer'));
grant select on alert_deliveries to zh_app;
