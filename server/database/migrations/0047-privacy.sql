-- The privacy notice in each version that this installation showed somebody, and what each person answered to it. Answers are added and
-- never changed; they go with the account (GBT39276-5.1.1.4-a).
create table privacy_notices (
  -- Digest of the canonical content, so that a version cannot mean two texts.
  version text primary key check (version ~ '^[0-9a-f]{64}$'),
  content jsonb not null,
  since timestamptz not null
);
create table privacy_answers (
  id text primary key,
  person_id text not null references persons,
  org_id text not null references organisations,
  answer text not null check (answer in ('acknowledged', 'given', 'withdrawn')),
  -- Null for the notice as a whole: what rests on contract or law is acknowledged, never consented to.
  purpose text,
  version text not null references privacy_notices,
  -- Of the purpose as it was shown; for an acknowledgement, of all that rest on consent. A consent to another text is none.
  part_digest text not null,
  language text not null check (language in ('zh-CN', 'en')),
  at timestamptz not null,
  check ((answer = 'acknowledged') = (purpose is null))
);
create index privacy_answers_of_person on privacy_answers (person_id, at desc, id desc);

-- What somebody asks to have corrected that they may not correct alone (GBT39276-5.1.1.4-f).
create table correction_requests (
  id text primary key,
  person_id text not null references persons,
  org_id text not null references organisations,
  -- The house that decides: the person's own, or the organizer for an identity and where the own house has nobody else who may.
  decider_org_id text not null references organisations,
  field text not null check (field in ('name', 'jurisdiction', 'identity')),
  sealed_value bytea not null,
  sealed_reason bytea not null,
  -- Keyed, of the number of an identity document; the number itself is kept nowhere.
  value_digest text,
  -- Accounts known to the browser it was asked from: none of them decides.
  same_browser text[] not null default '{}',
  state text not null check (state in ('asked', 'granted', 'refused', 'withdrawn')),
  asked_at timestamptz not null,
  due_at timestamptz not null check (due_at > asked_at),
  decided_by text references persons,
  decided_at timestamptz,
  sealed_answer bytea,
  check (decided_by <> person_id),
  check ((state in ('granted', 'refused')) = (decided_by is not null)),
  check ((state = 'asked') = (decided_at is null)),
  check ((field = 'identity') = (value_digest is not null))
);
create unique index correction_requests_one_open on correction_requests (person_id, field) where state = 'asked';
create index correction_requests_to_decide on correction_requests (decider_org_id, asked_at) where state = 'asked';

do $$ declare t text; begin
  foreach t in array array['privacy_notices', 'privacy_answers', 'correction_requests'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy system_all on %I to zh_system using (true) with check (true)', t);
  end loop;
end $$;
grant select, insert on privacy_notices to zh_system;
-- Not even the platform changes an answer; it deletes them with the account.
grant select, insert, delete on privacy_answers to zh_system;
grant select, insert, update, delete on correction_requests to zh_system;

grant select, insert on privacy_answers to zh_app;
create policy privacy_answers_own on privacy_answers for select to zh_app using (person_id = zh_person() and org_id = zh_org());
create policy privacy_answers_given on privacy_answers for insert to zh_app with check (person_id = zh_person() and org_id = zh_org());

grant select (id, person_id, org_id, decider_org_id, field, sealed_value, sealed_reason, same_browser, state, asked_at, due_at, decided_by, decided_at, sealed_answer),
  insert, update (state, decided_by, decided_at, sealed_answer) on correction_requests to zh_app;
create policy correction_requests_seen on correction_requests for select to zh_app using (
  (person_id = zh_person() and org_id = zh_org()) or decider_org_id = zh_org()
);
create policy correction_requests_asked on correction_requests for insert to zh_app with check (
  person_id = zh_person() and org_id = zh_org() and state = 'asked'
);
-- Its owner takes it back; only another one of the house that decides grants or refuses.
create policy correction_requests_ended on correction_requests for update to zh_app
  using (state = 'asked' and (person_id = zh_person() or decider_org_id = zh_org()))
  with check (
    (person_id = zh_person() and state = 'withdrawn')
    or (decider_org_id = zh_org() and person_id <> zh_person() and state in ('granted', 'refused') and decided_by = zh_person())
  );
