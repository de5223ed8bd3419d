-- What store PCs receive.

-- Runs once per transaction and scope, at commit: counts, takes the head, gives the position, and wakes the listeners.
create or replace function sync.seal() returns trigger language plpgsql security definer set search_path = '' as $$
declare v_pos bigint; v_key text; v_channel text;
begin
  -- all scopes of this transaction in id order, so that two transactions with the same scopes cannot wait for each other
  perform 1 from sync.scopes s
    where s.id in (select t.scope_id from sync.txns t where t.txn_id = new.txn_id)
    order by s.id for no key update;
  update sync.scopes set head = head + 1 where id = new.scope_id returning head, key, channel into v_pos, v_key, v_channel;
  update sync.txns t set pos = v_pos,
      n = (select count(*) from sync.changes c where c.scope_id = new.scope_id and c.txn_id = new.txn_id)
    where t.scope_id = new.scope_id and t.txn_id = new.txn_id;
  -- `by` is the PC whose batch this is, so that it need not come back for what it has just sent
  perform realtime.send(jsonb_build_object('head', v_pos, 'by', current_setting('sync.device', true)), 'head', sync.topic(v_key, v_channel), true);
  return null;
end $$;

/*
 * One page of every scope of the calling PC after `cursors` ({scope: position}), at most about `max_rows` rows, cut only between transactions.
 * STABLE: one snapshot for the whole call. One JSON value, because REST cuts row sets at 1000 rows.
 * scopes: [{scope, from, to, head, floor, txns: [rows of each transaction], rows: [[shape, op, id, version, image]]}]; positions are dense, so
 * `to - from` transactions must be there. Rows the PC sent itself and that applied as sent are left out. `reset`: the cursor lies outside the feed.
 * shapes: {id: [table, column, ...]} newer than `known_shape`. channels: {scope: topic of its Realtime channel}, which changes when a PC is revoked.
 */
create or replace function public.sync_pull(cursors jsonb default '{}', max_rows integer default 2000, known_shape integer default 0) returns json
language plpgsql stable security definer set search_path = '' as $$
declare
  d sync.devices := sync.caller(); s record; v_left integer := least(greatest(max_rows, 1), 10000); v_from bigint; v_to bigint;
  v_txns json; v_rows json; v_n bigint; v_scopes json[] := '{}'; v_more boolean := false;
begin
  for s in select sc.id, sc.key, sc.head, sc.floor from sync.scopes sc where sc.key = any (d.scopes) order by sc.id loop
    v_from := coalesce((cursors ->> s.key)::bigint, 0);
    if v_from > s.head or v_from < s.floor then
      v_scopes := v_scopes || json_build_object('scope', s.key, 'reset', true, 'head', s.head, 'floor', s.floor);
      continue;
    end if;
    if v_from = s.head then continue; end if;
    if v_left <= 0 then
      v_more := true;
      continue;
    end if;
    with page as (
      select t.pos, t.txn_id, t.n, sum(t.n) over (order by t.pos) - t.n as before
        from sync.txns t where t.scope_id = s.id and t.pos > v_from order by t.pos limit v_left
    ), taken as materialized (select * from page where before < v_left)
    select max(taken.pos), coalesce(sum(taken.n), 0),
        json_agg((select count(*) from sync.changes c where c.scope_id = s.id and c.txn_id = taken.txn_id and c.known_by is distinct from d.id) order by taken.pos),
        (select coalesce(json_agg(json_build_array(c.shape_id, c.op, c.row_id, c.ver, c.image) order by k.pos, c.seq), '[]')
           from taken k join sync.changes c on c.scope_id = s.id and c.txn_id = k.txn_id where c.known_by is distinct from d.id)
      into v_to, v_n, v_txns, v_rows from taken;
    v_left := v_left - v_n;
    v_more := v_more or v_to < s.head;
    v_scopes := v_scopes || json_build_object('scope', s.key, 'from', v_from, 'to', v_to, 'head', s.head, 'txns', v_txns, 'rows', v_rows);
  end loop;
  return json_build_object('scopes', to_json(v_scopes), 'more', v_more,
    'shapes', (select coalesce(json_object_agg(h.id, array_prepend(h.table_name, h.columns)), '{}') from sync.shapes h where h.id > known_shape),
    'clock', sync.clock(), 'channels', sync.topics(d.scopes));
end $$;

/* Per synced table 256 buckets (the last two hex digits of the id): {table: {bucket: [rows, md5]}} with the heads they were computed at. */
create or replace function public.sync_checksums() returns json language plpgsql stable security definer set search_path = '' as $$
declare d sync.devices := sync.caller(); t text; v_one json; v_all jsonb := '{}';
begin
  for t in select name from sync.tables order by id loop
    execute format('select sync.checksum_%s($1)', t) into v_one using d.scopes;
    v_all := v_all || jsonb_build_object(t, v_one);
  end loop;
  return json_build_object('tables', v_all, 'heads', (select json_object_agg(key, head) from sync.scopes where key = any (d.scopes)));
end $$;
