-- The index of traffic becomes a table of parts, one for each 2^24 sequences (docs/decisions/0063). What was there becomes the
-- first part where it lies, in the steps from here on, so that nobody waits while its rows are looked through: here it is said how far
-- they reach, with a whole part to spare for what comes meanwhile.
do $$ declare reach bigint; t text; begin
  -- An owner that is no superuser sees rows as the platform only.
  perform set_config('role', 'zh_system', true);
  select ((coalesce(max(sequence), 0) >> 24) + 2) << 24 into reach from exchanges;
  perform set_config('role', 'none', true);
  foreach t in array array['exchanges', 'exchange_words'] loop
    execute format('alter table %I add constraint first_reach check (sequence < %s) not valid', t, reach);
  end loop;
end $$;
