-- Files that people attach to findings and comments. The bytes lie sealed under `attachments/`, named by the row's id; of
-- the file's name, digest and kind the table knows nothing in the clear.
create table attachments (
  id text primary key,
  engagement_id text not null references engagements,
  finding_id text references findings,
  comment_id text references comments,
  org_id text not null references organisations,
  person_id text not null references persons,
  -- announced: the bytes are still to come; kept: they are whole, sealed, looked into.
  state text not null check (state in ('announced', 'kept')),
  -- Announced; what comes must be as long.
  size bigint not null check (size > 0),
  -- Of the sealed copy for the eye; 0 for none.
  preview_size integer not null default 0,
  -- Name, kind, digest, size of a picture, entries of an archive: JSON.
  sealed_facts bytea not null,
  -- Which of them these are: those announced, 1, or those found in the bytes, 2.
  facts_version integer not null default 1,
  made_at timestamptz not null,
  attached_at timestamptz,
  check ((finding_id is null) = (attached_at is null)),
  check (comment_id is null or finding_id is not null),
  check (finding_id is null or state = 'kept')
);
create index attachments_by_finding on attachments (finding_id) where finding_id is not null;
create index attachments_loose on attachments (person_id, made_at) where finding_id is null;

alter table attachments enable row level security;
alter table attachments force row level security;
create policy system_all on attachments to zh_system using (true) with check (true);
grant select, insert, update, delete on attachments to zh_system;

grant select, insert, delete, update (state, preview_size, sealed_facts, facts_version, finding_id, comment_id, attached_at) on attachments to zh_app;
-- Loose ones are their maker's; an attached one goes with its finding, and with its comment where it belongs to one.
create policy attachments_seen on attachments for select to zh_app using (
  (finding_id is null and person_id = zh_person())
  or (finding_id in (select id from findings) and (comment_id is null or comment_id in (select id from comments)))
);
create policy attachments_made on attachments for insert to zh_app with check (
  org_id = zh_org() and person_id = zh_person() and finding_id is null
  and engagement_id in (select engagement_id from parties)
);
create policy attachments_changed on attachments for update to zh_app
  using (finding_id is null and person_id = zh_person())
  with check (person_id = zh_person() and org_id = zh_org()
    and (finding_id is null or (finding_id, engagement_id) in (select id, engagement_id from findings))
    and (comment_id is null or (comment_id, finding_id) in (select id, finding_id from comments)));
create policy attachments_dropped on attachments for delete to zh_app using (finding_id is null and person_id = zh_person());

-- What hangs on a finding is evidence.
create trigger held_rows before delete on attachments for each row when (old.finding_id is not null) execute function zh_is_held();
create trigger held_table before truncate on attachments execute function zh_is_held();

-- One-time addresses of downloads, on the origin where nothing of ours runs.
create table attachment_links (
  token_digest text primary key,
  attachment_id text not null references attachments on delete cascade,
  person_id text not null references persons,
  login_id text,
  made_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index attachment_links_expired on attachment_links (expires_at);
alter table attachment_links enable row level security;
alter table attachment_links force row level security;
create policy system_all on attachment_links to zh_system using (true) with check (true);
grant select, insert, update, delete on attachment_links to zh_system;
grant insert on attachment_links to zh_app;
create policy attachment_links_made on attachment_links for insert to zh_app with check (
  person_id = zh_person() and attachment_id in (select id from attachments)
);
