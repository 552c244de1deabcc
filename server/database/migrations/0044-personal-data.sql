-- Accounts that their owners closed: until when what law and standard keep is kept, and that it went.
create table account_closures (
  person_id text primary key references persons,
  org_id text not null references organisations,
  closed_at timestamptz not null,
  logins_until timestamptz not null check (logins_until > closed_at),
  logins_gone_at timestamptz check (logins_gone_at >= logins_until),
  -- Null: nobody's identity was kept.
  identity_until timestamptz,
  identity_gone_at timestamptz check (identity_gone_at >= identity_until)
);
alter table account_closures enable row level security;
alter table account_closures force row level security;
create policy system_all on account_closures to zh_system using (true) with check (true);
grant select, insert, update, delete on account_closures to zh_system;
-- The house sees that one of its accounts was closed; only the platform closes and clears.
grant select on account_closures to zh_app;
create policy account_closures_seen on account_closures for select to zh_app using (org_id = zh_org());
