-- Evidence packs that people asked for, built in the background and kept for a while.
create table packs (
  id text primary key,
  engagement_id text not null references engagements,
  org_id text not null references organisations,
  person_id text not null references persons,
  kind text not null check (kind in ('engagement', 'finding', 'period')),
  finding_id text references findings,
  from_at timestamptz,
  to_at timestamptz,
  redaction text not null check (redaction in ('none', 'secrets', 'bodies')),
  state text not null check (state in ('queued', 'building', 'ready', 'failed', 'cancelled', 'expired')),
  -- What the builder is at, and how far: 0 to 100.
  stage text not null default 'waiting',
  progress integer not null default 0 check (progress between 0 and 100),
  -- The builder says that it lives; a pack whose builder fell silent is taken up by another.
  builder text,
  beat_at timestamptz,
  tries integer not null default 0,
  bytes bigint,
  sha256 text,
  failure jsonb,
  asked_at timestamptz not null,
  ready_at timestamptz,
  expires_at timestamptz,
  check ((kind = 'finding') = (finding_id is not null)),
  check ((kind = 'period') = (from_at is not null and to_at is not null)),
  check (to_at is null or to_at > from_at)
);
create index packs_waiting on packs (asked_at) where state in ('queued', 'building');
create index packs_by_person on packs (person_id, engagement_id, asked_at desc);

-- RFC 3161 time stamps over heads of the ledger. They name no tenant.
create table time_stamps (
  id text primary key,
  size bigint not null,
  root text not null,
  -- The head's bytes as they are stamped.
  note text not null,
  request bytea not null,
  answer bytea,
  state text not null check (state in ('asked', 'exported', 'held', 'failed')),
  reason text not null check (reason in ('regular', 'report', 'stop', 'manual')),
  tries integer not null default 0,
  next_try_at timestamptz,
  failure jsonb,
  stamped_at timestamptz,
  policy text,
  authority text,
  asked_at timestamptz not null
);
create unique index time_stamps_one_of_a_size on time_stamps (size) where state <> 'failed';
create index time_stamps_waiting on time_stamps (next_try_at) where state = 'asked';

do $$ declare t text; begin
  foreach t in array array['packs', 'time_stamps'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy system_all on %I to zh_system using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to zh_system', t);
  end loop;
end $$;

-- A pack belongs to the person who asked for it: what it holds depends on what that person may read.
grant select, insert, update (state, builder) on packs to zh_app;
create policy packs_seen on packs for select to zh_app using (person_id = zh_person());
create policy packs_asked on packs for insert to zh_app with check (
  person_id = zh_person() and org_id = zh_org() and state = 'queued'
  and engagement_id in (select engagement_id from parties where role <> 'tester')
  and (finding_id is null or (finding_id, engagement_id) in (select id, engagement_id from findings))
);
create policy packs_cancelled on packs for update to zh_app using (person_id = zh_person())
  with check (person_id = zh_person() and state = 'cancelled');

grant select on time_stamps to zh_app;
create policy time_stamps_seen on time_stamps for select to zh_app using (zh_org() is not null);
