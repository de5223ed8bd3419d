-- The shop's tables. Money is integer centavos, quantities are integer thousandths of the unit. Foreign keys are deferrable:
-- a sale and its lines arrive in one transaction, in any order. A `store_id` needs none: the feed refuses a row whose store has no scope,
-- and `devices` keeps a store that has PCs from being deleted.
create table public.stores (
  id uuid primary key,
  code text not null unique,
  name text not null,
  region text not null,
  province text not null,
  city text not null,
  barangay text not null
);

create table public.devices (
  id uuid primary key,
  store_id uuid not null constraint devices_store references public.stores deferrable initially deferred,
  name text not null check (name <> ''),
  enrolled_at timestamptz(3) not null,
  revoked_at timestamptz(3)
);

create table public.products (
  id uuid primary key,
  sku text not null check (sku <> ''),
  name text not null check (name <> ''),
  local_name text,
  brand text,
  category text not null,
  unit text not null,
  price bigint not null constraint products_price_not_negative check (price >= 0),
  cost bigint not null constraint products_cost_not_negative check (cost >= 0),
  active boolean not null
);

create table public.customers (
  id uuid primary key,
  store_id uuid not null,
  name text not null check (name <> ''),
  phone text,
  address text,
  credit_limit bigint not null check (credit_limit >= 0),
  note text
);

create table public.transactions (
  id uuid primary key,
  store_id uuid not null,
  device_id uuid,
  number text not null,
  started_at timestamptz(3) not null,
  ended_at timestamptz(3) not null,
  payment text not null check (payment in ('cash', 'gcash', 'maya', 'credit', 'other')),
  customer_id uuid constraint transactions_customer references public.customers deferrable initially deferred,
  customer_type text not null,
  request_mode text not null,
  request_type text not null,
  suggestion text not null,
  total bigint not null,
  voided_at timestamptz(3),
  void_reason text
);

create table public.transaction_items (
  id uuid primary key,
  store_id uuid not null,
  -- its references are guarded by sync.add_reference() in 0004: they are most of what a shop writes
  transaction_id uuid not null,
  line_no integer not null,
  product_id uuid not null,
  qty bigint not null,
  unit text not null,
  unit_price bigint not null,
  line_total bigint not null,
  substituted_from uuid,
  substitution_reason text
);

create table public.stock_movements (
  id uuid primary key,
  store_id uuid not null,
  product_id uuid not null constraint stock_movements_product references public.products deferrable initially deferred,
  kind text not null check (kind in ('delivery', 'sale', 'adjustment', 'spoilage', 'count')),
  qty bigint not null,
  transaction_id uuid,
  at timestamptz(3) not null,
  note text
);

create table public.stock_levels (
  id uuid primary key,
  store_id uuid not null,
  product_id uuid not null constraint stock_levels_product references public.products deferrable initially deferred,
  qty bigint not null
);

create table public.credit_entries (
  id uuid primary key,
  store_id uuid not null,
  customer_id uuid not null constraint credit_entries_customer references public.customers deferrable initially deferred,
  kind text not null check (kind in ('charge', 'payment')),
  amount bigint not null,
  transaction_id uuid,
  at timestamptz(3) not null,
  note text
);

-- A record changed in two places. It is synced like any other row, and so is its resolution.
create table public.conflicts (
  id uuid primary key,
  scope text not null,
  table_name text not null,
  row_id uuid not null,
  -- JSON text: [{"column", "base", "incoming", "kept"}]
  fields text not null,
  incoming_device uuid,
  incoming_actor text,
  incoming_at timestamptz(3) not null,
  kept_device uuid,
  kept_actor text,
  kept_at timestamptz(3),
  opened_at timestamptz(3) not null,
  status text not null check (status in ('open', 'resolved')),
  -- JSON text: {"values", "before"}
  resolution text,
  resolved_by text,
  resolved_device uuid,
  resolved_at timestamptz(3)
);

create index customers_by_store on public.customers (store_id);
create index transactions_by_store on public.transactions (store_id, started_at);
create index transaction_items_by_transaction on public.transaction_items (transaction_id);
create index stock_levels_by_store on public.stock_levels (store_id);
create index credit_entries_by_customer on public.credit_entries (customer_id);
create index conflicts_by_row on public.conflicts (table_name, row_id) where status = 'open';

-- Every store is a scope of its own.
create function sync.add_store_scope() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into sync.scopes (key) values ('store:' || new.id) on conflict do nothing;
  return null;
end $$;
create trigger add_scope after insert on public.stores for each row execute function sync.add_store_scope();
