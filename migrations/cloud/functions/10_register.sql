-- sync.register_table() makes a table synced: it generates static SQL (plans are cached per connection) for the feed, for
-- applying what devices push, and for row images. Call it again after every change of a table's columns.

-- How a column's value is written on the wire: numbers as numbers, booleans as 0 or 1, times as milliseconds.
create or replace function sync.wire_of(p_type regtype, p_value text) returns text language sql immutable set search_path = '' as $$
  select case p_type
    when 'timestamptz'::regtype then format('(extract(epoch from %s) * 1000)::bigint', p_value)
    when 'boolean'::regtype then format('%s::int', p_value)
    else p_value end
$$;
-- The reverse: from a text extracted out of JSON.
create or replace function sync.value_of(p_type regtype, p_text text) returns text language sql immutable set search_path = '' as $$
  select case p_type
    when 'timestamptz'::regtype then format('to_timestamp((%s)::double precision / 1000)', p_text)
    when 'text'::regtype then p_text
    else format('(%s)::%s', p_text, p_type) end
$$;

-- sync.clock() and those about the writer set no search_path: only so does PostgreSQL put them into the calling statement instead of planning
-- each call anew, which would cost more than all they do.

-- The hybrid logical clock of a write that no device made: microseconds since 1970.
create or replace function sync.clock() returns bigint language sql volatile as $$
  select (extract(epoch from clock_timestamp()) * 1000000)::bigint
$$;

-- Feed triggers ask who writes through these settings of the transaction, which only the push function sets.
create or replace function sync.writer() returns uuid language sql stable as $$
  select nullif(current_setting('sync.device', true), '')::uuid
$$;
create or replace function sync.known_by() returns uuid language sql stable as $$
  select case when current_setting('sync.echo', true) = 'on' then null else nullif(current_setting('sync.device', true), '')::uuid end
$$;
-- Clock and actor of the operations being applied: one for all, or by row in {row id: [clock, actor]}.
create or replace function sync.writer_clock() returns bigint language sql volatile as $$
  select coalesce(nullif(current_setting('sync.clock', true), '')::bigint, sync.clock())
$$;
create or replace function sync.writer_actor() returns text language sql stable as $$
  select coalesce(nullif(current_setting('sync.actor', true), ''), session_user::text)
$$;
create or replace function sync.meta() returns jsonb language sql stable as $$
  select coalesce(nullif(current_setting('sync.meta', true), ''), '{}')::jsonb
$$;

-- TRUNCATE fires no row or transition trigger, so nobody would hear of it.
create or replace function sync.refuse_truncate() returns trigger language plpgsql set search_path = '' as $$
begin
  raise exception 'TRUNCATE on a synced table would not reach the store PCs: use DELETE' using errcode = 'object_not_in_prerequisite_state';
end $$;

/*
 * A foreign key checked once for each statement instead of once for each row, with the same promise: a new row locks its parents against
 * deletion and fails without them, and a parent with rows cannot be deleted. For tables where a key for each row would be most of the work.
 */
create or replace function sync.add_reference(p_child text, p_column text, p_parent text) returns void language plpgsql set search_path = '' as $gen$
declare v_name text := format('%s_%s', p_child, p_column);
begin
  execute format($f$
create or replace function sync.need_%1$s() returns trigger language plpgsql security definer set search_path = '' as $body$
declare v_ids uuid[]; v_mine xid; v_missing uuid;
begin
  select array_agg(distinct n.%3$I) into v_ids from new_rows n where n.%3$I is not null;
  if v_ids is null then return null; end if;
  -- a parent that came with its rows, as a sale comes with its lines, nobody else can delete before this ends
  select c.xmin into v_mine from public.%2$I c where c.id = (select n.id from new_rows n limit 1);
  -- `offset 0` makes each parent a look-up by its key, in the order of the keys
  perform 1 from unnest(v_ids) v(id)
    cross join lateral (select 1 from public.%4$I p where p.id = v.id and (v_mine is null or p.xmin <> v_mine) offset 0 for key share) p;
  select v.id into v_missing from unnest(v_ids) v(id)
    left join lateral (select true there from public.%4$I p where p.id = v.id offset 0) p on true where p.there is null limit 1;
  if v_missing is not null then
    raise foreign_key_violation using message = format('%4$s %%s is not there', v_missing), constraint = %5$L;
  end if;
  return null;
end $body$;
create or replace function sync.keep_%1$s() returns trigger language plpgsql security definer set search_path = '' as $body$
begin
  if exists (select 1 from old_rows o join public.%2$I c on c.%3$I = o.id) then
    raise foreign_key_violation using message = 'There are still %2$s of it', constraint = %5$L;
  end if;
  return null;
end $body$;
create or replace trigger need_%3$s_insert after insert on public.%2$I referencing new table as new_rows for each statement execute function sync.need_%1$s();
create or replace trigger need_%3$s_update after update on public.%2$I referencing new table as new_rows for each statement execute function sync.need_%1$s();
create or replace trigger keep_%1$s after delete on public.%4$I referencing old table as old_rows for each statement execute function sync.keep_%1$s() $f$,
    v_name, p_child, p_column, p_parent, v_name);
end $gen$;

-- Whether a table ever had a column: what a PC still says of one that was given up is passed over, not refused.
create or replace function sync.had_column(p_table text, p_column text) returns boolean language sql stable set search_path = '' as $$
  select exists (select 1 from sync.shapes s where s.table_name = p_table and p_column = any (s.columns))
$$;

-- Ends the syncing of a table, before it is dropped: PCs keep what they have of it and send nothing of it any more.
create or replace function sync.unregister_table(p_name text) returns void language plpgsql set search_path = '' as $$
declare f regprocedure;
begin
  execute format('drop trigger if exists feed_insert on public.%1$I; drop trigger if exists feed_update on public.%1$I;
    drop trigger if exists feed_delete on public.%1$I; drop trigger if exists no_truncate on public.%1$I', p_name);
  for f in select p.oid::regprocedure from pg_catalog.pg_proc p where p.pronamespace = 'sync'::regnamespace
      and p.proname = any (array['feed_' || p_name, 'insert_' || p_name, 'update_' || p_name, 'delete_' || p_name, 'lock_' || p_name, 'read_' || p_name, 'count_' || p_name, 'snapshot_' || p_name, 'checksum_' || p_name])
  loop execute format('drop function %s', f); end loop;
  delete from sync.guarded_triggers where relation = 'public.' || quote_ident(p_name);
  delete from sync.tables where name = p_name;
  insert into sync.shapes (table_name, columns) values (p_name, '{}');
end $$;

-- The defaults of a table's columns as on the wire, without those that are null or not the same for every row.
create or replace function sync.defaults_of(p_name text) returns jsonb language plpgsql stable set search_path = '' as $$
declare v_values text; v_defaults jsonb;
begin
  select string_agg(format('%L, %s', a.attname, sync.wire_of(a.atttypid::regtype, format('(%s)::%s', pg_catalog.pg_get_expr(f.adbin, f.adrelid), a.atttypid::regtype))), ', ')
    into v_values from pg_catalog.pg_attrdef f join pg_catalog.pg_attribute a on a.attrelid = f.adrelid and a.attnum = f.adnum
    where f.adrelid = format('public.%I', p_name)::regclass and pg_catalog.pg_get_expr(f.adbin, f.adrelid) !~ '\('
      and a.attgenerated = '' and a.attname <> 'id';
  execute format('select jsonb_strip_nulls(jsonb_build_object(%s))', coalesce(v_values, '')) into v_defaults;
  return v_defaults;
end $$;

create or replace function sync.register_table(p_name text, p_scope_rule text, p_direction text, p_policies jsonb) returns void language plpgsql set search_path = '' as $gen$
declare
  v_id smallint; v_shape integer; v_cols text[]; v_scope text; v_list text; v_image text; v_insert text; v_set text; v_moved text;
  v_diff text; v_latest text; v_object text; v_key text; v_scope_of text;
begin
  select array_agg(attname::text order by attnum) into v_cols from pg_catalog.pg_attribute
    where attrelid = format('public.%I', p_name)::regclass and attnum > 0 and not attisdropped and attname <> 'id';
  -- the newest shape of a table is what it has now, also when it had the same columns long ago: PCs tell by it what they may send
  select s.id into v_shape from (select id, columns from sync.shapes where table_name = p_name order by id desc limit 1) s where s.columns = v_cols;
  if not found then insert into sync.shapes (table_name, columns) values (p_name, v_cols) returning id into v_shape; end if;
  update sync.shapes set defaults = sync.defaults_of(p_name) where id = v_shape;
  insert into sync.tables (id, name, scope_rule, direction, policies, columns, shape_id)
    values (coalesce(greatest((select max(id) from sync.tables), (select max(table_id) from sync.row_state)), 0) + 1, p_name, p_scope_rule, p_direction, p_policies, v_cols, v_shape)
    on conflict (name) do update set scope_rule = excluded.scope_rule, direction = excluded.direction, policies = excluded.policies,
      columns = excluded.columns, shape_id = excluded.shape_id
    returning id into v_id;
  -- a trigger of the operator's own may write more than a PC has sent: then it is answered with the row as it became
  update sync.tables set rewrites = exists (select 1 from pg_catalog.pg_trigger g join pg_catalog.pg_proc p on p.oid = g.tgfoid
      where g.tgrelid = format('public.%I', p_name)::regclass and not g.tgisinternal and g.tgtype & 3 = 3 and g.tgtype & 20 <> 0
        and p.pronamespace <> 'sync'::regnamespace and p.proname <> 'suppress_redundant_updates_trigger')
    where id = v_id;

  v_scope := case p_scope_rule when 'chain' then $$'chain'::text$$ when 'store' then $$('store:' || %s.store_id)$$ else '%s.scope' end;
  -- what says of a row which scope it is in, and the scope that follows
  v_key := case p_scope_rule when 'chain' then $$'chain'::text$$ when 'store' then 'store_id' else 'scope' end;
  v_scope_of := case p_scope_rule when 'store' then $$('store:' || k.key)$$ else 'k.key' end;
  select string_agg(format('%I', c), ', ' order by o),
      string_agg(sync.wire_of(t, format('n.%I', c)), ', ' order by o),
      -- a PC that does not know a column yet says nothing of it
      string_agg(case when preset is null then sync.value_of(t, format('r ->> p_at[%s]', o))
        else format('case when p_at[%s] is null then %s else %s end', o, preset, sync.value_of(t, format('r ->> p_at[%s]', o))) end, ', ' order by o),
      string_agg(format('%1$I = case when x.f ? %2$L then %3$s else t.%1$I end', c, c,
        case when p_policies ->> c = 'add' then format('t.%1$I + (x.f ->> %2$L)::bigint - coalesce((x.b ->> %2$L)::bigint, 0)', c, c)
          else sync.value_of(t, format('x.f ->> %L', c)) end), ', ' order by o),
      string_agg(format('n.%1$I is distinct from o.%1$I', c), ' or ' order by o),
      string_agg(format('%L, case when n.%2$I is distinct from o.%2$I then coalesce((m.value ->> 0)::bigint, v_clock) end', c, c), ', ' order by o)
        filter (where p_policies ->> c = 'latest'),
      string_agg(format('%L, %s', c, sync.wire_of(t, format('n.%I', c))), ', ' order by o)
    into v_list, v_image, v_insert, v_set, v_diff, v_latest, v_object
    from (select c, o, a.atttypid::regtype t, pg_catalog.pg_get_expr(f.adbin, f.adrelid) preset from unnest(v_cols) with ordinality u(c, o)
      join pg_catalog.pg_attribute a on a.attrelid = format('public.%I', p_name)::regclass and a.attname = c
      left join pg_catalog.pg_attrdef f on f.adrelid = a.attrelid and f.adnum = a.attnum) x;
  v_moved := format('o.id is null or %s is distinct from %s', format(v_scope, 'n'), format(v_scope, 'o'));

  execute format($f$
create or replace function sync.feed_%1$s() returns trigger language plpgsql security definer set search_path = '' as $body$
declare v_txn bigint := sync.current_txn(); v_meta jsonb := sync.meta(); v_clock bigint := sync.writer_clock(); v_actor text := sync.writer_actor(); v_known uuid := sync.known_by(); v_writer uuid := sync.writer(); v_again boolean; v_of record;
begin
  -- what the office changes in one statement, however much, reaches the PCs in parts of 500 rows, each a transaction of the feed
  if tg_op = 'INSERT' then
    -- rows that never were, nearly always, are at their first version; who has just looked says so
    v_again := coalesce(current_setting('sync.fresh', true), '') <> '%1$s' and exists (select 1 from new_rows n cross join lateral (select 1 from sync.row_state r where r.table_id = %2$s and r.row_id = n.id offset 0) known);
  end if;
  if v_again = false then
    insert into sync.row_state (table_id, row_id, ver, hlc, device_id, actor)
      select %2$s, n.id, 1, coalesce(case when v_meta <> '{}' then (v_meta -> n.id::text ->> 0)::bigint end, v_clock), v_writer,
        coalesce(case when v_meta <> '{}' then v_meta -> n.id::text ->> 1 end, v_actor) from new_rows n;
    if v_writer is not null then
      for v_of in select k.key, (select s.id from sync.scopes s where s.key = %11$s) id from (select distinct %10$s key from new_rows) k loop
        insert into sync.changes (scope_id, txn_id, table_id, row_id, op, ver, shape_id, image, known_by)
          select v_of.id, v_txn, %2$s, n.id, 'I', 1, %3$s, json_build_array(%4$s), v_known from new_rows n where %10$s = v_of.key;
        insert into sync.txns (scope_id, txn_id) values (v_of.id, v_txn) on conflict do nothing;
      end loop;
      return null;
    end if;
    with ch as (
      insert into sync.changes (scope_id, txn_id, table_id, row_id, op, ver, shape_id, image, known_by)
      select s.id, v_txn + least((row_number() over (partition by s.id) - 1) / 500, 1023), %2$s, n.id, 'I', 1, %3$s, json_build_array(%4$s), v_known
        from new_rows n left join sync.scopes s on s.key = %5$s
      returning scope_id, txn_id
    )
    insert into sync.txns (scope_id, txn_id) select distinct scope_id, txn_id from ch on conflict do nothing;
  elsif tg_op = 'INSERT' then
    with st as (
      insert into sync.row_state as r (table_id, row_id, ver, hlc, device_id, actor)
      select %2$s, n.id, 1, coalesce((m.value ->> 0)::bigint, v_clock), v_writer, coalesce(m.value ->> 1, v_actor)
        from new_rows n left join jsonb_each(v_meta) m on m.key = n.id::text
      on conflict (table_id, row_id) do update set ver = r.ver + 1, deleted = false, hlc = excluded.hlc, field_hlc = null,
        own_since = case when r.device_id = excluded.device_id then r.own_since else r.ver + 1 end, device_id = excluded.device_id, actor = excluded.actor
      returning row_id, ver
    ), ch as (
      insert into sync.changes (scope_id, txn_id, table_id, row_id, op, ver, shape_id, image, known_by)
      select s.id, v_txn + case when v_writer is null then least((row_number() over (partition by s.id) - 1) / 500, 1023) else 0 end, %2$s, n.id, 'I', st.ver, %3$s, json_build_array(%4$s), v_known
        from new_rows n join st on st.row_id = n.id left join sync.scopes s on s.key = %5$s
      returning scope_id, txn_id
    )
    insert into sync.txns (scope_id, txn_id) select distinct scope_id, txn_id from ch on conflict do nothing;
  elsif tg_op = 'UPDATE' then
    if exists (select 1 from new_rows n left join old_rows o on o.id = n.id where %6$s) then
      raise exception 'A row of %1$s cannot change its id or move to another scope' using errcode = 'integrity_constraint_violation';
    end if;
    with st as (
      insert into sync.row_state as r (table_id, row_id, ver, hlc, field_hlc, device_id, actor)
      select %2$s, n.id, 1, coalesce((m.value ->> 0)::bigint, v_clock), %7$s, v_writer, coalesce(m.value ->> 1, v_actor)
        from new_rows n join old_rows o on o.id = n.id left join jsonb_each(v_meta) m on m.key = n.id::text where %8$s
      on conflict (table_id, row_id) do update set ver = r.ver + 1, hlc = greatest(r.hlc, excluded.hlc),
        field_hlc = coalesce(r.field_hlc, '{}') || excluded.field_hlc, own_since = case when r.device_id = excluded.device_id then r.own_since else r.ver + 1 end, device_id = excluded.device_id, actor = excluded.actor
      returning row_id, ver
    ), ch as (
      insert into sync.changes (scope_id, txn_id, table_id, row_id, op, ver, shape_id, image, known_by)
      select s.id, v_txn + case when v_writer is null then least((row_number() over (partition by s.id) - 1) / 500, 1023) else 0 end, %2$s, n.id, 'U', st.ver, %3$s, json_build_array(%4$s), v_known
        from new_rows n join st on st.row_id = n.id left join sync.scopes s on s.key = %5$s
      returning scope_id, txn_id
    )
    insert into sync.txns (scope_id, txn_id) select distinct scope_id, txn_id from ch on conflict do nothing;
  else
    insert into sync.tombstones as g (table_id, row_id, scope, image)
      select %2$s, n.id, %5$s, jsonb_build_object(%9$s) from old_rows n
      on conflict (table_id, row_id) do update set scope = excluded.scope, image = excluded.image, at = excluded.at;
    with st as (
      insert into sync.row_state as r (table_id, row_id, ver, deleted, hlc, device_id, actor)
      select %2$s, n.id, 1, true, coalesce((m.value ->> 0)::bigint, v_clock), v_writer, coalesce(m.value ->> 1, v_actor)
        from old_rows n left join jsonb_each(v_meta) m on m.key = n.id::text
      on conflict (table_id, row_id) do update set ver = r.ver + 1, deleted = true, hlc = greatest(r.hlc, excluded.hlc),
        own_since = case when r.device_id = excluded.device_id then r.own_since else r.ver + 1 end, device_id = excluded.device_id, actor = excluded.actor
      returning row_id, ver
    ), ch as (
      insert into sync.changes (scope_id, txn_id, table_id, row_id, op, ver, shape_id, known_by)
      select s.id, v_txn + case when v_writer is null then least((row_number() over (partition by s.id) - 1) / 500, 1023) else 0 end, %2$s, n.id, 'D', st.ver, %3$s, v_known
        from old_rows n join st on st.row_id = n.id left join sync.scopes s on s.key = %5$s
      returning scope_id, txn_id
    )
    insert into sync.txns (scope_id, txn_id) select distinct scope_id, txn_id from ch on conflict do nothing;
  end if;
  return null;
end $body$ $f$, p_name, v_id, v_shape, v_image, format(v_scope, 'n'), v_moved,
    case when v_latest is null then $$'{}'::jsonb$$ else format('jsonb_strip_nulls(jsonb_build_object(%s))', v_latest) end, v_diff, v_object, v_key, v_scope_of);
  execute format($f$
    create or replace trigger feed_insert after insert on public.%1$I referencing new table as new_rows for each statement execute function sync.feed_%1$s();
    create or replace trigger feed_update after update on public.%1$I referencing old table as old_rows new table as new_rows for each statement execute function sync.feed_%1$s();
    create or replace trigger feed_delete after delete on public.%1$I referencing old table as old_rows for each statement execute function sync.feed_%1$s();
    create or replace trigger no_truncate before truncate on public.%1$I for each statement execute function sync.refuse_truncate() $f$, p_name);

  execute format($f$
create or replace function sync.insert_%1$s(p_rows jsonb, p_at integer[], p_scopes text[], p_skip integer[]) returns void language plpgsql set search_path = '' as $body$
declare v_foreign text;
begin
  with n as (
    insert into public.%1$I (id, %2$s) select (r ->> 1)::uuid, %3$s from jsonb_array_elements(p_rows) r
      where p_skip is null or not ((r ->> 0)::integer = any (p_skip))
    returning %4$s as key
  )
  select min(%5$s) into v_foreign from (select distinct n.key from n) k where not (%5$s = any (p_scopes));
  if v_foreign is not null then
    raise exception 'This PC may not write to %%', v_foreign using errcode = 'insufficient_privilege';
  end if;
end $body$ $f$, p_name, v_list, v_insert, v_key, v_scope_of);

  -- f: new values, b: values before; `add` columns are added, all others are set
  execute format($f$
create or replace function sync.update_%1$s(p_ids uuid[], p_new jsonb[], p_old jsonb[], p_scopes text[]) returns void language plpgsql set search_path = '' as $body$
declare v_foreign text;
begin
  with n as (
    update public.%1$I t set %2$s from (select * from unnest(p_ids, p_new, p_old) u(id, f, b)) x where t.id = x.id
    returning t.*
  )
  select min(%3$s) into v_foreign from n where not (%3$s = any (p_scopes));
  if v_foreign is not null then
    raise exception 'This PC may not write to %%', v_foreign using errcode = 'insufficient_privilege';
  end if;
end $body$ $f$, p_name, v_set, format(v_scope, 'n'));

  execute format($f$
create or replace function sync.delete_%1$s(p_ids uuid[], p_scopes text[]) returns void language plpgsql set search_path = '' as $body$
declare v_foreign text;
begin
  with n as (delete from public.%1$I t where t.id = any (p_ids) returning t.*)
  select min(%2$s) into v_foreign from n where not (%2$s = any (p_scopes));
  if v_foreign is not null then
    raise exception 'This PC may not write to %%', v_foreign using errcode = 'insufficient_privilege';
  end if;
end $body$ $f$, p_name, format(v_scope, 'n'));

  -- rows in a fixed order, so that two batches with the same rows wait for each other instead of dying; who only refers to a row waits for its
  -- deletion and for nothing less
  execute format('drop function if exists sync.lock_%1$s(uuid[])', p_name);
  execute format($f$
create or replace function sync.lock_%1$s(p_ids uuid[], p_to_delete boolean) returns void language plpgsql volatile set search_path = '' as $body$
begin
  if p_to_delete then
    perform 1 from public.%1$I n where n.id = any (p_ids) order by n.id for update;
  else
    perform 1 from public.%1$I n where n.id = any (p_ids) order by n.id for no key update;
  end if;
end $body$ $f$, p_name);

  execute format($f$
create or replace function sync.read_%1$s(p_id uuid, out scope text, out object jsonb, out image json) language sql stable set search_path = '' as $body$
  select %2$s, jsonb_build_object(%4$s), json_build_array(%3$s) from public.%1$I n where n.id = p_id
$body$ $f$, p_name, format(v_scope, 'n'), v_image, v_object);

  perform sync.register_snapshot(p_name);
  -- verification makes its statements by itself (50_verify.sql)
  execute format('drop function if exists sync.checksum_%s(text[])', p_name);
  execute format('alter table public.%I enable row level security', p_name);
end $gen$;
