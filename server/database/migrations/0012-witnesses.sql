-- Witnesses of the ledger, what they vouched for, and what engagements ask of them.

-- The last_* columns repeat the newest cosignature, so that a list needs no search.
create table witnesses (
  id text primary key,
  org_id text not null references organisations,
  name text not null,
  verifier_key text not null,
  -- Hex of the raw key. A key is registered once for ever: a removed one does not come back under another name.
  public_key text not null unique,
  registered_by text not null references persons,
  registered_at timestamptz not null,
  removed_by text references persons,
  removed_at timestamptz,
  last_size bigint,
  last_at timestamptz,
  -- Set while the witness has been quiet for too long, and while it vouches for another tree than ours.
  late_since timestamptz,
  disagrees_since timestamptz,
  disagrees_size bigint
);
create unique index witnesses_by_name on witnesses (name) where removed_at is null;
create index witnesses_by_org on witnesses (org_id);

-- Checkpoints that witnesses were asked to cosign. They name no tenant.
create table checkpoints (
  size bigint primary key,
  root text not null,
  note text not null,
  offered_at timestamptz not null
);
create table cosignatures (
  size bigint not null references checkpoints on delete cascade,
  witness_id text not null references witnesses,
  org_id text not null references organisations,
  line text not null,
  signed_at timestamptz not null,
  received_at timestamptz not null,
  primary key (size, witness_id)
);
create index cosignatures_by_witness on cosignatures (witness_id, size desc);

-- How many of which witnesses must have cosigned before reports are delivered; both sides approve.
create table witness_rules (
  id text primary key,
  engagement_id text not null references engagements,
  needed integer not null check (needed >= 0),
  witness_ids text[] not null,
  state text not null check (state in ('proposed', 'in_force', 'replaced', 'refused')),
  approvals text[] not null,
  proposed_by text not null references persons,
  proposed_at timestamptz not null,
  in_force_at timestamptz,
  check (needed <= cardinality(witness_ids))
);
create unique index witness_rules_one_in_force on witness_rules (engagement_id) where state = 'in_force';
create unique index witness_rules_one_proposed on witness_rules (engagement_id) where state = 'proposed';

do $$ declare t text; begin
  foreach t in array array['witnesses', 'checkpoints', 'cosignatures', 'witness_rules'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy system_all on %I to zh_system using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to zh_system', t);
  end loop;
end $$;

-- Own house, the organizer, and whoever shares an engagement with the witness's house.
grant select, insert, update (removed_by, removed_at) on witnesses to zh_app;
create policy witnesses_seen on witnesses for select to zh_app using (
  org_id = zh_org()
  or zh_kind() = 'organizer'
  or org_id in (select demand_org_id from engagements)
  or org_id in (select auditor_org_id from engagements)
);
create policy witnesses_made on witnesses for insert to zh_app
  with check (org_id = zh_org() and zh_kind() in ('demand', 'auditor'));
create policy witnesses_removed on witnesses for update to zh_app using (org_id = zh_org()) with check (org_id = zh_org());

grant select on checkpoints to zh_app;
create policy checkpoints_seen on checkpoints for select to zh_app using (zh_org() is not null);

grant select on cosignatures to zh_app;
create policy cosignatures_seen on cosignatures for select to zh_app using (witness_id in (select id from witnesses));

grant select, insert, update (state, approvals, in_force_at) on witness_rules to zh_app;
create policy witness_rules_seen on witness_rules for select to zh_app
  using (engagement_id in (select engagement_id from parties where role <> 'tester'));
create policy witness_rules_made on witness_rules for insert to zh_app
  with check (engagement_id in (select engagement_id from parties where role in ('demand', 'organizer')));
create policy witness_rules_decided on witness_rules for update to zh_app
  using (engagement_id in (select engagement_id from parties where role in ('demand', 'organizer')))
  with check (engagement_id in (select engagement_id from parties where role in ('demand', 'organizer')));
