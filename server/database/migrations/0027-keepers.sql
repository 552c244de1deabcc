-- By which keeper the key-encryption keys were unlocked at the last start, as kind and digest: a change of it is an entry of the ledger.
alter table sealing_state add column keeper text;
