-- What hangs under a finding hangs under that finding's own engagement, whatever engagement a statement names.
drop policy finding_citations_made on finding_citations;
create policy finding_citations_made on finding_citations for insert to zh_app
  with check ((finding_id, engagement_id) in (select id, engagement_id from findings where org_id = zh_org()));
drop policy finding_decisions_all on finding_decisions;
create policy finding_decisions_seen on finding_decisions for select to zh_app using (finding_id in (select id from findings));
create policy finding_decisions_made on finding_decisions for insert to zh_app
  with check ((finding_id, engagement_id) in (select id, engagement_id from findings));
drop policy comments_made on comments;
create policy comments_made on comments for insert to zh_app
  with check (org_id = zh_org() and (finding_id, engagement_id) in (select id, engagement_id from findings));
drop policy rewards_made on rewards;
create policy rewards_made on rewards for insert to zh_app with check (
  engagement_id in (select engagement_id from parties where role = 'organizer')
  and (finding_id, engagement_id, org_id) in (select id, engagement_id, org_id from findings)
);

-- A tester may apply anywhere; being admitted is never what they write first.
drop policy enrollments_made on enrollments;
create policy enrollments_made on enrollments for insert to zh_app with check (
  (org_id = zh_org() and zh_kind() = 'tester' and state = 'applied')
  or engagement_id in (select engagement_id from parties where role = 'organizer')
);

-- An event speaks of an engagement that its writer sees, or is enrolled in.
drop policy events_made on events;
create policy events_made on events for insert to zh_app with check (
  org_id = zh_org() and actor = zh_person() and (
    engagement_id is null
    or engagement_id in (select id from engagements)
    or engagement_id in (select engagement_id from enrollments)
  )
);

-- What a row belongs to never changes: no statement of the application moves one to another engagement, house or person.
do $$ declare t text; columns text; begin
  for t in
    select distinct table_name from information_schema.role_table_grants
    where grantee = 'zh_app' and table_schema = 'public' and privilege_type = 'UPDATE'
  loop
    select string_agg(format('%I', column_name), ', ') into columns from information_schema.columns
      where table_schema = 'public' and table_name = t and column_name not in (
        'id', 'engagement_id', 'org_id', 'person_id', 'demand_org_id', 'enrollment_id', 'finding_id', 'number', 'wrapped_key',
        'created_by', 'created_at', 'submitted_at', 'issued_at', 'proposed_by', 'proposed_at');
    execute format('revoke update on %I from zh_app', t);
    execute format('grant update (%s) on %I to zh_app', columns, t);
  end loop;
end $$;
