-- Conflicts about deletions with the history of who decided what, new facts about customers, and the original values of what was
-- edited after a refusal.
ALTER TABLE conflicts ADD COLUMN kind TEXT;
ALTER TABLE conflicts ADD COLUMN image TEXT;
ALTER TABLE conflicts ADD COLUMN history TEXT;

ALTER TABLE customers ADD COLUMN tags TEXT;
ALTER TABLE customers ADD COLUMN first_visit_at INTEGER;
ALTER TABLE customers ADD COLUMN last_visit_at INTEGER;

-- What operations of a refused transaction said before somebody edited them, oldest first.
CREATE TABLE _change_edits (
  id INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL,
  txn INTEGER NOT NULL,
  new_values TEXT NOT NULL,
  -- the refusal that the edit answered
  code TEXT NOT NULL,
  reason TEXT NOT NULL,
  by TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX _change_edits_txn ON _change_edits (txn);
