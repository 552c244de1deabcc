-- HTTP/2 through the gateway: which version was spoken, and what the gateway took out of an answer or found in it.
-- Defaults let a server of before write on.
alter table exchanges add column if not exists http_version text;
alter table exchanges add column if not exists notes text[] not null default '{}';
