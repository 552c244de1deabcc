-- After a restore from backup an account is held until an administrator confirms it: what was taken away after the backup does not come back by it.
alter table persons drop constraint persons_state_check;
alter table persons add constraint persons_state_check check (state in ('active', 'removed', 'held'));
