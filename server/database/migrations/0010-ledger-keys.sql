-- What the ledger says about its own keys is read whenever a head of it is signed.
create index events_of_keys on events (ledger_index)
  where kind in ('ledger.key_introduced', 'ledger.key_begun', 'ledger.key_ended', 'ledger.key_revoked');
