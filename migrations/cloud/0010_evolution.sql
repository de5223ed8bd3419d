-- Whether the cloud may write more into a row of this table than a PC has sent (a trigger of the operator's own): told by sync.register_table().
alter table sync.tables add column rewrites boolean not null default false;

-- What a new row holds in columns that nobody filled in, as on the wire: what a PC takes for the old value of a column that the cloud has
-- just got.
alter table sync.shapes add column defaults jsonb not null default '{}';

-- The oldest version of the protocol that this cloud still serves. An operator raises it when no PC of the chain speaks an older one.
alter table sync.cloud add column oldest_protocol integer not null default 1;
