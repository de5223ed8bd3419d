-- Reading a scope from nothing: heads first, then pages of each table in the order of its ids, then the feed from those heads.

/*
 * The part of a table's generated code that reads a scope: sync.count_<table>(scope, cutoff) and sync.snapshot_<table>(...), one page:
 * [[id, version, value, ...]] of p_limit rows after the id p_after (twice as many are looked at where p_cutoff, in ms, leaves rows out), `next`
 * the id to go on after, null at the end. p_fresh: ids to leave out.
 */
create or replace function sync.register_snapshot(p_name text) returns void language plpgsql set search_path = '' as $gen$
declare t sync.tables; v_image text; v_scope text; v_window text;
begin
  select * into t from sync.tables where name = p_name;
  v_scope := case t.scope_rule when 'chain' then $$p_scope = 'chain'$$ when 'store' then 'n.store_id = substr(p_scope, 7)::uuid' else 'n.scope = p_scope' end;
  select string_agg(sync.wire_of(a.atttypid::regtype, format('n.%I', c)), ', ' order by o) into v_image
    from unnest(t.columns) with ordinality u(c, o)
    join pg_catalog.pg_attribute a on a.attrelid = format('public.%I', p_name)::regclass and a.attname = c;
  v_window := case
    when t.row_window is null then null
    when t.row_window ? 'column' then format('n.%I >= to_timestamp(p_cutoff / 1000.0)', t.row_window ->> 'column')
    else format('exists (select 1 from public.%1$I p where p.id = n.%2$I and p.%3$I >= to_timestamp(p_cutoff / 1000.0))', t.row_window ->> 'parent', t.row_window ->> 'key',
      (select w.row_window ->> 'column' from sync.tables w where w.name = t.row_window ->> 'parent')) end;

  execute format($f$
create or replace function sync.count_%1$s(p_scope text, p_cutoff bigint) returns bigint language sql stable set search_path = '' as $body$
  select count(*) from public.%1$I n where %2$s %3$s
$body$ $f$, p_name, v_scope, ' and (p_cutoff is null or ' || v_window || ')');

  -- the planner cannot know how few rows a page has: it is held to the index on (scope, id)
  execute format($f$
create or replace function sync.snapshot_%1$s(p_scope text, p_after uuid, p_limit integer, p_cutoff bigint, p_fresh uuid[], out rows json, out next uuid)
language plpgsql stable set search_path = '' set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off as $body$
declare v_scan integer := p_limit * %4$s;
begin
  select coalesce(json_agg(json_build_array(n.id, coalesce(
        (select st.ver from sync.row_state st where st.table_id = %5$s and st.row_id = n.id), 0), %6$s) order by n.id) filter (where %3$s n.id not in (select unnest(p_fresh))), '[]'),
      case when count(*) = v_scan then max(n.id::text)::uuid end
    into rows, next from (select n.* from public.%1$I n where %2$s and n.id > p_after order by n.id limit v_scan) n;
end $body$ $f$, p_name, v_scope, coalesce('(p_cutoff is null or ' || v_window || ') and', ''),
    case when v_window is null then '1' else 'case when p_cutoff is null then 1 else 2 end' end, t.id, v_image);
end $gen$;

/* Makes a table's rows something a PC can leave out by age. */
create or replace function sync.set_window(p_name text, p_window jsonb) returns void language plpgsql set search_path = '' as $$
begin
  update sync.tables set row_window = p_window where name = p_name;
  perform sync.register_snapshot(p_name);
end $$;

/*
 * Where a PC begins to read scopes from nothing: {epoch, clock, scopes: [{scope, head, stamp, tables: [[name, rows]]}]}; scopes it may not
 * read are left out. The feed from [head, stamp] continues what the pages say. `cutoffs`: {window: ms}. Children stand before their parents,
 * so that a sale never shows before its lines.
 */
create or replace function public.sync_snapshot_begin(scopes text[], cutoffs jsonb default '{}') returns json
language plpgsql stable security definer set search_path = '' as $$
declare d sync.devices := sync.caller(); s record; t record; v_n bigint; v_tables json[]; v_scopes json[] := '{}';
begin
  for s in select * from sync.scopes sc where sc.key = any (sync_snapshot_begin.scopes) and sc.key = any (d.scopes) loop
    v_tables := '{}';
    for t in select * from sync.tables u
        where u.scope_rule = case split_part(s.key, ':', 1) when 'region' then 'named' else split_part(s.key, ':', 1) end or u.scope_rule = 'named'
        order by u.id desc loop
      execute format('select sync.count_%s($1, $2)', t.name) into v_n using s.key, (cutoffs ->> (t.row_window ->> 'name'))::bigint;
      v_tables := v_tables || json_build_array(t.name, v_n);
    end loop;
    v_scopes := v_scopes || json_build_object('scope', s.key, 'head', s.head, 'stamp', s.head_stamp, 'tables', to_json(v_tables));
  end loop;
  return json_build_object('epoch', (select c.epoch from sync.cloud c), 'clock', sync.clock(), 'scopes', to_json(v_scopes));
end $$;

/*
 * One page of a table in a scope after an id: {shape, columns: [table, column, ...], rows: [[id, version, value, ...]], next, clock}; `next` is
 * null at the end. null when the PC may not read the scope, or the table was given up. `head`: rows that others inserted after this position are left out, because
 * the feed brings them, whole transactions at a time; null leaves none out.
 */
create or replace function public.sync_snapshot(scope text, tbl text, after uuid default null, max_rows integer default 2000, cutoff bigint default null,
  head bigint default null) returns json
language plpgsql stable security definer set search_path = '' as $$
declare d sync.devices := sync.caller(); t sync.tables; v_fresh uuid[]; v_page record;
begin
  if not (scope = any (d.scopes)) then return null; end if;
  select * into t from sync.tables u where u.name = tbl;
  if not found then return null; end if;
  -- not what the PC has changed since: it has seen the row, and the feed leaves out its own changes
  select coalesce(array_agg(row_id), '{}') into v_fresh from (
    select c.row_id from sync.scopes sc
      join sync.txns x on x.scope_id = sc.id and x.pos > sync_snapshot.head
      join sync.changes c on c.scope_id = x.scope_id and c.txn_id = x.txn_id
      where sc.key = sync_snapshot.scope and c.table_id = t.id
      group by c.row_id having bool_or(c.op = 'I' and c.known_by is distinct from d.id) and not coalesce(bool_or(c.known_by = d.id), false)) f;
  execute format('select * from sync.snapshot_%s($1, $2, $3, $4, $5)', t.name) into v_page
    using scope, coalesce(after, '00000000-0000-0000-0000-000000000000'::uuid), least(greatest(max_rows, 1), 10000), cutoff, v_fresh;
  return json_build_object('shape', t.shape_id, 'columns', array_prepend(t.name, t.columns), 'rows', v_page.rows, 'next', v_page.next, 'clock', sync.clock());
end $$;

revoke all on function public.sync_snapshot_begin(text[], jsonb), public.sync_snapshot(text, text, uuid, integer, bigint, bigint) from public, anon;
grant execute on function public.sync_snapshot_begin(text[], jsonb), public.sync_snapshot(text, text, uuid, integer, bigint, bigint) to authenticated;
