-- The bytes of an engagement's files are summed at each new one, over all and over those of one person.
create index attachments_by_engagement on attachments (engagement_id, person_id) include (size, preview_size);
