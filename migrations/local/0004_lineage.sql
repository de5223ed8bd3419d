-- What a PC must remember to recognise that its disk, or the cloud, has gone back to an earlier state.

-- The batch that carried an operation to the cloud, written when it is confirmed; counted on through all identities this disk ever had
-- (_identities.start + the cloud's number). Null for what was confirmed before there was such a memory.
ALTER TABLE _change_log ADD COLUMN batch INTEGER;

-- Names a local transaction wherever a copy of it goes: 16 random hex digits, on its first operation only.
ALTER TABLE _change_log ADD COLUMN key TEXT;
-- no two transactions of one disk have the same clock
UPDATE _change_log SET key = printf('%016x', hlc) WHERE seq = txn AND state <> 4;

-- Who this disk ever was, the present identity last: its batch n is number start + n here.
CREATE TABLE _identities (
  id INTEGER PRIMARY KEY,
  device_id TEXT NOT NULL,
  store_id TEXT NOT NULL,
  start INTEGER NOT NULL
) STRICT;
INSERT INTO _identities (device_id, store_id, start)
  SELECT value ->> 'deviceId', value ->> 'storeId', 0 FROM _meta WHERE key = 'identity';

-- Waiting transactions that go before bulk work, found without reading that: the tables whose priority in src-shared/register.ts is `first`.
CREATE INDEX _change_log_first ON _change_log (txn)
  WHERE state < 4 AND table_name IN ('transactions', 'transaction_items', 'stock_movements', 'stock_levels', 'credit_entries');
