-- Testers of one engagement compete: what an event says of one of them (a lease taken, slowed down, suspended by a signal, ended), or
-- what one of them did, is for the supervising sides and that tester's house, also where it is for everyone. Of the canonical text of
-- an event the name of the field is enough: nothing else in it is called so.
drop policy events_seen on events;
create policy events_seen on events for select to zh_app using (
  org_id = zh_org()
  or (audience in ('everyone', 'parties') and engagement_id in (select engagement_id from parties where role <> 'tester'))
  or (audience = 'everyone' and engagement_id in (select engagement_id from parties)
    and coalesce(
      substring(leaf from '"personId":"(per_[0-9a-z]+)"') in (select id from persons where org_id = zh_org()),
      role <> 'tester'))
);
