-- Where organisations, people, receivers of alerts and witnesses are: ISO 3166-1 alpha-2. Null is “nobody said”, and counts as abroad.
-- Organisations that worked here before are presumed in the mainland until an administrator of the organizer says so
-- (jurisdiction_stated_at); of a receiver nobody can presume where its address leads, so that one waits until it is said.
alter table organisations
  add column jurisdiction text check (jurisdiction ~ '^[A-Z]{2}$'),
  add column jurisdiction_stated_at timestamptz,
  add column version integer not null default 1;
update organisations set jurisdiction = 'CN';
-- Null: where the organisation is.
alter table persons add column jurisdiction text check (jurisdiction ~ '^[A-Z]{2}$');
alter table alert_receivers add column jurisdiction text check (jurisdiction ~ '^[A-Z]{2}$');
alter table witnesses add column jurisdiction text check (jurisdiction ~ '^[A-Z]{2}$');

grant select (jurisdiction, jurisdiction_stated_at, version), update (jurisdiction, jurisdiction_stated_at, version) on organisations to zh_app;
create policy organisations_placed on organisations for update to zh_app using (zh_kind() = 'organizer') with check (zh_kind() = 'organizer');
grant select (jurisdiction), update (jurisdiction) on persons to zh_app;
grant update (jurisdiction) on alert_receivers to zh_app;

-- Whether who asks is in the mainland: the house is known to be, and the person nowhere else.
create function zh_inside() returns boolean language sql stable as $$
  select exists (select 1 from organisations where id = zh_org() and jurisdiction = 'CN')
    and not exists (select 1 from persons where id = zh_person() and jurisdiction <> 'CN')
$$;

-- The second wall of the rule in domain/jurisdiction/border.ts: whatever the pages ask, no row that speaks of a finding or shows
-- traffic is given abroad, except to the demand side of its engagement. Restrictive: it only ever takes away.
do $$ declare t text; begin
  foreach t in array array['findings', 'finding_citations', 'finding_decisions', 'finding_tokens', 'comments', 'attachments', 'exchanges',
    'exchange_words', 'segments', 'alerts', 'alert_hits', 'rewards', 'reports', 'packs'] loop
    execute format('create policy %I on %I as restrictive for all to zh_app using (
      (select zh_inside()) or engagement_id in (select id from engagements where demand_org_id = zh_org()))', t || '_at_home', t);
  end loop;
end $$;
-- Events are written by everybody, also by who is abroad; read is only what speaks of no engagement of others.
create policy events_at_home on events as restrictive for select to zh_app using (
  (select zh_inside()) or engagement_id is null or engagement_id in (select id from engagements where demand_org_id = zh_org())
);
