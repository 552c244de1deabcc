-- A confirmed address that is replaced is told so. It lies sealed beside the new one until that mail has left or was given up.
alter table mail_addresses add column sealed_before bytea;
alter table mail_queue drop constraint mail_queue_purpose_check;
alter table mail_queue add constraint mail_queue_purpose_check check (purpose in ('notices', 'code', 'moved'));
