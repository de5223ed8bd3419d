-- What the screens of the shop ask, made quick at 100,000 sales and 100,000 waiting operations; and the shop's own tables.

-- One entry per local transaction that still travels: the queue is paged and counted by these. The first operation of a
-- transaction has seq = txn.
CREATE INDEX _change_log_open_head ON _change_log (txn, state) WHERE seq = txn AND state < 4;

-- Sales of a store by time; covers revenue of a day and by hour.
CREATE INDEX transactions_store_time ON transactions (store_id, started_at, voided_at, total);
CREATE INDEX stock_movements_transaction ON stock_movements (transaction_id) WHERE transaction_id IS NOT NULL;
CREATE INDEX credit_entries_transaction ON credit_entries (transaction_id) WHERE transaction_id IS NOT NULL;
CREATE INDEX stock_levels_product ON stock_levels (store_id, product_id);
CREATE INDEX products_name ON products (name COLLATE NOCASE, id);
CREATE INDEX customers_name ON customers (store_id, name COLLATE NOCASE, id);

-- The last receipt number that each counter gave: written in the transaction of the sale, so numbers have no gaps.
CREATE TABLE _receipt_numbers (
  device_id TEXT PRIMARY KEY,
  last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Files whose sales were imported, by the hash of their content. `done` is 1 when the whole file was read.
CREATE TABLE _imports (
  hash TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  at INTEGER NOT NULL,
  sales INTEGER NOT NULL,
  lines INTEGER NOT NULL,
  done INTEGER NOT NULL CHECK (done IN (0, 1))
) STRICT, WITHOUT ROWID;
