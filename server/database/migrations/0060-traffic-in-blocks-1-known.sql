-- In which blocks of 2^24 sequences an engagement has traffic, so that its lists open no other part. Kept by the table of
-- exchanges itself. A step of its own: nobody waits for this table and for that one at once.
alter table engagements add column traffic_blocks integer[] not null default '{}';
