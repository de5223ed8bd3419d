/*
 * Proves that everything written to a synced table reached the feed, and mends what did not. Triggers can be dropped or disabled, and
 * `session_replication_role = replica` silences them without a trace. But where they ran, a row and its state in sync.row_state were written
 * by the same transaction: a row that is newer than its state, or has none, or is gone while its state says otherwise, was written behind
 * the feed's back. That costs no byte and no work at the time of writing. (Updates that change nothing are kept from rewriting rows, by
 * a trigger of 96_guarded.sql: they would look the same.) What it cannot see: a row that a PC changed properly before the guard came by. That
 * change carried the row as it stood to all others; the PC itself finds it by its own verification.
 */

-- Puts back triggers that are missing, other than described, or disabled; answers what was wrong: [{table, trigger, problem}].
create or replace function sync.guard_triggers() returns jsonb language plpgsql set search_path = '' as $$
declare g record; v_found jsonb := '[]'; v_unsealed integer;
begin
  for g in select w.relation, w.name, w.definition, case when t.oid is null then 'missing' when pg_get_triggerdef(t.oid) <> w.definition then 'changed' else 'disabled' end problem
      from sync.guarded_triggers w left join pg_catalog.pg_trigger t on t.tgrelid = to_regclass(w.relation) and t.tgname = w.name and not t.tgisinternal
      where to_regclass(w.relation) is not null and (t.oid is null or t.tgenabled not in ('O', 'A') or pg_get_triggerdef(t.oid) <> w.definition) loop
    if g.problem = 'changed' then execute format('drop trigger %I on %s', g.name, g.relation); end if;
    if g.problem <> 'disabled' then execute g.definition; end if;
    execute format('alter table %s enable trigger %I', g.relation, g.name);
    v_found := v_found || jsonb_build_object('table', g.relation, 'trigger', g.name, 'problem', g.problem);
  end loop;
  v_unsealed := sync.guard_seals();
  if v_unsealed > 0 then v_found := v_found || jsonb_build_object('table', 'sync.txns', 'trigger', 'seal', 'problem', v_unsealed || ' transactions had no position'); end if;
  return v_found;
end $$;

-- Transactions that committed while the seal was off stand in the feed without a position: they get the next ones now. Answers how many.
create or replace function sync.guard_seals() returns integer language plpgsql set search_path = '' as $$
declare x record; v_n integer := 0;
begin
  for x in select t.scope_id, t.txn_id from sync.txns t where t.pos is null order by t.scope_id, t.txn_id loop
    -- as a new transaction of the feed, which is sealed when this one commits
    delete from sync.txns t where t.scope_id = x.scope_id and t.txn_id = x.txn_id;
    insert into sync.txns (scope_id, txn_id) values (x.scope_id, x.txn_id);
    v_n := v_n + 1;
  end loop;
  return v_n;
end $$;

-- The scopes that may hold a row that is gone: its table's, its writer's store, or all stores.
create or replace function sync.scopes_of_gone(t sync.tables, p_device uuid) returns bigint[] language sql stable set search_path = '' as $$
  select array_agg(s.id) from sync.scopes s left join sync.devices d on d.id = p_device
    where case when t.scope_rule = 'chain' then s.key = 'chain' when d.id is not null then s.key = 'store:' || d.store_id else s.key <> 'chain' end
$$;

-- Gives every PC the row as it stands now, under a new version.
create or replace function sync.feed_again(t sync.tables, p_ids uuid[]) returns void language plpgsql set search_path = '' as $$
declare v_id uuid; v_row record; v_state sync.row_state; v_scopes bigint[]; v_txn bigint := sync.current_txn();
begin
  foreach v_id in array p_ids loop
    execute format('select * from sync.read_%s($1)', t.name) into v_row using v_id;
    select * into v_state from sync.row_state s where s.table_id = t.id and s.row_id = v_id;
    v_scopes := case when v_row.scope is null then sync.scopes_of_gone(t, v_state.device_id)
      else array(select s.id from sync.scopes s where s.key = v_row.scope) end;
    insert into sync.row_state as r (table_id, row_id, ver, deleted, hlc, actor) values (t.id, v_id, 1, v_row.scope is null, sync.clock(), 'guard')
      on conflict (table_id, row_id) do update set ver = r.ver + 1, deleted = excluded.deleted, hlc = greatest(r.hlc, excluded.hlc), field_hlc = null,
        own_since = r.ver + 1, device_id = null, actor = excluded.actor
      returning * into v_state;
    insert into sync.changes (scope_id, txn_id, table_id, row_id, op, ver, shape_id, image)
      select s, v_txn, t.id, v_id, case when v_row.scope is null then 'D' else 'U' end, v_state.ver, t.shape_id, v_row.image from unnest(v_scopes) s;
    insert into sync.txns (scope_id, txn_id) select s, v_txn from unnest(v_scopes) s on conflict do nothing;
  end loop;
end $$;

/*
 * Compares about `p_rows` rows of one table, from where the round stands. Answers {table, compared, unnoticed, gone, fed, withheld}. When most of
 * what should be there is gone, a person decides (`p_accept`): the stores' PCs may hold the last copy of it.
 */
create or replace function sync.guard_slice(t sync.tables, g sync.guard_rounds, p_rows integer, p_accept boolean) returns jsonb language plpgsql set search_path = '' as $$
declare
  v_after uuid := coalesce(g.after, '00000000-0000-0000-0000-000000000000'); v_to uuid; v_n bigint; v_known bigint; v_new uuid[]; v_gone uuid[]; v_withheld boolean;
  v_age bigint := pg_snapshot_xmax(pg_current_snapshot())::text::bigint - g.trusted_until::text::bigint;
begin
  execute format('select least((select n.id from public.%I n where n.id > $1 order by n.id offset $2 limit 1), (select r.row_id from sync.row_state r
    where r.table_id = $3 and r.row_id > $1 order by r.row_id offset $2 limit 1))', t.name) into v_to using v_after, p_rows - 1, t.id;
  execute format($q$
    select count(*), count(*) filter (where not s.deleted),
        array_agg(n.id) filter (where s.row_id is null or s.deleted or (n.xmin <> s.xmin and age(n.xmin) < age(s.xmin) and age(n.xmin) <= $4)),
        array_agg(s.row_id) filter (where n.id is null and not s.deleted)
      from (select id, xmin from public.%I where id > $1 and ($2 is null or id <= $2)) n
      full join (select row_id, deleted, xmin from sync.row_state where table_id = $3 and row_id > $1 and ($2 is null or row_id <= $2)) s on s.row_id = n.id $q$, t.name)
    into v_n, v_known, v_new, v_gone using v_after, v_to, t.id, v_age;
  v_new := array_remove(coalesce(v_new, '{}'), null);
  v_gone := coalesce(v_gone, '{}');
  v_withheld := not p_accept and cardinality(v_gone) > greatest(100, v_known / 2);
  perform sync.feed_again(t, case when v_withheld then v_new else v_new || v_gone end);
  update sync.guard_rounds r set after = v_to, trusted_until = case when v_to is null then r.round_xid else r.trusted_until end where r.table_id = t.id;
  return jsonb_build_object('table', t.name, 'compared', v_n, 'unnoticed', cardinality(v_new), 'gone', cardinality(v_gone),
    'withheld', case when v_withheld then cardinality(v_gone) else 0 end);
end $$;

drop function if exists sync.guard(timestamptz, integer, boolean);

/*
 * Looks after the triggers, then goes on comparing tables for about `p_ms`. `p_since`: until every table was gone through in a round that began
 * after it. Answers {asked, triggers, tables: [{table, compared, unnoticed, gone, withheld}], more, state} and leaves findings in sync.health.
 */
create or replace function sync.guard(p_since timestamptz default null, p_ms integer default 1000, p_accept boolean default false) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_asked timestamptz := coalesce(p_since, clock_timestamp()); v_until timestamptz := clock_timestamp() + p_ms * interval '1 ms'; v_more boolean := true;
  v_triggers jsonb := sync.guard_triggers(); v_slices jsonb := '[]'; v_tables jsonb; t sync.tables; g sync.guard_rounds; v_state text; v_out jsonb;
begin
  insert into sync.guard_rounds (table_id) select id from sync.tables on conflict do nothing;
  -- while a trigger was off, anything may have been written
  update sync.guard_rounds r set after = null, begun_at = null from sync.tables k
    where k.id = r.table_id and exists (select 1 from jsonb_array_elements(v_triggers) f where f ->> 'table' in ('public.' || k.name, 'sync.txns'));
  loop
    select r.* into g from sync.guard_rounds r join sync.tables k on k.id = r.table_id
      where r.after is not null or r.begun_at is null or r.begun_at < v_asked order by r.after is null, r.begun_at nulls first limit 1 for update of r;
    v_more := found;
    exit when not v_more or (clock_timestamp() > v_until and v_slices <> '[]');
    select * into t from sync.tables k where k.id = g.table_id;
    if g.after is null then
      g.begun_at := clock_timestamp();
      g.round_xid := pg_snapshot_xmin(pg_current_snapshot());
      if g.relation is distinct from format('public.%I', t.name)::regclass::oid then
        g.relation := format('public.%I', t.name)::regclass;
        g.trusted_until := g.round_xid;
      end if;
      update sync.guard_rounds r set begun_at = g.begun_at, round_xid = g.round_xid, relation = g.relation, trusted_until = g.trusted_until where r.table_id = g.table_id;
    end if;
    v_slices := v_slices || sync.guard_slice(t, g, 5000, p_accept);
  end loop;
  select coalesce(jsonb_agg(x), '[]') into v_tables from (
    select s ->> 'table' as "table", sum((s -> 'compared')::bigint) compared, sum((s -> 'unnoticed')::bigint) unnoticed,
        sum((s -> 'gone')::bigint) gone, sum((s -> 'withheld')::bigint) withheld
      from jsonb_array_elements(v_slices) s group by 1 order by 1) x;
  v_state := case when exists (select 1 from jsonb_array_elements(v_tables) x where (x -> 'withheld')::bigint > 0) then 'alarm'
    when v_triggers <> '[]' or exists (select 1 from jsonb_array_elements(v_tables) x where (x -> 'unnoticed')::bigint + (x -> 'gone')::bigint > 0) then 'repaired'
    else 'ok' end;
  v_out := jsonb_build_object('asked', v_asked, 'triggers', v_triggers, 'tables', v_tables, 'more', v_more, 'state', v_state);
  -- once a day it also says that nothing was wrong
  if v_state <> 'ok' or not exists (select 1 from sync.health h where h.what = 'guard' and h.at > now() - interval '1 day') then
    insert into sync.health (what, state, details) values ('guard', v_state, v_out - 'asked');
  end if;
  return v_out;
end $$;

/* The same for the provisioning command. */
create or replace function public.sync_guard(p_since timestamptz default null, p_accept boolean default false) returns jsonb
language sql volatile security definer set search_path = '' as $$ select sync.guard(p_since, 2000, p_accept) $$;

/* What upkeep did and found lately, newest first: [{at, what, state, details}]. */
create or replace function public.sync_health(p_limit integer default 20) returns jsonb language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('at', h.at, 'what', h.what, 'state', h.state, 'details', h.details) order by h.id desc), '[]')
    from (select * from sync.health order by id desc limit p_limit) h
$$;

revoke all on function public.sync_guard(timestamptz, boolean), public.sync_health(integer) from public, anon, authenticated;
grant execute on function public.sync_guard(timestamptz, boolean), public.sync_health(integer) to service_role;

do $$ begin
  if to_regprocedure('cron.schedule(text,text,text)') is not null then
    perform cron.schedule('pulser-guard', '41 * * * *', 'select sync.guard()');
  end if;
end $$;
