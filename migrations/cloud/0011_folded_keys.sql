-- Retention folds the keys of many batches into one row: it stands under the last of them.
alter table sync.accepted add column batches integer not null default 1;
