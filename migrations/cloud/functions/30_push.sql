-- What store PCs send. A batch is one PostgreSQL transaction with a receipt; every conflict is decided here, once, for all.

-- The enrolled PC that signed in, with the scopes it may use (sync.with_scopes). Only claims that the server itself put into the token are believed.
-- The protocol that this cloud speaks, and the one that the calling PC speaks: 1 where it does not say, the cloud's own in plain SQL.
-- (No search_path: PostgreSQL puts it into the calling statement.)
create or replace function sync.protocol() returns integer language sql immutable as $$ select 2 $$;
create or replace function sync.caller_protocol() returns integer language plpgsql stable set search_path = '' as $$
declare h json := nullif(current_setting('request.headers', true), '');
begin
  return coalesce((h ->> 'x-pulser-protocol')::integer, case when h is null then sync.protocol() else 1 end);
end $$;

create or replace function sync.signed_in() returns sync.devices language plpgsql stable security definer set search_path = '' as $$
declare d sync.devices;
begin
  select * into d from sync.devices where id = (auth.jwt() -> 'app_metadata' ->> 'device_id')::uuid;
  if not found then raise sqlstate 'PT403' using message = 'DEVICE_UNKNOWN', detail = 'This sign-in belongs to no enrolled PC'; end if;
  if d.revoked_at is not null then raise sqlstate 'PT403' using message = 'DEVICE_REVOKED', detail = 'This PC was removed from its store'; end if;
  return sync.with_scopes(d);
end $$;

-- The enrolled PC that is calling: one that signed in with what it signs in with today.
create or replace function sync.caller() returns sync.devices language plpgsql stable security definer set search_path = '' as $$
declare d sync.devices := sync.signed_in();
begin
  if sync.caller_protocol() < (select c.oldest_protocol from sync.cloud c) then
    raise sqlstate 'PT426' using message = 'UPDATE', detail = format('The cloud serves protocol %s and later, this PC speaks %s', (select c.oldest_protocol from sync.cloud c), sync.caller_protocol());
  end if;
  -- the token of a key pair is made out to the PC itself, that of a password to its user
  if d.public_key is not null and d.auth_user = auth.uid() then
    raise sqlstate 'PT409' using message = 'FORKED', detail = 'This copy of the data is older than the key pair of its PC';
  end if;
  return d;
end $$;

-- Foreign keys are checked at the end of each unit by name: SET CONSTRAINTS ALL would also fire the seal of the feed too early.
create or replace function sync.check_references() returns void language plpgsql set search_path = '' as $$
begin
  set constraints public.transactions_customer, public.stock_movements_product, public.stock_levels_product, public.credit_entries_customer immediate;
  set constraints public.transactions_customer, public.stock_movements_product, public.stock_levels_product, public.credit_entries_customer deferred;
end $$;

/*
 * Tells the feed triggers whose changes come now. A PC that changes a row knows its insert, so its clock is later than any clock an insert
 * could carry: one clock for all inserts of a section is exact enough, and much cheaper than one for each.
 */
create or replace function sync.set_writer(p_op text, p_rows jsonb) returns void language plpgsql set search_path = '' as $$
declare v_now bigint := sync.clock(); v_first text; v_last text; v_clock bigint;
begin
  select min(r ->> 4), max(r ->> 4), max((r ->> 3)::bigint) into v_first, v_last, v_clock from jsonb_array_elements(p_rows) r;
  perform set_config('sync.clock', least(v_clock, v_now)::text, true), set_config('sync.actor', v_first, true), set_config('sync.meta', case
    when p_op = 'I' and v_first = v_last then ''
    else (select jsonb_object_agg(r ->> 1, jsonb_build_array(least((r ->> 3)::bigint, v_now), r -> 4)) from jsonb_array_elements(p_rows) r)::text end, true);
end $$;

-- The same where one person made all of them, and nothing else is to be told.
create or replace function sync.set_writer(p_actor text, p_clock bigint) returns void language plpgsql set search_path = '' as $$
begin
  perform set_config('sync.clock', least(p_clock, sync.clock())::text, true), set_config('sync.actor', p_actor, true), set_config('sync.meta', '', true);
end $$;

-- One section: operations of one kind on one table, at most one for each row.
-- {"t": table, "o": "I", "cols": [...], "rows": [[i, id, base, clock, actor, value, ...]]}
-- {"t": table, "o": "U", "rows": [[i, id, base, clock, actor, {new}, {old}]]}; "D" the same with {old} only.
-- Answers {"v": version of each row in order (or one number for all; 0 for one that is deleted), "x": what did not simply apply,
-- "gone": [{"i", "r", "v"}] what met a deletion and stays deleted}.
-- `offset 0` makes each state a look-up by its key: the planner cannot know how few rows a batch has, and would read the whole table.
create or replace function sync.apply_section(d sync.devices, s jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare
  t sync.tables; v_rows jsonb := s -> 'rows'; v_at integer[]; v_seen boolean; v_first text; v_last text; v_clock bigint; v_known integer[]; v_row jsonb; v_x jsonb := '[]'; v_gone jsonb := '[]'; v_one jsonb; v_unknown text;
  v_ids uuid[]; v_new jsonb[]; v_old jsonb[]; v_slow jsonb[];
begin
  select * into t from sync.tables where name = s ->> 't';
  if not found then raise undefined_table using message = format('The cloud does not know the table %s', s ->> 't'); end if;
  if t.direction = 'down' then raise exception 'Only the office changes %', t.name using errcode = 'insufficient_privilege'; end if;
  if s ->> 'o' = 'I' then
    select min(c) into v_unknown from jsonb_array_elements_text(s -> 'cols') c where not (c = any (t.columns)) and not sync.had_column(t.name, c);
    select array_agg(4 + u.o order by c.o) into v_at from unnest(t.columns) with ordinality c(name, o)
      left join jsonb_array_elements_text(s -> 'cols') with ordinality u(name, o) on u.name = c.name;
  else
    select min(k) into v_unknown from jsonb_array_elements(v_rows) r, jsonb_object_keys(r -> 5) k where s ->> 'o' = 'U' and not (k = any (t.columns)) and not sync.had_column(t.name, k);
  end if;
  if v_unknown is not null then raise undefined_column using message = format('The cloud does not know %s.%s', t.name, v_unknown); end if;

  if s ->> 'o' = 'I' then
    select count(st.row_id) > 0, array_agg((r ->> 0)::integer) filter (where st.row_id is not null
          and not (st.deleted and (sync.knows(st, (r ->> 2)::integer, d.id) or sync.is_decided(t.name, st.row_id)))), min(r ->> 4), max(r ->> 4), max((r ->> 3)::bigint)
      into v_seen, v_known, v_first, v_last, v_clock from jsonb_array_elements(v_rows) r
      left join lateral (select * from sync.row_state st where st.table_id = t.id and st.row_id = (r ->> 1)::uuid offset 0) st on true;
    if v_first = v_last then perform sync.set_writer(v_first, v_clock); else perform sync.set_writer('I', v_rows); end if;
    -- somebody may come between, or a trigger of the operator's own add rows: that fails, and the second try looks twice
    perform set_config('sync.fresh', case when not v_seen and current_setting('sync.attempt', true) = '1' then t.name else '' end, true);
    execute format('select sync.insert_%s($1, $2, $3, $4)', t.name) using v_rows, v_at, d.grants, v_known;
    perform set_config('sync.fresh', '', true);
    if not v_seen and not t.rewrites then return '{"v": 1}'; end if;
    select array_agg(jsonb_build_array(r -> 0, r -> 1, r -> 2, r -> 3, r -> 4, (
        select jsonb_object_agg(c.name, r -> (4 + c.o)::integer) from jsonb_array_elements_text(s -> 'cols') with ordinality c(name, o)), '{}'::jsonb))
      into v_slow from jsonb_array_elements(v_rows) r where (r ->> 0)::integer = any (v_known);
    if v_slow is not null then
      select array_agg((r ->> 1)::uuid) into v_ids from unnest(v_slow) r;
      execute format('select sync.lock_%s($1, $2)', t.name) using v_ids, s ->> 'o' = 'D';
    end if;
  else
    perform sync.set_writer(s ->> 'o', v_rows);
    select array_agg((r ->> 1)::uuid) into v_ids from jsonb_array_elements(v_rows) r;
    execute format('select sync.lock_%s($1, $2)', t.name) using v_ids, s ->> 'o' = 'D';
    if s ->> 'o' = 'U' then
      select array_agg((r ->> 1)::uuid) filter (where fast), array_agg(r -> 5) filter (where fast), array_agg(r -> 6) filter (where fast), array_agg(r) filter (where not fast)
        into v_ids, v_new, v_old, v_slow
        from (select r, coalesce(not st.deleted and sync.knows(st, (r ->> 2)::integer, d.id), false) fast
          from jsonb_array_elements(v_rows) r
          left join lateral (select * from sync.row_state st where st.table_id = t.id and st.row_id = (r ->> 1)::uuid offset 0) st on true) u;
      if v_ids is not null then execute format('select sync.update_%s($1, $2, $3, $4)', t.name) using v_ids, v_new, v_old, d.grants; end if;
    else
      select array_agg(r) into v_slow from jsonb_array_elements(v_rows) r
        cross join lateral (select * from sync.row_state st where st.table_id = t.id and st.row_id = (r ->> 1)::uuid offset 0) st
        where not st.deleted and not sync.knows(st, (r ->> 2)::integer, d.id);
      if v_slow is not null then
        select array_agg(id) into v_ids from unnest(v_ids) id where id <> all (select (r ->> 1)::uuid from unnest(v_slow) r);
      end if;
      execute format('select sync.delete_%s($1, $2)', t.name) using v_ids, d.grants;
    end if;
  end if;

  if v_slow is not null then
    -- what is merged here is news for the sender too
    perform set_config('sync.echo', 'on', true);
    foreach v_row in array v_slow loop
      v_one := case when s ->> 'o' = 'D' then sync.merge_delete(t, v_row, d.grants) else sync.merge_row(t, v_row, d.grants) end;
      if v_one ? 'gone' then v_gone := v_gone || (v_one - 'gone'); elsif v_one is not null then v_x := v_x || v_one; end if;
    end loop;
    perform set_config('sync.echo', '', true);
  end if;
  if t.rewrites and s ->> 'o' <> 'D' then
    execute format($q$select $1 || coalesce(jsonb_agg(jsonb_build_object('i', r -> 0, 'r', 'merged', 'shape', $2, 'image', n.image)), '[]')
        from jsonb_array_elements($3) r, sync.read_%s((r ->> 1)::uuid) n
        where n.scope is not null and not exists (select 1 from jsonb_array_elements($1) x where x -> 'i' = r -> 0)$q$, t.name)
      into v_x using v_x, t.shape_id, v_rows;
  end if;
  return jsonb_build_object('v', (select jsonb_agg(case when st.deleted and s ->> 'o' <> 'D' then 0 else coalesce(st.ver, 0) end order by r.o) from jsonb_array_elements(v_rows) with ordinality r(r, o)
      left join lateral (select st.ver, st.deleted from sync.row_state st where st.table_id = t.id and st.row_id = (r.r ->> 1)::uuid offset 0) st on true))
    || case when v_x = '[]' then '{}' else jsonb_build_object('x', v_x) end || case when v_gone = '[]' then '{}' else jsonb_build_object('gone', v_gone) end;
end $$;

/*
 * Records about which the unit decides a conflict that still stands as the PC saw it. Who brings one of them back has seen that it was deleted,
 * also where the PC does not know it (any more): one that was filled since was not told of deleted records.
 */
create or replace function sync.set_decided(p_sections jsonb) returns void language plpgsql set search_path = '' as $$
begin
  perform set_config('sync.decided', case when p_sections @> '[{"t": "conflicts", "o": "U"}]' then coalesce((
      select string_agg(c.table_name || ':' || c.row_id, ' ') from jsonb_array_elements(p_sections) s, jsonb_array_elements(s -> 'rows') r
        join public.conflicts c on c.id = (r ->> 1)::uuid
        where s ->> 't' = 'conflicts' and s ->> 'o' = 'U' and c.status = r -> 6 ->> 'status'), '') else '' end, true);
end $$;
create or replace function sync.is_decided(p_table text, p_row uuid) returns boolean language sql stable set search_path = '' as $$
  select p_table || ':' || p_row = any (string_to_array(current_setting('sync.decided', true), ' '))
$$;

/*
 * One unit: sections that hold together. Everything of it applies, or an error leaves. When another PC inserts the same row at the same
 * moment (a stock level has the same id everywhere), the insert fails once that PC has committed; then the row is there and is merged.
 */
create or replace function sync.apply_unit(d sync.devices, p_sections jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare s jsonb; v_out jsonb;
begin
  perform sync.set_decided(p_sections);
  for attempt in 1..5 loop
    begin
      v_out := '[]';
      perform set_config('sync.attempt', attempt::text, true);
      for s in select * from jsonb_array_elements(p_sections) loop v_out := v_out || sync.apply_section(d, s); end loop;
      perform sync.check_references();
      return v_out;
    exception when unique_violation then
      if attempt = 5 then raise; end if;
    end;
  end loop;
end $$;

-- Keys of local transactions, from 16 hex digits each.
create or replace function sync.keys_of(p_keys jsonb) returns bigint[] language plpgsql immutable set search_path = '' as $$
begin
  return (select array_agg(('x' || k)::bit(64)::bigint) from jsonb_array_elements_text(p_keys) k);
end $$;

drop function if exists sync.apply_units(sync.devices, jsonb);
/*
 * Unit by unit, each in a savepoint: what is refused does not hold up the rest, but what touches the same rows waits with it, and so does what
 * touches `p_blocked`. Units with a key in `p_known` are here already. Answers what is blocked now and the keys of what was accepted, too.
 */
create or replace function sync.apply_units(d sync.devices, p_units jsonb, p_known bigint[], p_blocked text[], out units jsonb, out blocked text[], out keys bigint[])
language plpgsql set search_path = '' as $$
declare u jsonb; v_key bigint; v_rows text[]; v_state text; v_message text; v_constraint text;
begin
  units := '[]';
  keys := '{}';
  blocked := coalesce(p_blocked, '{}');
  for u in select * from jsonb_array_elements(p_units) loop
    v_key := (sync.keys_of(jsonb_build_array(u -> 'key')))[1];
    if v_key = any (p_known) then
      units := units || '{"r": "known"}';
      continue;
    end if;
    select array_agg((s ->> 't') || ':' || (r ->> 1)) into v_rows from jsonb_array_elements(u -> 'sections') s, jsonb_array_elements(s -> 'rows') r;
    if v_rows && blocked then
      blocked := blocked || v_rows;
      units := units || '{"r": "held"}';
      continue;
    end if;
    begin
      units := units || jsonb_build_object('r', 'ok', 'sections', sync.apply_unit(d, u -> 'sections'));
      keys := keys || v_key;
    exception when data_exception or integrity_constraint_violation or undefined_table or undefined_column or insufficient_privilege or program_limit_exceeded or sqlstate 'PF410' or sqlstate 'PF411' then
      get stacked diagnostics v_state = returned_sqlstate, v_message = message_text, v_constraint = constraint_name;
      blocked := blocked || v_rows;
      units := units || jsonb_build_object('r', 'rejected', 'code', v_state, 'message', v_message, 'constraint', v_constraint);
    end;
  end loop;
end $$;

-- Which of these transactions another copy of the PC's disk has sent already. Who comes first is decided by the lock.
create or replace function sync.sent_by_copies(d sync.devices, p_keys bigint[]) returns bigint[] language plpgsql set search_path = '' as $$
begin
  if d.root is null or p_keys is null then return null; end if;
  perform 1 from sync.contended c where c.root = d.root and c.key = any (p_keys) order by c.key for update;
  return (select array_agg(c.key) from sync.contended c where c.root = d.root and c.key = any (p_keys) and c.accepted_by is not null);
end $$;

/*
 * Accepts one batch of an enrolled PC. `batch` counts up by one; `epoch` is the cloud's as the PC knows it, 0 before it was told; `hash` identifies
 * the content; `body` is {"sections": [...], "keys": [...]} when
 * it applies as a whole, or {"units": [{"sections": [...], "key": ...}], "after": ...}: a key is 16 hex digits that name a local transaction
 * wherever a copy of it goes; `after` is there when later batches than that one had no answer yet when this one was written.
 * Answers {"status": "ok", "sections" | "units"} and remembers it: the same batch again gets the same answer and has no second effect.
 * {"status": "split"}: something in it was refused or is here already, nothing was applied, send it again as units. That is remembered, too, also
 * after the units came, so that a late copy of the first try is not taken.
 * `seen`: cursors of the PC. When the cloud was never there, the versions in the body are of another history, and the answer is EPOCH.
 * Errors: PT403 DEVICE_UNKNOWN, DEVICE_REVOKED; PT413 TOO_LARGE; PT409 EPOCH, FORKED, GAP with {"last_batch", "epoch"} as details.
 */
drop function if exists public.sync_push(bigint, integer, text, jsonb);
drop function if exists public.sync_push(bigint, bigint, text, jsonb);
create or replace function public.sync_push(batch bigint, epoch bigint, hash text, body jsonb, seen jsonb default '{}') returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  d sync.devices; v_receipt sync.receipts; v_reply jsonb; v_keys bigint[]; v_known bigint[]; v_blocked text[]; v_units record; v_state text; v_epoch bigint;
begin
  -- one batch of a PC after the other; whoever was shut out, or lost a scope, while this waited for its turn is refused
  perform 1 from sync.devices where id = (auth.jwt() -> 'app_metadata' ->> 'device_id')::uuid for update;
  d := sync.caller();
  if pg_column_size(body) > (select max_body from sync.limits) then raise sqlstate 'PT413' using message = 'TOO_LARGE'; end if;
  select jsonb_build_object('last_batch', d.last_batch, 'epoch', c.epoch), c.epoch into v_state, v_epoch from sync.cloud c;
  if epoch not in (0, v_epoch) then raise sqlstate 'PT409' using message = 'EPOCH', detail = v_state; end if;
  if batch > d.last_batch + 1 then raise sqlstate 'PT409' using message = 'GAP', detail = v_state; end if;
  select * into v_receipt from sync.receipts r where r.device_id = d.id and r.batch = sync_push.batch;
  if v_receipt.hash = sync_push.hash then return v_receipt.reply || '{"replayed": true}'; end if;
  -- its second try has come by another way
  if v_receipt.split_hash = sync_push.hash then return '{"status": "split", "replayed": true}'; end if;
  if batch <= d.last_batch then raise sqlstate 'PT409' using message = 'FORKED', detail = v_state; end if;
  if sync.was_set_back(seen) then raise sqlstate 'PT409' using message = 'EPOCH', detail = v_state; end if;
  perform set_config('sync.device', d.id::text, true);
  if body ? 'units' then
    v_keys := sync.keys_of(jsonb_path_query_array(body, '$.units[*].key'));
    v_known := sync.sent_by_copies(d, v_keys);
    if body ? 'after' then
      select array_agg(x) into v_blocked from sync.receipts r, unnest(r.blocked) x where r.device_id = d.id and r.batch > (body ->> 'after')::bigint;
    end if;
    v_units := sync.apply_units(d, body -> 'units', v_known, v_blocked);
    v_reply := jsonb_build_object('status', 'ok', 'units', v_units.units);
    if v_keys is not null then v_keys := v_units.keys; end if;
    v_blocked := nullif(v_units.blocked, '{}');
  else
    v_keys := sync.keys_of(body -> 'keys');
    begin
      if sync.sent_by_copies(d, v_keys) is not null then raise unique_violation; end if;
      v_reply := jsonb_build_object('status', 'ok', 'sections', sync.apply_unit(d, body -> 'sections'));
    exception when data_exception or integrity_constraint_violation or undefined_table or undefined_column or insufficient_privilege or program_limit_exceeded or sqlstate 'PF410' or sqlstate 'PF411' then
      v_reply := '{"status": "split"}';
    end;
  end if;
  insert into sync.receipts as r (device_id, batch, hash, reply, blocked) values (d.id, batch, hash, v_reply, v_blocked)
    on conflict on constraint receipts_pkey do update set split_hash = r.hash, hash = excluded.hash, reply = excluded.reply, blocked = excluded.blocked, at = excluded.at;
  if v_reply ->> 'status' = 'split' then return v_reply; end if;
  insert into sync.accepted (device_id, batch, keys) values (d.id, batch, v_keys);
  if d.root is not null then update sync.contended c set accepted_by = d.id where c.root = d.root and c.key = any (v_keys) and c.accepted_by is null; end if;
  -- the batches of a change bundle are asked about together; the rest is kept a little for people who look into a case
  delete from sync.receipts r where r.device_id = d.id and r.batch < sync_push.batch - 1000;
  update sync.devices set last_batch = batch, last_seen_at = now() where id = d.id;
  return v_reply;
end $$;

/*
 * The same with the body compressed: an OpenPGP message with a ZIP packet, base64. pgcrypto inflates it, so that no Edge Function is needed.
 * The constant password makes it a container, not a secret; TLS is what protects it. Errors: PT413 TOO_LARGE also for what is too large packed.
 */
drop function if exists public.sync_push_packed(bigint, integer, text, text);
drop function if exists public.sync_push_packed(bigint, bigint, text, text);
create or replace function public.sync_push_packed(batch bigint, epoch bigint, hash text, packed text, seen jsonb default '{}') returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_limit integer := (select max_body from sync.limits); v_text text;
begin
  perform sync.caller();
  -- nothing that is worth sending packs worse than to half
  if octet_length(packed) > v_limit / 2 then raise sqlstate 'PT413' using message = 'TOO_LARGE'; end if;
  v_text := extensions.pgp_sym_decrypt(decode(packed, 'base64'), 'pulser');
  if octet_length(v_text) > v_limit then raise sqlstate 'PT413' using message = 'TOO_LARGE'; end if;
  return public.sync_push(batch, epoch, hash, v_text::jsonb, seen);
end $$;

drop function if exists public.sync_receipt(uuid, bigint, text);
