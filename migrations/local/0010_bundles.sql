-- Change bundles: files that carry changes to the cloud, and its answers back, where there is no network.

-- A batch that was cut for the network and went into a bundle as well: its other form ({"hash", "payload"}), unit by unit, that is sent when the
-- cloud refuses it as a whole. The same bytes by both ways.
ALTER TABLE _outbox ADD COLUMN units TEXT;

-- Every bundle that was exported here, carried to the cloud by this PC, or answered.
CREATE TABLE _bundles (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('export', 'import', 'answer')),
  bundle TEXT NOT NULL,
  file TEXT NOT NULL,
  device_id TEXT NOT NULL,
  device_name TEXT NOT NULL,
  last_batch INTEGER NOT NULL,
  batches INTEGER NOT NULL,
  operations INTEGER NOT NULL,
  -- local transactions refused, or held behind one, as far as the cloud told
  refused INTEGER NOT NULL DEFAULT 0,
  -- running while it lasts, and after a crash; partly: some of it arrived
  outcome TEXT NOT NULL CHECK (outcome IN ('running', 'done', 'partly', 'failed')),
  error TEXT,
  -- opens the cloud's answer to an export
  answer_key TEXT
) STRICT;
CREATE INDEX _bundles_bundle ON _bundles (bundle) WHERE answer_key IS NOT NULL;
