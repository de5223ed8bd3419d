-- What store PCs receive.

-- The number of the running transaction in the feed, a multiple of 1024: its parts, if it has any, come after it. It lives in a setting that a
-- rolled back savepoint takes along.
create or replace function sync.current_txn() returns bigint language plpgsql set search_path = '' as $$
declare v text := current_setting('sync.txn', true);
begin
  if v is null or v = '' then
    v := (nextval('sync.txn_ids') * 1024)::text;
    perform set_config('sync.txn', v, true);
  end if;
  return v::bigint;
end $$;

-- Runs once per transaction (or part of one) and scope, at commit: counts, takes the head, gives position and mark, and wakes the listeners.
create or replace function sync.seal() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  v_pos bigint; v_key text; v_channel text; v_spread integer; v_first bigint := new.txn_id - new.txn_id % 1024;
  -- random, not a time: a cloud that was set back may have another clock. Exact in JSON, never 0.
  v_stamp bigint := 1 + floor(random() * 9007199254740000)::bigint;
begin
  if current_setting('sync.sealing', true) is distinct from v_first::text then
    -- all scopes of this transaction in id order, so that two transactions with the same scopes cannot wait for each other
    perform 1 from sync.scopes s
      where s.id = any (array(select t.scope_id from sync.txns t where t.pos is null and t.txn_id between v_first and v_first + 1023))
      order by s.id for no key update;
    perform set_config('sync.sealing', v_first::text, true);
  end if;
  update sync.scopes set head = head + 1, head_stamp = v_stamp where id = new.scope_id returning head, key, channel into v_pos, v_key, v_channel;
  update sync.txns t set pos = v_pos, stamp = v_stamp,
      n = (select count(*) from sync.changes c where c.scope_id = new.scope_id and c.txn_id = new.txn_id)
    where t.scope_id = new.scope_id and t.txn_id = new.txn_id;
  -- one hint for all parts; `by` is the PC whose batch this is, so that it need not come back for what it has just sent
  if new.txn_id = v_first then
    -- what everybody hears at once, everybody comes for within `spread` ms: about a thousand PCs a second
    v_spread := case when v_key like 'store:%' then 0 else (select greatest(0, c.reltuples) from pg_catalog.pg_class c where c.oid = 'sync.devices'::regclass) end;
    perform realtime.send(jsonb_build_object('head', v_pos, 'by', current_setting('sync.device', true), 'spread', v_spread), 'head', sync.topic(v_key, v_channel), true);
  end if;
  return null;
end $$;

-- The mark of the transaction at a position, as far as the feed still has it.
create or replace function sync.stamp_at(s sync.scopes, p_pos bigint) returns bigint language plpgsql stable set search_path = '' as $$
begin
  return case p_pos when 0 then 0 when s.head then s.head_stamp when s.floor then s.floor_stamp
    else (select t.stamp from sync.txns t where t.scope_id = s.id and t.pos = p_pos) end;
end $$;

-- Why a cursor is of no use, or null: `new` there is none, `horizon` the feed no longer reaches back to it, `rewound` the feed has not been
-- where the PC was. PCs from before marks send a position alone, and no mark to compare.
create or replace function sync.cursor_fault(s sync.scopes, p_pos bigint, p_stamp bigint) returns text language plpgsql stable set search_path = '' as $$
begin
  return case when p_pos is null then 'new' when p_pos > s.head then 'rewound' when p_pos < s.floor then 'horizon'
    when p_stamp <> sync.stamp_at(s, p_pos) then 'rewound' end;
end $$;

-- Whether a PC with these cursors knew a cloud that went on differently from here.
create or replace function sync.was_set_back(p_seen jsonb) returns boolean language plpgsql stable set search_path = '' as $$
begin
  return exists (select 1 from jsonb_each(p_seen) c join sync.scopes s on s.key = c.key
    where sync.cursor_fault(s, (c.value ->> 0)::bigint, (c.value ->> 1)::bigint) = 'rewound');
end $$;

drop function if exists public.sync_pull(jsonb, integer, integer);

/*
 * One page of every scope of the calling PC after `cursors` ({scope: [position, mark]}), at most about `max_rows` rows, cut only between transactions.
 * STABLE: one snapshot for the whole call. One JSON value, because REST cuts row sets at 1000 rows. Stores come before the chain.
 * scopes: [{scope, from, to, stamp, head, txns: [rows of each transaction], rows: [[shape, op, id, version, image]]}]; positions are dense, so
 * `to - from` transactions must be there. Rows the PC sent itself and that applied as sent are left out. [to, stamp] is the next cursor.
 * Or {scope, reset, head, floor}, reset: `new`, `horizon`, `rewound` (see sync.cursor_fault) or `epoch`: `cloud_epoch` is not this cloud's.
 * shapes: {id: [table, column, ...]} newer than `known_shape`, defaults: {id: {column: value}} of them. protocol: [the cloud's, the oldest it serves]. held: see sync.held_scopes; null when the PC knows it by `known_scopes`.
 * channels: {scope: topic of its Realtime channel}, which changes when a PC is revoked.
 * batch: the last one accepted from this PC, so that a disk which is a copy, or a cloud which was set back, is noticed without sending anything.
 * A PC from before resets had reasons sends no `cloud_epoch`: without a cursor it begins at the feed's first transaction.
 */
create or replace function public.sync_pull(cursors jsonb default '{}', max_rows integer default 2000, known_shape integer default 0,
  cloud_epoch bigint default null, known_scopes text default null) returns json
language plpgsql stable security definer set search_path = '' as $$
declare
  d sync.devices := sync.caller(); s sync.scopes; v_left integer := least(greatest(max_rows, 1), 10000); v_from bigint; v_stamp bigint; v_to bigint;
  v_txns json; v_rows json; v_n bigint; v_scopes json[] := '{}'; v_more boolean := false; v_reset text; v_cursor jsonb;
  v_epoch bigint := (select c.epoch from sync.cloud c); v_held jsonb := sync.held_scopes(d.id, d.scopes); v_topics jsonb := '{}';
begin
  for s in select * from sync.scopes sc where sc.key = any (d.scopes) order by sc.key = 'chain', sc.key <> 'store:' || d.store_id, sc.id loop
    v_topics := v_topics || jsonb_build_object(s.key, sync.topic(s.key, s.channel));
    v_cursor := cursors -> s.key;
    if jsonb_typeof(v_cursor) = 'array' then
      v_from := (v_cursor ->> 0)::bigint; v_stamp := (v_cursor ->> 1)::bigint;
    else
      v_from := v_cursor::text::bigint; v_stamp := null;
    end if;
    if cloud_epoch is null then v_from := coalesce(v_from, 0); end if;
    -- nothing new, which is what nearly all questions are about
    if v_from = s.head and v_stamp = s.head_stamp and (cloud_epoch = 0 or cloud_epoch = v_epoch) then continue; end if;
    v_reset := case when cloud_epoch <> 0 and cloud_epoch <> v_epoch then 'epoch' else sync.cursor_fault(s, v_from, v_stamp) end;
    if v_reset is not null then
      v_scopes := v_scopes || json_build_object('scope', s.key, 'reset', v_reset, 'head', s.head, 'floor', s.floor);
      continue;
    end if;
    if v_from = s.head then
      -- a position that came without its mark gets it
      if v_stamp is null and cloud_epoch is not null then
        v_scopes := v_scopes || json_build_object('scope', s.key, 'from', v_from, 'to', v_from, 'stamp', s.head_stamp, 'head', s.head, 'txns', '[]'::json, 'rows', '[]'::json);
      end if;
      continue;
    end if;
    if v_left <= 0 then
      v_more := true;
      continue;
    end if;
    with page as (
      select t.pos, t.txn_id, t.stamp, t.n, sum(t.n) over (order by t.pos) - t.n as before
        from sync.txns t where t.scope_id = s.id and t.pos > v_from order by t.pos limit v_left
    ), taken as materialized (select * from page where before < v_left)
    select max(taken.pos), (select k.stamp from taken k order by k.pos desc limit 1), coalesce(sum(taken.n), 0),
        json_agg((select count(*) from sync.changes c where c.scope_id = s.id and c.txn_id = taken.txn_id and c.known_by is distinct from d.id) order by taken.pos),
        (select coalesce(json_agg(json_build_array(c.shape_id, c.op, c.row_id, c.ver, c.image) order by k.pos, c.seq), '[]')
           from taken k join sync.changes c on c.scope_id = s.id and c.txn_id = k.txn_id where c.known_by is distinct from d.id)
      into v_to, v_stamp, v_n, v_txns, v_rows from taken;
    v_left := v_left - v_n;
    v_more := v_more or v_to < s.head;
    v_scopes := v_scopes || json_build_object('scope', s.key, 'from', v_from, 'to', v_to, 'stamp', v_stamp, 'head', s.head, 'txns', v_txns, 'rows', v_rows);
  end loop;
  return json_build_object('scopes', to_json(v_scopes), 'more', v_more,
    'shapes', (select coalesce(json_object_agg(h.id, array_prepend(h.table_name, h.columns)), '{}') from sync.shapes h where h.id > known_shape),
    'protocol', json_build_array(sync.protocol(), (select c.oldest_protocol from sync.cloud c)),
    'defaults', (select coalesce(json_object_agg(h.id, h.defaults), '{}') from sync.shapes h where h.id > known_shape and h.defaults <> '{}'),
    'clock', sync.clock(), 'batch', d.last_batch, 'epoch', v_epoch, 'held', case when v_held ->> 'mark' is distinct from known_scopes then v_held end,
    'channels', v_topics);
end $$;

revoke all on function public.sync_pull(jsonb, integer, integer, bigint, text) from public, anon;
grant execute on function public.sync_pull(jsonb, integer, integer, bigint, text) to authenticated;
