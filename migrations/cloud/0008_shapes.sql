-- A table's newest shape says which columns it has now, so the same list may stand there again after another one.
alter table sync.shapes drop constraint shapes_table_name_columns_key;
create index shapes_by_table on sync.shapes (table_name, id);
