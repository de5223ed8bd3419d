-- What keeps the cloud small and watched.

-- How long each kind of record is kept. Rows may be changed by an operator; functions/60_retention.sql adds those that are missing.
create table sync.retention (
  what text primary key,
  keep interval not null check (keep > interval '0'),
  -- plain tables: rows older than `keep` by this column are removed; null where it takes more than that
  relation text,
  at_column text
);

-- What upkeep did and found, newest last: for the supervisor.
create table sync.health (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  what text not null check (what in ('prune', 'guard')),
  -- ok: nothing to say; repaired: something was wrong and is right again; alarm: a person has to decide
  state text not null check (state in ('ok', 'repaired', 'alarm')),
  details jsonb not null
);
create index health_at on sync.health (at);

-- How far the guard has compared each table: it goes round in the order of the ids.
create table sync.guard_rounds (
  table_id smallint primary key,
  -- the last id that was compared; null between two rounds
  after uuid,
  begun_at timestamptz,
  -- the table as the database itself knows it: another one after a restore from a dump
  relation oid,
  -- what was written before this transaction was compared before, or came with a restore: it is trusted
  trusted_until xid8,
  -- the next `trusted_until`, once the round is complete
  round_xid xid8
);

-- The triggers that must be there, as they were described last: {table, name, definition}.
create table sync.guarded_triggers (
  relation text not null,
  name text not null,
  definition text not null,
  primary key (relation, name)
);

-- Transactions that are being sealed: empty but for the moment of a commit.
create index txns_unsealed on sync.txns (txn_id) where pos is null;
create index conflicts_resolved on public.conflicts (resolved_at) where status = 'resolved';
