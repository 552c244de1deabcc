-- An order reaches all organisations or all engagements of the installation.
alter table key_rotations drop constraint key_rotations_check;
-- The new key-encryption key, what the order is at, and how far it came there: it goes on from here after a stop.
alter table key_rotations add column target int;
alter table key_rotations add column step int not null default 0;
alter table key_rotations add column cursor text not null default '';
-- Since when it waits for what was under way with the older keys.
alter table key_rotations add column settling_since timestamptz;
