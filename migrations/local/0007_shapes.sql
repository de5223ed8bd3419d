-- What the cloud's tables look like, as far as it was told: the columns of row images by the cloud's number for them, a JSON array. The
-- newest number of a table is what it has now; none left means that it is gone.
CREATE TABLE _shapes (
  id INTEGER PRIMARY KEY,
  table_name TEXT NOT NULL,
  columns TEXT NOT NULL
) STRICT;

-- `_deferred` keeps values by name from here on: the whole row of a table that this version does not know, or the columns it does not know
-- of one that it does. What was kept without names cannot be read; it is fetched again.
DELETE FROM _cursors WHERE EXISTS (SELECT 1 FROM _deferred);
DELETE FROM _deferred;

-- Owed changes (state 1) wait until the cloud knows their table or column.
CREATE INDEX _change_log_owed ON _change_log (seq) WHERE state = 1;
