-- Proof that a PC has what it should have: hashes of rows by bucket, hashes of single rows, and the rows themselves. A bucket is the last two
-- hex digits of the id: the first ones of a UUIDv7 are its time.

drop function if exists public.sync_checksums();

/*
 * The statement that gives a table's rows as a verification sees them: id, bucket, version, and with columns one text of id, version and values.
 * A text stands behind its length and a colon, null is `~`, so that no two rows have the same text. Parameters: $1 scopes, $2 their
 * stores, $3 buckets or null, $4 the cutoff of the table's window (ms) or null.
 */
create or replace function sync.verified_rows(t sync.tables, p_columns text[]) returns text language plpgsql stable set search_path = '' as $$
declare v_content text; v_window text;
begin
  select string_agg(format($f$ || '|' || coalesce(%s, '~')$f$, case
      when y.typcategory = 'S' or a.atttypid in ('uuid'::regtype, 'json'::regtype, 'jsonb'::regtype) then format('length(n.%1$I::text) || '':'' || n.%1$I::text', u.c)
      else format('(%s)::text', sync.wire_of(a.atttypid::regtype, format('n.%I', u.c))) end), '' order by u.o)
    into v_content from unnest(p_columns) with ordinality u(c, o)
    join pg_catalog.pg_attribute a on a.attrelid = format('public.%I', t.name)::regclass and a.attname = u.c and not a.attisdropped
    join pg_catalog.pg_type y on y.oid = a.atttypid;
  v_window := case
    when t.row_window is null then 'true'
    when t.row_window ? 'column' then format('n.%I >= to_timestamp($4 / 1000.0)', t.row_window ->> 'column')
    else format('exists (select 1 from public.%1$I p where p.id = n.%2$I and p.%3$I >= to_timestamp($4 / 1000.0))', t.row_window ->> 'parent', t.row_window ->> 'key',
      (select w.row_window ->> 'column' from sync.tables w where w.name = t.row_window ->> 'parent')) end;
  return format($f$select n.id, substr(n.id::text, 35, 2) bucket, coalesce(st.ver, 0) ver, n.id::text || ':' || coalesce(st.ver, 0)%s content
    from public.%I n left join sync.row_state st on st.table_id = %s and st.row_id = n.id
    where %s and ($3::text[] is null or substr(n.id::text, 35, 2) = any ($3)) and ($4::bigint is null or %s)$f$,
    v_content, t.name, t.id,
    case t.scope_rule when 'chain' then $q$'chain' = any ($1)$q$ when 'store' then 'n.store_id = any ($2)' else 'n.scope = any ($1)' end, v_window);
end $$;

-- The scopes of a verification that this PC may read, where their feeds stand, and the stores among them.
create or replace function sync.verified_scopes(d sync.devices, p_scopes text[], out scopes text[], out stores uuid[], out heads jsonb)
language plpgsql stable set search_path = '' as $$
begin
  scopes := array(select k from unnest(p_scopes) k where k = any (d.scopes));
  stores := array(select substr(k, 7)::uuid from unnest(scopes) k where k like 'store:%');
  heads := (select coalesce(jsonb_object_agg(s.key, jsonb_build_array(s.head, s.head_stamp)), '{}') from sync.scopes s where s.key = any (scopes));
end $$;

-- Of the columns a PC knows those that the table has.
create or replace function sync.shared_columns(t sync.tables, p_columns jsonb) returns text[] language sql stable set search_path = '' as $$
  select coalesce(array_agg(c order by o), '{}') from jsonb_array_elements_text(p_columns) with ordinality u(c, o) where c = any (t.columns)
$$;

/*
 * Hashes by bucket: {heads: {scope: [position, mark]}, tables: {table: {columns, buckets: {bucket: [rows, md5]}}}}. `tables` is {table: [columns the
 * PC knows]}, the answer names those that were used and leaves out tables the cloud does not have. Without `content` only ids and versions are
 * compared. `buckets`: which ones, null for all. `cutoffs`: {window: ms}, from when on the PC has rows. STABLE: one snapshot for all.
 */
create or replace function public.sync_verify(scopes text[], tables jsonb, content boolean default true, buckets text[] default null, cutoffs jsonb default '{}')
returns json language plpgsql stable security definer set search_path = '' as $$
declare v record; t sync.tables; v_columns text[]; v_buckets json; v_tables jsonb := '{}';
begin
  select * into v from sync.verified_scopes(sync.caller(), sync_verify.scopes);
  for t in select * from sync.tables u where sync_verify.tables ? u.name order by u.id loop
    v_columns := sync.shared_columns(t, sync_verify.tables -> t.name);
    execute format($f$select coalesce(json_object_agg(b, json_build_array(n, hash)), '{}') from (
        select bucket b, count(*) n, md5(string_agg(content, ',' order by id)) hash from (%s) r group by 1) g$f$,
        sync.verified_rows(t, case when content then v_columns end))
      into v_buckets using v.scopes, v.stores, sync_verify.buckets, (cutoffs ->> (t.row_window ->> 'name'))::bigint;
    v_tables := v_tables || jsonb_build_object(t.name, json_build_object('columns', v_columns, 'buckets', v_buckets));
  end loop;
  return json_build_object('heads', v.heads, 'tables', v_tables);
end $$;

/* Hashes of single rows in some buckets of a table: {heads, columns, rows: [[id, version, md5]]}. */
create or replace function public.sync_verify_rows(scopes text[], tbl text, columns jsonb, buckets text[], content boolean default true, cutoffs jsonb default '{}')
returns json language plpgsql stable security definer set search_path = '' as $$
declare v record; t sync.tables; v_columns text[]; v_rows json;
begin
  select * into v from sync.verified_scopes(sync.caller(), sync_verify_rows.scopes);
  select * into t from sync.tables u where u.name = tbl;
  if not found then return json_build_object('heads', v.heads, 'columns', '[]'::json, 'rows', '[]'::json); end if;
  v_columns := sync.shared_columns(t, sync_verify_rows.columns);
  execute format($f$select coalesce(json_agg(json_build_array(id, ver, md5(content)) order by id), '[]') from (%s) r$f$,
      sync.verified_rows(t, case when content then v_columns end))
    into v_rows using v.scopes, v.stores, sync_verify_rows.buckets, (cutoffs ->> (t.row_window ->> 'name'))::bigint;
  return json_build_object('heads', v.heads, 'columns', v_columns, 'rows', v_rows);
end $$;

/*
 * Single rows as they are now: {heads, shape, columns: [table, column, ...], rows: [[id, version, deleted, image]]}. An id that the cloud knows
 * nothing of, or whose row lies in a scope the PC does not follow, is left out; the image of a deleted row is null.
 */
create or replace function public.sync_rows(scopes text[], tbl text, ids uuid[]) returns json
language plpgsql stable security definer set search_path = '' as $$
declare v record; t sync.tables; v_rows json;
begin
  select * into v from sync.verified_scopes(sync.caller(), sync_rows.scopes);
  select * into t from sync.tables u where u.name = tbl;
  if not found then return json_build_object('heads', v.heads, 'shape', 0, 'columns', json_build_array(tbl), 'rows', '[]'::json); end if;
  execute format($f$select coalesce(json_agg(json_build_array(u.id, coalesce(st.ver, 0), coalesce(st.deleted, false) and r.scope is null, r.image) order by u.id), '[]')
      from unnest($1) u(id) left join sync.row_state st on st.table_id = $2 and st.row_id = u.id left join lateral sync.read_%s(u.id) r on true
      where r.scope = any ($3) or (r.scope is null and st.deleted)$f$, t.name)
    into v_rows using sync_rows.ids, t.id, v.scopes;
  return json_build_object('heads', v.heads, 'shape', t.shape_id, 'columns', array_prepend(t.name, t.columns), 'rows', v_rows);
end $$;

revoke all on function public.sync_verify(text[], jsonb, boolean, text[], jsonb), public.sync_verify_rows(text[], text, jsonb, text[], boolean, jsonb),
  public.sync_rows(text[], text, uuid[]) from public, anon;
grant execute on function public.sync_verify(text[], jsonb, boolean, text[], jsonb), public.sync_verify_rows(text[], text, jsonb, text[], boolean, jsonb),
  public.sync_rows(text[], text, uuid[]) to authenticated;
