-- What came of each comparison with the cloud, the newest ones.
CREATE TABLE _verifications (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  -- operator, schedule, update
  cause TEXT NOT NULL,
  -- versions, content
  depth TEXT NOT NULL,
  ms REAL NOT NULL,
  -- equal; repaired: something differed; not-now: nothing was compared, `reason` says why
  outcome TEXT NOT NULL CHECK (outcome IN ('equal', 'repaired', 'not-now')),
  rows INTEGER NOT NULL,
  -- rows that the cloud had and this PC had not, the reverse, with other values, and with a wrong version
  missing INTEGER NOT NULL,
  extra INTEGER NOT NULL,
  different INTEGER NOT NULL,
  version INTEGER NOT NULL,
  reason TEXT
) STRICT;
