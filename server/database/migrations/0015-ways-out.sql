-- How the gateway goes out for an engagement, and what it learnt of tunnels and targets.

alter table engagements add column egress_addresses text[] not null default '{}';
alter table engagements add column verified_targets_only boolean not null default false;
grant update (egress_addresses, verified_targets_only) on engagements to zh_app;

-- Client certificates towards targets. The key is sealed under the engagement's key and only ever handed to the gateway.
create table target_certificates (
  id text primary key,
  engagement_id text not null references engagements,
  host text not null,
  certificate text not null,
  fingerprint text not null,
  subject text not null,
  expires_at timestamptz not null,
  sealed_key bytea not null,
  given_by text not null references persons,
  given_at timestamptz not null,
  unique (engagement_id, host)
);
alter table target_certificates enable row level security;
alter table target_certificates force row level security;
create policy system_all on target_certificates to zh_system using (true) with check (true);
grant select, insert, update, delete on target_certificates to zh_system;
grant select, insert, delete on target_certificates to zh_app;
create policy target_certificates_seen on target_certificates for select to zh_app
  using (engagement_id in (select engagement_id from parties where role in ('demand', 'organizer', 'auditor')));
create policy target_certificates_given on target_certificates for insert to zh_app
  with check (engagement_id in (select engagement_id from parties where role = 'demand'));
create policy target_certificates_taken on target_certificates for delete to zh_app
  using (engagement_id in (select engagement_id from parties where role = 'demand'));

-- Of a tunnel that was not looked into: names in its hello, and how much went each way.
alter table exchanges add column tunnel jsonb;
alter table exchanges add column target_fault text;
alter table exchanges add column egress text;
