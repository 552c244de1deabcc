-- Acts by two persons. What is asked for lies sealed; its digest, who asked and who decided stand beside it. The checks say
-- once more what the domain says: another account decides, in time, once, and what was approved is used once, in time.
create table approvals (
  id text primary key,
  org_id text not null references organisations,
  engagement_id text references engagements,
  kind text not null,
  digest text not null check (digest ~ '^[0-9a-f]{64}$'),
  sealed_words bytea not null,
  asked_by text not null references persons,
  asked_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > asked_at and expires_at <= asked_at + interval '24 hours'),
  -- Accounts that had been signed in, in the browser in which it was asked.
  same_browser text[] not null default '{}',
  decided_by text references persons check (decided_by <> asked_by),
  decided_at timestamptz check (decided_at < expires_at),
  verdict text check (verdict in ('approved', 'refused')),
  sealed_reason bytea,
  withdrawn_at timestamptz,
  used_at timestamptz check (used_at < expires_at),
  check ((decided_by is null) = (verdict is null) and (decided_at is null) = (verdict is null)),
  -- Coalesced: a check that is neither true nor false would pass.
  check (used_at is null or (coalesce(verdict, '') = 'approved' and withdrawn_at is null))
);
create index approvals_of_house on approvals (org_id, asked_at desc);

create table two_person_rules (
  org_id text primary key references organisations,
  members boolean not null default false,
  exports boolean not null default false,
  changed_at timestamptz not null,
  version integer not null default 1
);

do $$ declare t text; begin
  foreach t in array array['approvals', 'two_person_rules'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy system_all on %I to zh_system using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to zh_system', t);
  end loop;
end $$;

grant select, insert, update (decided_by, decided_at, verdict, sealed_reason, withdrawn_at, used_at) on approvals to zh_app;
create policy approvals_seen on approvals for select to zh_app using (org_id = zh_org());
create policy approvals_asked on approvals for insert to zh_app with check (
  org_id = zh_org() and asked_by = zh_person() and verdict is null and used_at is null
  and (engagement_id is null or engagement_id in (select id from engagements))
);
create policy approvals_answered on approvals for update to zh_app using (org_id = zh_org()) with check (org_id = zh_org());
grant select, insert, update (members, exports, changed_at, version) on two_person_rules to zh_app;
create policy two_person_rules_own on two_person_rules for all to zh_app using (org_id = zh_org()) with check (org_id = zh_org());

-- What was asked never changes, what was decided stays so, and only the asker withdraws and uses.
create function zh_approval_stands() returns trigger language plpgsql as $$
begin
  if (to_jsonb(old) - array['decided_by', 'decided_at', 'verdict', 'sealed_reason', 'withdrawn_at', 'used_at'])
      is distinct from (to_jsonb(new) - array['decided_by', 'decided_at', 'verdict', 'sealed_reason', 'withdrawn_at', 'used_at'])
    or (old.verdict is not null and (old.verdict, old.decided_by, old.decided_at) is distinct from (new.verdict, new.decided_by, new.decided_at))
    or (old.withdrawn_at is not null and new.withdrawn_at is distinct from old.withdrawn_at)
    or (old.used_at is not null and new.used_at is distinct from old.used_at) then
    raise exception 'an approval does not change' using errcode = 'ZH004';
  end if;
  if zh_person() is not null then
    if new.verdict is distinct from old.verdict and new.decided_by is distinct from zh_person() then
      raise exception 'a decision is its own person''s' using errcode = 'ZH004';
    end if;
    if (new.withdrawn_at is distinct from old.withdrawn_at or new.used_at is distinct from old.used_at)
        and old.asked_by <> zh_person() then
      raise exception 'only who asked withdraws or uses an approval' using errcode = 'ZH004';
    end if;
  end if;
  return new;
end $$;
create trigger stands before update on approvals for each row execute function zh_approval_stands();
