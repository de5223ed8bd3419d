-- The store's own tables: capture, versions, queue, cursors, history. None of them is synced.

CREATE TABLE _meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row that the capture triggers read. `enabled` is 0 only inside a transaction that applies what the cloud said, so a crash
-- rolls it back with the rest. `txn`, `actor` and `at` are set for the length of one local transaction; a tool that writes
-- the file by itself leaves them null and is captured all the same.
CREATE TABLE _capture (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  txn INTEGER,
  actor TEXT,
  at INTEGER,
  -- hybrid logical clock: milliseconds * 1000 + counter; never goes back, whatever the PC's clock does
  hlc INTEGER NOT NULL
) STRICT;
INSERT INTO _capture (id, enabled, hlc) VALUES (1, 1, 0);

-- state: 0 pending (on its way when its txn is in _outbox), 2 held behind a refused one, 3 refused, 4 acknowledged, 5 discarded by the operator
CREATE TABLE _change_log (
  -- never used again: the newest operation is never pruned
  seq INTEGER PRIMARY KEY,
  -- the seq of the first operation of the same local transaction
  txn INTEGER NOT NULL,
  table_name TEXT NOT NULL,
  row_id TEXT NOT NULL,
  op TEXT NOT NULL CHECK (op IN ('I', 'U', 'D')),
  new_values TEXT,
  old_values TEXT,
  -- the cloud's version of the row that this PC had seen; 0 for none
  base_version INTEGER NOT NULL,
  hlc INTEGER NOT NULL,
  actor TEXT NOT NULL,
  at INTEGER NOT NULL,
  state INTEGER NOT NULL DEFAULT 0
) STRICT;
-- What still travels is found by these; acknowledged operations leave them.
CREATE INDEX _change_log_open_txn ON _change_log (txn) WHERE state < 4;
CREATE INDEX _change_log_open_row ON _change_log (table_name, row_id) WHERE state < 4;
CREATE INDEX _change_log_stuck ON _change_log (txn) WHERE state IN (2, 3);
CREATE INDEX _change_log_discarded ON _change_log (txn) WHERE state = 5;

-- The cloud's version of each row this PC has seen; a deleted row keeps its version.
CREATE TABLE _row_state (
  table_name TEXT NOT NULL,
  row_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (table_name, row_id)
) STRICT, WITHOUT ROWID;

-- The cloud's image of rows that also have unconfirmed local changes: the visible row is this plus those changes.
CREATE TABLE _shadow (
  table_name TEXT NOT NULL,
  row_id TEXT NOT NULL,
  -- JSON object of all columns; null when the cloud has no such row
  image TEXT,
  PRIMARY KEY (table_name, row_id)
) STRICT, WITHOUT ROWID;

-- Why a local transaction is refused or held, in words for the operator.
CREATE TABLE _dead_letters (
  txn INTEGER PRIMARY KEY,
  code TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 1
) STRICT;

-- Batches without an answer, two at most. They are sent again byte for byte until they have one.
CREATE TABLE _outbox (
  batch INTEGER PRIMARY KEY,
  hash TEXT NOT NULL,
  payload TEXT NOT NULL,
  operations INTEGER NOT NULL,
  -- JSON array of the local transactions in it: their operations are pending and on their way
  txns TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- How far this PC has read each scope's feed.
CREATE TABLE _cursors (
  scope TEXT PRIMARY KEY,
  position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Rows whose table or columns this version does not know; read again after an update.
CREATE TABLE _deferred (
  table_name TEXT NOT NULL,
  row_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  op TEXT NOT NULL,
  image TEXT,
  PRIMARY KEY (table_name, row_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE _sync_runs (
  id INTEGER PRIMARY KEY,
  started_at INTEGER NOT NULL,
  ms REAL NOT NULL DEFAULT 0,
  -- running while it lasts; a crash leaves it so, and the next start calls it interrupted
  outcome TEXT NOT NULL CHECK (outcome IN ('running', 'ok', 'failed', 'interrupted')),
  pushed INTEGER NOT NULL DEFAULT 0,
  pulled INTEGER NOT NULL DEFAULT 0,
  merged INTEGER NOT NULL DEFAULT 0,
  conflicts INTEGER NOT NULL DEFAULT 0,
  refused INTEGER NOT NULL DEFAULT 0,
  -- on the wire, before compression, and received
  bytes_up INTEGER NOT NULL DEFAULT 0,
  bytes_raw INTEGER NOT NULL DEFAULT 0,
  bytes_down INTEGER NOT NULL DEFAULT 0,
  error TEXT
) STRICT;
CREATE INDEX _sync_runs_started ON _sync_runs (started_at);
CREATE INDEX _sync_runs_failed ON _sync_runs (id) WHERE outcome = 'failed';
CREATE INDEX _sync_runs_ok ON _sync_runs (id) WHERE outcome = 'ok';
