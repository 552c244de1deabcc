-- Words of recorded traffic for the full-text search: keyed, one key for each engagement. What they are nobody can tell
-- without that key; what they give away is in docs/decisions/0034. Made again from the segments whenever it is lost.
create table if not exists exchange_words (
  sequence bigint primary key,
  engagement_id text not null references engagements,
  person_id text not null,
  org_id text not null,
  words bigint[] not null,
  -- False where a side was longer, or had more words, than is indexed, or could not be read.
  whole boolean not null
);
create index if not exists exchange_words_by_word on exchange_words using gin (words) with (fastupdate = on);
create index if not exists exchange_words_partly on exchange_words (engagement_id) where not whole;
alter table exchange_words enable row level security;
alter table exchange_words force row level security;
create policy system_all on exchange_words to zh_system using (true) with check (true);
grant select, insert, update, delete on exchange_words to zh_system;
grant select on exchange_words to zh_app;
create policy exchange_words_seen on exchange_words for select to zh_app using (
  org_id = zh_org()
  or engagement_id in (select engagement_id from parties where role in ('organizer', 'auditor'))
);

-- Lists narrowed to one host, status or time, newest first, and the coverage map.
create index if not exists exchanges_by_host on exchanges (engagement_id, host, sequence desc);
create index if not exists exchanges_by_status on exchanges (engagement_id, status, sequence desc);
create index if not exists exchanges_by_time on exchanges (engagement_id, started_at desc);
