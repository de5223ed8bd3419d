-- Nothing grows without bound: feed, receipts, tombstones and settled conflicts leave after their time, in steps that nobody waits for.

insert into sync.retention (what, keep, relation, at_column) values
  -- a PC that was away for longer starts the scope anew
  ('feed', '30 days', null, null),
  -- for a PC that was seen within this time the feed goes back to where it was, whatever `feed` says
  ('feed_for_absent', '60 days', null, null),
  ('receipts', '30 days', null, null),
  -- longer than any PC keeps its own (21 days) and may be away (feed_for_absent): a row that comes back after it is new to everybody
  ('tombstones', '90 days', null, null),
  ('conflicts', '180 days', null, null),
  ('accepted', '90 days', 'sync.accepted', 'at'),
  ('contended', '90 days', 'sync.contended', 'at'),
  ('nonces', '1 day', 'sync.nonces', 'at'),
  ('enrolments', '30 days', 'sync.enrolments', 'expires_at'),
  ('health', '180 days', 'sync.health', 'at')
  on conflict (what) do nothing;

create or replace function sync.kept_since(p_what text, p_now timestamptz) returns timestamptz language sql stable set search_path = '' as $$
  select p_now - keep from sync.retention where what = p_what
$$;

-- From when on the feed of each scope is kept: its window, and back to where the longest absent PC of it was. A day more for what that PC
-- had not read when it was last seen.
create or replace function sync.feed_kept_since(p_now timestamptz) returns table (scope_id bigint, since timestamptz) language sql stable set search_path = '' as $$
  select s.id, least(sync.kept_since('feed', p_now), min(a.seen) - interval '1 day')
    from sync.scopes s left join (
      select unnest((sync.with_scopes(d)).scopes) scope, coalesce(d.last_seen_at, d.enrolled_at) seen from sync.devices d
        where d.revoked_at is null and coalesce(d.last_seen_at, d.enrolled_at) > sync.kept_since('feed_for_absent', p_now)) a on a.scope = s.key
    group by s.id
$$;

-- One step: takes about `p_rows` of the oldest rows out of a scope's feed and raises its floor, which is the last thing it does: the head's
-- row is locked for the length of a commit. Answers how many rows went; less than `p_rows` means that it is done.
create or replace function sync.prune_feed(p_scope bigint, p_since timestamptz, p_rows integer) returns bigint language plpgsql set search_path = '' as $$
declare v_floor bigint; v_txns bigint[]; v_pos bigint; v_stamp bigint; v_n bigint;
begin
  select s.floor into v_floor from sync.scopes s where s.id = p_scope;
  -- up to the first one that is kept: the floor has nothing below it
  select array_agg(x.txn_id), max(x.pos) into v_txns, v_pos from (
    select t.txn_id, t.pos, bool_and(t.at < p_since) over (order by t.pos) old, sum(t.n) over (order by t.pos) - t.n before
      from (select * from sync.txns t where t.scope_id = p_scope and t.pos > v_floor order by t.pos limit p_rows) t) x
    where x.old and x.before < p_rows;
  if v_pos is null then return 0; end if;
  select t.stamp into v_stamp from sync.txns t where t.scope_id = p_scope and t.pos = v_pos;
  delete from sync.changes c where c.scope_id = p_scope and c.txn_id = any (v_txns);
  get diagnostics v_n = row_count;
  delete from sync.txns t where t.scope_id = p_scope and t.txn_id = any (v_txns);
  update sync.scopes s set floor = v_pos, floor_stamp = v_stamp where s.id = p_scope and s.floor < v_pos;
  -- transactions without rows of this scope count too, so that a step is never taken for the last one
  return greatest(v_n, array_length(v_txns, 1));
end $$;

-- One step of each of the others: at most `p_rows` rows; answers how many went.
create or replace function sync.prune_receipts(p_since timestamptz, p_rows integer) returns bigint language plpgsql set search_path = '' as $$
declare v_n bigint;
begin
  -- the last two are what a PC may still ask for
  delete from sync.receipts r where (r.device_id, r.batch) in (
    select o.device_id, o.batch from sync.devices d join sync.receipts o on o.device_id = d.id and o.batch < d.last_batch - 1
      where o.at < p_since limit p_rows);
  get diagnostics v_n = row_count;
  return v_n;
end $$;

create or replace function sync.prune_tombstones(p_since timestamptz, p_rows integer) returns bigint language plpgsql set search_path = '' as $$
declare v_n bigint;
begin
  with old as (
    delete from sync.tombstones g where (g.table_id, g.row_id) in (
      select o.table_id, o.row_id from sync.tombstones o where o.at < p_since order by o.at limit p_rows)
    returning g.table_id, g.row_id
  ), gone as (
    -- a row that came back keeps its version
    delete from sync.row_state r using old where r.table_id = old.table_id and r.row_id = old.row_id and r.deleted
  )
  select count(*) into v_n from old;
  return v_n;
end $$;

-- These leave the PCs too: a delete like any other.
create or replace function sync.prune_conflicts(p_since timestamptz, p_rows integer) returns bigint language plpgsql set search_path = '' as $$
declare v_n bigint;
begin
  delete from public.conflicts c where c.id in (
    select o.id from public.conflicts o where o.status = 'resolved' and o.resolved_at < p_since order by o.resolved_at limit least(p_rows, 500));
  get diagnostics v_n = row_count;
  return v_n;
end $$;

-- A day's keys of a device come to stand in one row: without it a PC that sends every sale by itself would leave hundreds. Answers how many
-- rows became fewer.
create or replace function sync.fold_accepted(p_before timestamptz, p_rows integer) returns bigint language plpgsql set search_path = '' as $$
declare v_n bigint;
begin
  with days as (
    select a.device_id, a.at::date as day from sync.accepted a where a.at < p_before and a.keys is not null
      group by 1, 2 having count(*) > 1 order by 2, 1 limit p_rows
  ), old as (
    delete from sync.accepted a using days d where a.device_id = d.device_id and a.at::date = d.day and a.at < p_before and a.keys is not null
    returning a.device_id, a.batch, a.at, a.keys, a.batches, d.day
  ), folded as (
    insert into sync.accepted (device_id, batch, at, keys, batches)
      select s.device_id, s.batch, s.at, coalesce(k.keys, '{}'), s.batches
        from (select device_id, day, max(batch) as batch, max(at) as at, sum(batches) as batches from old group by 1, 2) s
          left join (select device_id, day, array_agg(key) as keys from old cross join unnest(old.keys) key group by 1, 2) k using (device_id, day)
    returning 1
  )
  select (select count(*) from old) - (select count(*) from folded) into v_n;
  return v_n;
end $$;

create or replace function sync.prune_plain(p_relation text, p_column text, p_since timestamptz, p_rows integer) returns bigint language plpgsql set search_path = '' as $$
declare v_n bigint;
begin
  if to_regclass(p_relation) is null then return 0; end if;
  execute format('delete from %1$s where ctid = any (array(select ctid from %1$s where %2$I < $1 limit $2))', to_regclass(p_relation), p_column)
    using p_since, p_rows;
  get diagnostics v_n = row_count;
  return v_n;
end $$;

drop procedure if exists sync.prune(timestamptz, integer, jsonb);

/*
 * Removes what is older than its time in sync.retention, `p_rows` rows to a transaction. `call sync.prune()` answers {what: rows} and leaves the
 * same in sync.health. May be called at any time, also twice at once. Commits as it goes, so it cannot be part of
 * another transaction.
 */
create or replace procedure sync.prune(p_now timestamptz default now(), p_rows integer default 2000, inout p_removed jsonb default null) language plpgsql as $$
declare v_since timestamptz; s record; r record; v_n bigint; v_sum bigint := 0; v_started timestamptz := clock_timestamp();
begin
  for s in select f.scope_id, f.since from sync.feed_kept_since(p_now) f join sync.scopes sc on sc.id = f.scope_id where sc.head > sc.floor order by 1 loop
    loop
      v_n := sync.prune_feed(s.scope_id, s.since, p_rows);
      v_sum := v_sum + v_n;
      commit;
      exit when v_n < p_rows;
    end loop;
  end loop;
  p_removed := jsonb_build_object('feed', v_sum);
  for r in select t.what, t.relation, t.at_column from sync.retention t where t.what not like 'feed%' order by 1 loop
    v_sum := 0;
    v_since := sync.kept_since(r.what, p_now);
    loop
      v_n := case r.what
        when 'receipts' then sync.prune_receipts(v_since, p_rows)
        when 'tombstones' then sync.prune_tombstones(v_since, p_rows)
        when 'conflicts' then sync.prune_conflicts(v_since, p_rows)
        else sync.prune_plain(r.relation, r.at_column, v_since, p_rows) end;
      v_sum := v_sum + v_n;
      commit;
      exit when v_n < case r.what when 'conflicts' then least(p_rows, 500) else p_rows end;
    end loop;
    p_removed := p_removed || jsonb_build_object(r.what, v_sum);
  end loop;
  v_sum := 0;
  loop
    v_n := sync.fold_accepted(date_trunc('day', p_now) - interval '1 day', p_rows);
    v_sum := v_sum + v_n;
    commit;
    exit when v_n = 0;
  end loop;
  p_removed := p_removed || jsonb_build_object('folded', v_sum);
  insert into sync.health (what, state, details) values ('prune', 'ok',
    jsonb_build_object('removed', p_removed, 'ms', round(extract(epoch from clock_timestamp() - v_started) * 1000)));
end $$;
revoke all on procedure sync.prune(timestamptz, integer, jsonb) from public, anon, authenticated;

-- Hosted, pg_cron calls it: every night at 3:17 in Manila. Where it is missing (the local cloud), somebody else does.
do $$ begin
  if to_regprocedure('cron.schedule(text,text,text)') is not null then
    perform cron.schedule('pulser-prune', '17 19 * * *', 'call sync.prune()');
  end if;
end $$;
