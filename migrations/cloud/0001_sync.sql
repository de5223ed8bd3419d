-- The sync schema: who may sync, what was accepted, and the feed. Not exposed over REST; devices reach it through the
-- functions of 0005 and 0006 only.
create schema sync;
revoke all on schema sync from public;
alter default privileges in schema sync revoke execute on functions from public;

-- One feed each: `chain`, `store:<id>`, `region:<id>`. The head's row lock, taken at commit, makes position order commit order.
create table sync.scopes (
  id bigint generated always as identity primary key,
  key text not null unique,
  head bigint not null default 0,
  floor bigint not null default 0
) with (fillfactor = 20);
insert into sync.scopes (key) values ('chain');

create table sync.devices (
  id uuid primary key,
  store_id uuid not null,
  auth_user uuid not null unique,
  scopes text[] not null,
  counter integer not null,
  -- raised when a PC is enrolled again: a restored or cloned disk still sends the old one
  epoch integer not null default 1,
  last_batch bigint not null default 0,
  enrolled_at timestamptz not null default now(),
  last_seen_at timestamptz,
  revoked_at timestamptz,
  unique (store_id, counter)
);

create table sync.enrolments (
  code_hash text primary key,
  store_id uuid not null,
  expires_at timestamptz not null,
  used_at timestamptz
);

-- One row per accepted batch, written with its effect: the same batch again gets the same answer.
create table sync.receipts (
  device_id uuid not null,
  batch bigint not null,
  hash text not null,
  reply jsonb not null,
  at timestamptz not null default now(),
  primary key (device_id, batch)
);

-- The cloud's copy of src-shared/register.ts, filled by sync.register_table().
create table sync.tables (
  id smallint primary key,
  name text not null unique,
  scope_rule text not null check (scope_rule in ('chain', 'store', 'named')),
  direction text not null check (direction in ('both', 'down')),
  policies jsonb not null,
  columns text[] not null,
  shape_id integer not null
);

-- The list of columns of a row image: images are arrays, and a table gets a new shape when its columns change.
create table sync.shapes (
  id integer generated always as identity primary key,
  table_name text not null,
  columns text[] not null,
  unique (table_name, columns)
);

-- The version of every row that ever was. It outlives a delete.
create table sync.row_state (
  table_id smallint not null,
  row_id uuid not null,
  ver integer not null,
  deleted boolean not null default false,
  -- hybrid logical clock of the last change (ms * 1000 + counter), and of the fields whose policy asks for it
  hlc bigint not null,
  field_hlc jsonb,
  device_id uuid,
  actor text not null,
  -- from this version on every change was made by device_id: what it did to its own work is never a conflict
  own_since integer not null default 1,
  primary key (table_id, row_id)
);

create sequence sync.txn_ids;

-- One row per transaction and scope. `pos` is given at commit, dense per scope.
create table sync.txns (
  scope_id bigint not null,
  txn_id bigint not null,
  pos bigint,
  n integer,
  at timestamptz not null default now(),
  primary key (scope_id, txn_id)
);
create unique index txns_pos on sync.txns (scope_id, pos);

create table sync.changes (
  scope_id bigint not null,
  txn_id bigint not null,
  seq bigint generated always as identity,
  table_id smallint not null,
  row_id uuid not null,
  op "char" not null,
  ver integer not null,
  shape_id integer not null,
  image json,
  -- the PC that already has exactly this; null when everybody must hear it
  known_by uuid,
  primary key (scope_id, txn_id, seq)
);

-- The id of the running transaction in the feed. It lives in a setting that a rolled back savepoint takes along.
create function sync.current_txn() returns bigint language plpgsql set search_path = '' as $$
declare v text := current_setting('sync.txn', true);
begin
  if v is null or v = '' then
    v := nextval('sync.txn_ids')::text;
    perform set_config('sync.txn', v, true);
  end if;
  return v::bigint;
end $$;

-- Runs once per transaction and scope, at commit: counts, takes the head, gives the position, and wakes the listeners.
create function sync.seal() returns trigger language plpgsql security definer set search_path = '' as $$
declare v_pos bigint; v_key text;
begin
  -- all scopes of this transaction in id order, so that two transactions with the same scopes cannot wait for each other
  perform 1 from sync.scopes s
    where s.id in (select t.scope_id from sync.txns t where t.txn_id = new.txn_id)
    order by s.id for no key update;
  update sync.scopes set head = head + 1 where id = new.scope_id returning head, key into v_pos, v_key;
  update sync.txns t set pos = v_pos,
      n = (select count(*) from sync.changes c where c.scope_id = new.scope_id and c.txn_id = new.txn_id)
    where t.scope_id = new.scope_id and t.txn_id = new.txn_id;
  -- `by` is the PC whose batch this is, so that it need not come back for what it has just sent
  perform realtime.send(jsonb_build_object('head', v_pos, 'by', current_setting('sync.device', true)), 'head', 'scope:' || v_key, true);
  return null;
end $$;
create constraint trigger seal after insert on sync.txns deferrable initially deferred for each row execute function sync.seal();
