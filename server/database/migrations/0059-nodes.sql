-- Which gateway and recorder serve an engagement, in order of time: `node`, `from` (sequences of this stay are over it) and `begins` (nobody
-- serves it before). Empty: node 0 since ever, which is what every engagement has had so far. Only the platform itself changes it.
alter table engagements add column if not exists nodes jsonb not null default '[]';
