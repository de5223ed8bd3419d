-- The synced tables with their scope rule, direction and conflict policies (columns not named here: `server`). The same facts
-- stand in src-shared/register.ts; a test holds the two equal.
select sync.register_table('stores', 'chain', 'down', '{}');
select sync.register_table('devices', 'store', 'down', '{}');
select sync.register_table('products', 'chain', 'both',
  '{"sku": "manual", "name": "manual", "local_name": "manual", "brand": "latest", "category": "latest", "unit": "manual", "price": "manual", "cost": "latest", "active": "latest"}');
select sync.register_table('customers', 'store', 'both',
  '{"name": "manual", "phone": "manual", "address": "latest", "credit_limit": "manual", "note": "client", "tags": "union", "first_visit_at": "min", "last_visit_at": "max"}');
select sync.register_table('transactions', 'store', 'both',
  '{"payment": "manual", "customer_id": "manual", "customer_type": "latest", "request_mode": "latest", "request_type": "latest", "suggestion": "latest", "total": "manual", "voided_at": "state", "void_reason": "latest"}');
select sync.register_table('transaction_items', 'store', 'both',
  '{"product_id": "manual", "qty": "manual", "unit": "manual", "unit_price": "manual", "line_total": "manual", "substituted_from": "latest", "substitution_reason": "latest"}');
select sync.register_table('stock_movements', 'store', 'both', '{"note": "latest"}');
select sync.register_table('stock_levels', 'store', 'both', '{"qty": "add"}');
select sync.register_table('credit_entries', 'store', 'both', '{"amount": "manual", "note": "latest"}');
select sync.register_table('transcripts', 'store', 'both',
  '{"region": "latest", "brand": "latest", "language": "latest", "text": "manual", "metadata": "latest"}');
select sync.register_table('conflicts', 'named', 'both', '{}');

-- What happens when a deletion meets a change, and the steps of `state` columns.
update sync.tables t set on_delete = r.on_delete, steps = r.steps from (values
  ('stores', 'delete', '{}'::jsonb),
  ('devices', 'delete', '{}'),
  ('products', 'manual', '{}'),
  ('customers', 'keep', '{}'),
  ('transactions', 'keep', '{"voided_at": [null, "*"]}'),
  ('transaction_items', 'keep', '{}'),
  ('stock_movements', 'delete', '{}'),
  ('stock_levels', 'keep', '{}'),
  ('credit_entries', 'manual', '{}'),
  ('transcripts', 'keep', '{}'),
  ('conflicts', 'delete', '{}')) r(name, on_delete, steps) where t.name = r.name;

select sync.add_reference('transaction_items', 'transaction_id', 'transactions');
select sync.add_reference('transaction_items', 'product_id', 'products');

-- Rows a PC can leave out when they are old.
select sync.set_window('transactions', '{"name": "sales", "column": "started_at"}');
select sync.set_window('transaction_items', '{"name": "sales", "parent": "transactions", "key": "transaction_id"}');
select sync.set_window('stock_movements', '{"name": "sales", "column": "at"}');

select sync.add_same_store('transactions', '{"customer_id": "customers"}');
select sync.add_same_store('transaction_items', '{"transaction_id": "transactions"}');
select sync.add_same_store('stock_movements', '{"transaction_id": "transactions"}');
select sync.add_same_store('credit_entries', '{"customer_id": "customers", "transaction_id": "transactions"}');
select sync.add_same_store('transcripts', '{"transaction_id": "transactions"}');

select sync.add_json_check('conflicts', 'fields', 'array', '{column}');
select sync.add_json_check('conflicts', 'resolution', 'object');
select sync.add_json_check('conflicts', 'history', 'array');
select sync.add_json_check('conflicts', 'image', 'object');
select sync.add_json_check('customers', 'tags', 'texts');
select sync.add_json_check('transcripts', 'metadata', 'object');
