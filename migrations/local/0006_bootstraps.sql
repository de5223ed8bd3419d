-- The mark of the cloud's transaction at the position; null for a position from before there were marks.
ALTER TABLE _cursors ADD COLUMN stamp INTEGER;

-- Scopes that are being read from nothing. A kill loses nothing: the next page is the one after `after` of the first table.
CREATE TABLE _bootstraps (
  scope TEXT PRIMARY KEY,
  -- new, horizon, rewound, epoch; window: older rows are fetched, and the scope's cursor goes on meanwhile
  reason TEXT NOT NULL,
  -- where the feed continues afterwards; null before the cloud told
  position INTEGER,
  stamp INTEGER,
  -- JSON array of the tables still to read, the first one under way; null before the cloud told
  tables TEXT,
  after TEXT,
  rows_done INTEGER NOT NULL DEFAULT 0,
  rows_total INTEGER
) STRICT, WITHOUT ROWID;

-- Scopes that were taken from this PC and whose rows are not all purged yet.
CREATE TABLE _leaving (
  scope TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Old movements are found by time, as old sales are.
CREATE INDEX stock_movements_store_time ON stock_movements (store_id, at);
