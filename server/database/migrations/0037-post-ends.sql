-- Posts that are given until a moment: {"signatory": "2027-01-01T00:00:00.000Z"}. Earlier versions read the posts alone.
alter table persons add column post_ends jsonb not null default '{}' check (jsonb_typeof(post_ends) = 'object');
grant select (post_ends), update (post_ends) on persons to zh_app;
