-- One administrator of a house becomes three (GBT43741-PS-04). Everybody who was `admin` goes on as all three, ends included, and so
-- do open invitations. A house may then keep the three apart; the triggers say so once more.
create table separation_rules (
  org_id text primary key references organisations,
  separated boolean not null default false,
  changed_at timestamptz not null,
  version integer not null default 1
);
alter table separation_rules enable row level security;
alter table separation_rules force row level security;
create policy system_all on separation_rules to zh_system using (true) with check (true);
grant select, insert, update, delete on separation_rules to zh_system;
grant select, insert, update (separated, changed_at, version) on separation_rules to zh_app;
create policy separation_rules_own on separation_rules for all to zh_app using (org_id = zh_org()) with check (org_id = zh_org());

set local role zh_system;
update persons set
  posts = array['system_admin', 'security_admin', 'audit_admin'] || array_remove(posts, 'admin'),
  post_ends = (post_ends - 'admin') || case when post_ends ? 'admin' then jsonb_build_object(
    'system_admin', post_ends -> 'admin', 'security_admin', post_ends -> 'admin', 'audit_admin', post_ends -> 'admin') else '{}' end,
  version = version + 1
  where 'admin' = any (posts);
update invitations set posts = array['system_admin', 'security_admin', 'audit_admin'] || array_remove(posts, 'admin')
  where 'admin' = any (posts);
reset role;

create function zh_administers(posts text[]) returns integer language sql immutable as $$
  select (('system_admin' = any (posts))::int + ('security_admin' = any (posts))::int + ('audit_admin' = any (posts))::int)
$$;
-- Both triggers take the house's lock, so that a post given and the rule switched on at the same moment see each other.
create function zh_one_of_three() returns trigger language plpgsql as $$
begin
  if new.state <> 'removed' and zh_administers(new.posts) > 1 then
    perform pg_advisory_xact_lock_shared(hashtextextended('separation ' || new.org_id, 0));
    if exists (select 1 from separation_rules where org_id = new.org_id and separated) then
      raise exception 'nobody holds two of the three administrators here' using errcode = 'ZH005';
    end if;
  end if;
  return new;
end $$;
create trigger one_of_three before insert or update of posts, state on persons for each row execute function zh_one_of_three();
create function zh_separate() returns trigger language plpgsql as $$
begin
  if new.separated then
    perform pg_advisory_xact_lock(hashtextextended('separation ' || new.org_id, 0));
    if exists (select 1 from persons where org_id = new.org_id and state <> 'removed' and zh_administers(posts) > 1) then
      raise exception 'somebody holds two of the three administrators here' using errcode = 'ZH005';
    end if;
  end if;
  return new;
end $$;
create trigger separate before insert or update on separation_rules for each row execute function zh_separate();

-- The administration record: what sign-in wrote as the platform itself speaks of a person and belongs to their house, and what the
-- machinery wrote belongs to the organizer.
create index events_of_house on events (org_id, seq desc);
create policy events_of_own_people on events for select to zh_app using (
  org_id is null and engagement_id is null and (
    subject in (select id from persons where org_id = zh_org())
    or (zh_kind() = 'organizer' and kind in ('house.restored', 'keeper.unsealed', 'keeper.changed', 'rotation.done', 'ledger.restored'))
  )
);
