-- The shop's synced tables: the columns of src-shared/register.ts. Parents are not enforced by foreign keys here: the cloud
-- enforces them, and a PC must be able to keep rows whose parent is still on its way.

CREATE TABLE stores (
  id TEXT PRIMARY KEY, code TEXT NOT NULL, name TEXT NOT NULL, region TEXT NOT NULL, province TEXT NOT NULL, city TEXT NOT NULL,
  barangay TEXT NOT NULL
) STRICT;

CREATE TABLE devices (
  id TEXT PRIMARY KEY, store_id TEXT NOT NULL, name TEXT NOT NULL, enrolled_at INTEGER NOT NULL, revoked_at INTEGER
) STRICT;

CREATE TABLE products (
  id TEXT PRIMARY KEY, sku TEXT NOT NULL, name TEXT NOT NULL, local_name TEXT, brand TEXT, category TEXT NOT NULL, unit TEXT NOT NULL,
  price INTEGER NOT NULL, cost INTEGER NOT NULL, active INTEGER NOT NULL CHECK (active IN (0, 1))
) STRICT;

CREATE TABLE customers (
  id TEXT PRIMARY KEY, store_id TEXT NOT NULL, name TEXT NOT NULL, phone TEXT, address TEXT, credit_limit INTEGER NOT NULL, note TEXT
) STRICT;

CREATE TABLE transactions (
  id TEXT PRIMARY KEY, store_id TEXT NOT NULL, device_id TEXT, number TEXT NOT NULL, started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL, payment TEXT NOT NULL, customer_id TEXT, customer_type TEXT NOT NULL, request_mode TEXT NOT NULL,
  request_type TEXT NOT NULL, suggestion TEXT NOT NULL, total INTEGER NOT NULL, voided_at INTEGER, void_reason TEXT
) STRICT;

CREATE TABLE transaction_items (
  id TEXT PRIMARY KEY, store_id TEXT NOT NULL, transaction_id TEXT NOT NULL, line_no INTEGER NOT NULL, product_id TEXT NOT NULL,
  qty INTEGER NOT NULL, unit TEXT NOT NULL, unit_price INTEGER NOT NULL, line_total INTEGER NOT NULL, substituted_from TEXT,
  substitution_reason TEXT
) STRICT;
CREATE INDEX transaction_items_transaction ON transaction_items (transaction_id);

CREATE TABLE stock_movements (
  id TEXT PRIMARY KEY, store_id TEXT NOT NULL, product_id TEXT NOT NULL, kind TEXT NOT NULL, qty INTEGER NOT NULL,
  transaction_id TEXT, at INTEGER NOT NULL, note TEXT
) STRICT;

CREATE TABLE stock_levels (
  id TEXT PRIMARY KEY, store_id TEXT NOT NULL, product_id TEXT NOT NULL, qty INTEGER NOT NULL
) STRICT;

CREATE TABLE credit_entries (
  id TEXT PRIMARY KEY, store_id TEXT NOT NULL, customer_id TEXT NOT NULL, kind TEXT NOT NULL, amount INTEGER NOT NULL,
  transaction_id TEXT, at INTEGER NOT NULL, note TEXT
) STRICT;

CREATE TABLE conflicts (
  id TEXT PRIMARY KEY, scope TEXT NOT NULL, table_name TEXT NOT NULL, row_id TEXT NOT NULL, fields TEXT NOT NULL,
  incoming_device TEXT, incoming_actor TEXT, incoming_at INTEGER NOT NULL, kept_device TEXT, kept_actor TEXT, kept_at INTEGER,
  opened_at INTEGER NOT NULL, status TEXT NOT NULL, resolution TEXT, resolved_by TEXT, resolved_device TEXT, resolved_at INTEGER
) STRICT;
CREATE INDEX conflicts_status ON conflicts (status, opened_at);
CREATE INDEX conflicts_row ON conflicts (table_name, row_id);
