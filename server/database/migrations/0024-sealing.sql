-- Keys of tenants, wrapped under key-encryption keys that lie in the key folder. People read none.
create table tenant_keys (
  org_id text not null references organisations,
  version int not null check (version between 1 and 65535),
  wrapped bytea not null,
  made_at timestamptz not null,
  primary key (org_id, version)
);

-- Which keys this database was sealed with: a start with others is refused.
create table sealing_state (
  only_one boolean primary key default true check (only_one),
  mark text,
  kek int not null default 0,
  -- Whether what was kept in the clear by earlier versions has been sealed.
  closed_at timestamptz
);
insert into sealing_state (only_one) values (true);

-- Orders to change keys; the server carries them out while it runs.
create table key_rotations (
  id text primary key,
  kind text not null check (kind in ('kek', 'tenant', 'engagement')),
  org_id text references organisations,
  engagement_id text references engagements,
  state text not null default 'asked' check (state in ('asked', 'running', 'settling', 'done')),
  total int not null default 0,
  done int not null default 0,
  fault jsonb,
  asked_by text,
  asked_at timestamptz not null,
  settles_at timestamptz,
  ended_at timestamptz,
  check ((kind = 'kek') = (org_id is null and engagement_id is null))
);
create unique index key_rotations_one_open on key_rotations (kind, coalesce(org_id, ''), coalesce(engagement_id, '')) where state <> 'done';

-- Blind index of findings: keyed digests of words, never words. Whoever may not read the row may not search it.
create table finding_tokens (
  finding_id text not null references findings on delete cascade,
  engagement_id text not null references engagements,
  -- The finding itself, or the comment that the words come from.
  source text not null,
  token bytea not null check (length(token) = 12),
  count int not null check (count > 0),
  primary key (token, finding_id, source)
);
create index finding_tokens_by_source on finding_tokens (finding_id, source);

do $$ declare t text; begin
  foreach t in array array['tenant_keys', 'sealing_state', 'key_rotations', 'finding_tokens'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy system_all on %I to zh_system using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to zh_system', t);
  end loop;
end $$;

-- What counts as readable is decided by the policies of findings and comments: a row that is not seen is not found.
grant select, insert, delete on finding_tokens to zh_app;
create policy finding_tokens_seen on finding_tokens for select to zh_app using (
  (finding_id, engagement_id) in (select id, engagement_id from findings)
  and (source = finding_id or source in (select id from comments))
);
create policy finding_tokens_made on finding_tokens for insert to zh_app with check (
  (finding_id, engagement_id) in (select id, engagement_id from findings)
  and (source = finding_id or source in (select id from comments))
);
create policy finding_tokens_gone on finding_tokens for delete to zh_app using (
  source = finding_id and (finding_id, engagement_id) in (select id, engagement_id from findings)
);

-- The version of a row's sealed text is bound in, so that an older text of the same row does not open.
alter table findings add column text_version int not null default 0;
alter table engagements add column text_version int not null default 0;
alter table reports add column text_version int not null default 0;
grant update (text_version) on findings, engagements, reports to zh_app;

-- A rotation wraps the same keys anew; only what takes them away waits for a disposal. A hold does not stand against it.
create or replace function zh_key_goes() returns trigger language plpgsql as $$
begin
  if current_user = 'zh_system' and length(new.wrapped_key) >= 64 and get_byte(new.wrapped_key, 0) = 2 then
    return new;
  end if;
  if zh_held(old.id, null) then
    raise exception 'a legal hold stands over the engagement' using errcode = 'ZH003';
  end if;
  if not exists (select 1 from disposals where engagement_id = old.id and what = 'file') then
    raise exception 'a key goes with the disposal of its engagement only' using errcode = 'ZH001';
  end if;
  return new;
end $$;
