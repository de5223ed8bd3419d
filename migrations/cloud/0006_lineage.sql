-- What the cloud remembers so that a restored or copied disk can go on: which local transactions it has, and who came from whom.

-- Identities of copies of one disk that had something waiting share the `root`; null while a PC has only been itself.
alter table sync.devices add column root uuid;

-- The keys of the local transactions in each accepted batch; null for a PC of a version that had none.
create table sync.accepted (
  device_id uuid not null,
  batch bigint not null,
  at timestamptz not null default now(),
  keys bigint[],
  primary key (device_id, batch)
);

-- Transactions that stand on more than one disk, because they waited on a disk that was copied: the first who sends one has sent it.
create table sync.contended (
  root uuid not null,
  key bigint not null,
  at timestamptz not null default now(),
  accepted_by uuid,
  primary key (root, key)
);

-- One row.
create table sync.limits (
  one boolean primary key default true check (one),
  -- what was accepted before is in no list of keys
  keys_since timestamptz not null default now(),
  -- bytes of one batch
  max_body integer not null default 4000000
);
insert into sync.limits default values;

-- Rows of a batch in units that were refused or held, as `table:id`: later batches that were written without knowing this wait with them.
alter table sync.receipts add column blocked text[];
