-- What the feed and the choice of scopes need beside the first tables.

-- A mark that no other transaction at the same position has: a cursor carries it, so that a cloud which was set back, and has gone on to the
-- same position with other contents, is noticed. 0 for what was sealed before there were marks.
alter table sync.txns add column stamp bigint not null default 0;
alter table sync.scopes add column head_stamp bigint not null default 0;
-- the mark of the transaction at the floor: the newest one that retention took away
alter table sync.scopes add column floor_stamp bigint not null default 0;

-- One row. An operator raises the epoch after moving or restoring the cloud: every PC then reads everything anew.
create table sync.cloud (
  one boolean primary key default true check (one),
  epoch bigint not null
);
insert into sync.cloud (epoch) values (1);

-- `grants` is what a supervisor allows beside the chain and the PC's own store, `scopes` what was chosen of it. `windows`: {name: days}.
alter table sync.devices add column grants text[] not null default '{}';
alter table sync.devices add column windows jsonb not null default '{}';

-- Which rows of a table a PC can leave out by age: {"name", "column"} or, for children, {"name", "parent", "key"}.
alter table sync.tables add column row_window jsonb;

insert into sync.scopes (key) select distinct 'region:' || region from public.stores where region <> '' on conflict do nothing;

-- A scope is read in the order of its ids.
create index stores_by_region on public.stores (region);
create index devices_by_store on public.devices (store_id, id);
drop index public.customers_by_store;
create index customers_by_store on public.customers (store_id, id);
create index transactions_by_store_id on public.transactions (store_id, id);
create index transaction_items_by_store on public.transaction_items (store_id, id);
create index stock_movements_by_store on public.stock_movements (store_id, id);
drop index public.stock_levels_by_store;
create index stock_levels_by_store on public.stock_levels (store_id, id);
create index credit_entries_by_store on public.credit_entries (store_id, id);
create index conflicts_by_scope on public.conflicts (scope, id);
