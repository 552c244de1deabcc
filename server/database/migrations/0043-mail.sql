-- Notices by mail. An address lies sealed and gets nothing but its code until its owner has given that back.
create table mail_addresses (
  person_id text primary key references persons,
  org_id text not null references organisations,
  sealed_address bytea not null,
  -- Keyed, so that mails to one address can be counted whoever gave it.
  address_digest text not null,
  -- Sealed until it was used; with how often a wrong one came.
  sealed_code bytea,
  code_expires_at timestamptz,
  code_tries integer not null default 0,
  given_at timestamptz not null,
  verified_at timestamptz,
  last_sent_at timestamptz,
  check ((sealed_code is null) = (code_expires_at is null))
);
-- What somebody does not want by mail.
create table mail_choices (
  person_id text not null references persons,
  kind text not null,
  primary key (person_id, kind)
);
-- What is to be sent: that there is something, never what. One line waits for each person and purpose, whatever happens; the
-- text is made of what the person may read when it leaves.
create table mail_queue (
  id text primary key,
  person_id text not null references persons,
  org_id text not null references organisations,
  purpose text not null check (purpose in ('notices', 'code')),
  state text not null check (state in ('waiting', 'sent', 'given_up')),
  tries integer not null default 0,
  at timestamptz not null,
  next_try_at timestamptz,
  ended_at timestamptz,
  -- Kind and code of the last failure; never a word of the other side.
  fault text,
  address_digest text
);
create unique index mail_queue_one on mail_queue (person_id, purpose) where state = 'waiting';
create index mail_queue_due on mail_queue (next_try_at) where state = 'waiting';
create index mail_queue_sent on mail_queue (address_digest, ended_at) where state = 'sent';
alter table notices add column mailed_at timestamptz;

do $$ declare t text; begin
  foreach t in array array['mail_addresses', 'mail_choices', 'mail_queue'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy system_all on %I to zh_system using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to zh_system', t);
  end loop;
end $$;
-- Codes, digests and the queue belong to zh_system alone.
grant select (person_id, org_id, sealed_address, given_at, verified_at, last_sent_at, code_expires_at) on mail_addresses to zh_app;
create policy mail_addresses_own on mail_addresses for select to zh_app using (person_id = zh_person() and org_id = zh_org());
grant select, insert, delete on mail_choices to zh_app;
create policy mail_choices_own on mail_choices for all to zh_app using (person_id = zh_person()) with check (person_id = zh_person());
