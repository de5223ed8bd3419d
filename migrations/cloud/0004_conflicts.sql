-- Conflicts complete: what each table does when a deletion meets a change, the steps of `state` columns, the last image of deleted rows,
-- conflicts about deletions, and the history of who decided what.
alter table sync.tables add column on_delete text not null default 'manual' check (on_delete in ('delete', 'keep', 'manual'));
-- {column: [values in their order]}; "*" stands for every value that is not named
alter table sync.tables add column steps jsonb not null default '{}';

-- What a deleted row was, so that it can come back. Rows deleted before this have none.
create table sync.tombstones (
  table_id smallint not null,
  row_id uuid not null,
  scope text not null,
  -- {column: value as on the wire}
  image jsonb not null,
  at timestamptz not null default now(),
  primary key (table_id, row_id)
);
create index tombstones_at on sync.tombstones (at);

alter table public.conflicts
  -- fields: both changed the same fields; update: a change met a deletion; delete: a deletion met a change. Null in older ones: fields.
  add column kind text check (kind in ('fields', 'update', 'delete')),
  -- JSON text: the record as it last was, so that every PC can bring it back
  add column image text,
  -- JSON text: [{"what", "by", "device", "at", ...}], oldest first; only ever added to
  add column history text;

alter table public.customers
  -- JSON text: an array of texts
  add column tags text,
  add column first_visit_at timestamptz(3),
  add column last_visit_at timestamptz(3);
