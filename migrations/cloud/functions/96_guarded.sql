-- After everything is described: updates that change nothing write nothing, and what the guard must find is written down.
do $$
declare t text;
begin
  for t in select name from sync.tables loop
    execute format('create or replace trigger a_only_changes before update on public.%I for each row execute function suppress_redundant_updates_trigger()', t);
  end loop;
end $$;

delete from sync.guarded_triggers;
insert into sync.guarded_triggers (relation, name, definition)
  select r.relation, g.tgname, pg_get_triggerdef(g.oid) from pg_trigger g
    join (select 'public.' || quote_ident(name) relation from sync.tables union all select 'sync.txns') r on g.tgrelid = to_regclass(r.relation)
    where not g.tgisinternal or g.tgconstraint <> 0 and g.tgname = 'seal';

-- From now on the guard answers for what is written; what a table had before it knew it is trusted.
insert into sync.guard_rounds (table_id, relation, trusted_until)
  select id, format('public.%I', name)::regclass, pg_snapshot_xmin(pg_current_snapshot()) from sync.tables
  on conflict (table_id) do nothing;
