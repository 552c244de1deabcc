-- An invitation ends before its time when somebody of the house takes it back, or with the membership of who gave it.
alter table invitations add column ended_at timestamptz;
grant update (ended_at) on invitations to zh_app;
create policy invitations_ended on invitations for update to zh_app
  using (org_id = zh_org()) with check (org_id = zh_org());
