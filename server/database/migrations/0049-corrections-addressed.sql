-- What somebody wants corrected is told to their own house or to the organizer, and to no other, whatever the server says.
drop policy correction_requests_asked on correction_requests;
create policy correction_requests_asked on correction_requests for insert to zh_app with check (
  person_id = zh_person() and org_id = zh_org() and state = 'asked'
  and (decider_org_id = zh_org() or decider_org_id in (select id from organisations where kind = 'organizer'))
);
