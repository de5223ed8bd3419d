-- Assistants: which clients may connect, and what they called.

-- A client's token, as a hash only. Revoked ones stay, so that the audit can name them.
CREATE TABLE _mcp_tokens (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  -- [{"service", "write"}]
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  last_used_at INTEGER,
  revoked_at INTEGER
) STRICT;

-- One row for each call, without what was asked or answered.
CREATE TABLE _mcp_calls (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  client TEXT NOT NULL,
  token_id TEXT NOT NULL,
  service TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('tool', 'resource', 'prompt')),
  name TEXT NOT NULL,
  outcome TEXT NOT NULL,
  ms REAL NOT NULL,
  bytes INTEGER NOT NULL
) STRICT;
