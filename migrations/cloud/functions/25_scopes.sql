-- Which feeds a PC may read and write, and which it has chosen.

-- Every store is a scope of its own, and so is every region.
create or replace function sync.add_store_scope() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into sync.scopes (key) select k from unnest(array['store:' || new.id, 'region:' || new.region]) k
    where k <> 'region:' and not exists (select 1 from sync.scopes s where s.key = k) on conflict do nothing;
  -- the PCs of the region that it leaves know its channel's name
  if tg_op = 'UPDATE' and new.region is distinct from old.region then perform sync.move_channels(array['store:' || new.id]); end if;
  return null;
end $$;
create or replace trigger add_scope after insert or update of region on public.stores for each row execute function sync.add_store_scope();

-- A region stands for its own feed and for all its stores.
create or replace function sync.expand_scopes(p_keys text[]) returns text[] language plpgsql stable set search_path = '' as $$
begin
  if not exists (select 1 from unnest(p_keys) k where k like 'region:%') then return p_keys; end if;
  return (select array_agg(k) from (
    select unnest(p_keys) k
    union select 'store:' || s.id from unnest(p_keys) r join public.stores s on s.region = substr(r, 8) where r like 'region:%') u);
end $$;

-- The device with `grants` and `scopes` as they hold now: expanded, the chain and the own store always among them, nothing chosen that is not granted.
create or replace function sync.with_scopes(d sync.devices) returns sync.devices language plpgsql stable set search_path = '' as $$
declare v_fixed text[] := array['chain', 'store:' || d.store_id];
begin
  d.grants := sync.expand_scopes(v_fixed || d.grants);
  d.scopes := v_fixed || array(select k from unnest(sync.expand_scopes(d.scopes)) k where k = any (d.grants) and k <> all (v_fixed) group by k order by k);
  return d;
end $$;

drop function if exists sync.held_scopes(uuid);
-- What a PC should know of its scopes. `mark` names this state: who knows it need not be told again.
create or replace function sync.held_scopes(p_device uuid, p_effective text[] default null) returns jsonb language plpgsql stable set search_path = '' as $$
declare d sync.devices; h jsonb;
begin
  select * into d from sync.devices where id = p_device;
  h := jsonb_build_object('grants', d.grants, 'scopes', d.scopes, 'effective', coalesce(p_effective, (sync.with_scopes(d)).scopes), 'windows', d.windows);
  return h || jsonb_build_object('mark', md5(h::text));
end $$;

/*
 * The calling PC chooses its scopes and row windows ({"sales": days}); the chain and its own store stay in any case. Answers what holds now:
 * {mark, grants, scopes, effective, windows}, or {"refused": [scopes]} when some are not granted, and then nothing has changed.
 */
create or replace function public.sync_choose(scopes text[], windows jsonb) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare d sync.devices := sync.caller(); v_refused text[]; v_windows jsonb;
begin
  select array_agg(k) into v_refused from unnest(sync_choose.scopes) k where k <> all (d.grants);
  if v_refused is not null then return jsonb_build_object('refused', v_refused); end if;
  if exists (select 1 from jsonb_each(sync_choose.windows) w where not exists (select 1 from sync.tables t where t.row_window ->> 'name' = w.key)
      or (w.value <> 'null' and (jsonb_typeof(w.value) <> 'number' or (w.value)::numeric not between 1 and 36500))) then
    raise invalid_parameter_value using message = 'A window is a known name with a number of days';
  end if;
  select coalesce(jsonb_object_agg(w.key, floor((w.value)::numeric)), '{}') into v_windows from jsonb_each(sync_choose.windows) w where w.value <> 'null';
  update sync.devices u set windows = v_windows,
      scopes = array(select k from unnest(array['chain', 'store:' || d.store_id] || sync_choose.scopes) k group by k order by k)
    where u.id = d.id;
  return sync.held_scopes(d.id);
end $$;

/* A supervisor sets what a PC may choose beside the chain and its own store. What is no longer granted is out of reach at once. */
create or replace function public.grant_scopes(p_device_id uuid, p_scopes text[]) returns void language plpgsql security definer set search_path = '' as $$
declare v_unknown text; v_before text[]; d sync.devices;
begin
  select k into v_unknown from unnest(p_scopes) k where not exists (select 1 from sync.scopes s where s.key = k) limit 1;
  if v_unknown is not null then raise sqlstate 'PT404' using message = 'UNKNOWN_SCOPE', detail = v_unknown; end if;
  select * into d from sync.devices where id = p_device_id for update;
  if not found then raise sqlstate 'PT404' using message = 'UNKNOWN_DEVICE'; end if;
  v_before := (sync.with_scopes(d)).grants;
  update sync.devices set grants = array(select k from unnest(p_scopes) k group by k order by k) where id = p_device_id returning * into d;
  -- also not over a connection that is open
  perform sync.move_channels(array(select k from unnest(v_before) k where k <> all ((sync.with_scopes(d)).grants)));
end $$;

/*
 * After the cloud was moved or restored from a backup: every PC reads everything anew, keeping what it has not sent. Answers the new epoch.
 * It follows the time, so that a second restore of the same backup cannot lead to an epoch that was there before.
 */
create or replace function public.raise_epoch() returns bigint language sql security definer set search_path = '' as $$
  update sync.cloud set epoch = greatest(epoch + 1, extract(epoch from clock_timestamp())::bigint) returning epoch
$$;

revoke all on function public.sync_choose(text[], jsonb) from public, anon;
grant execute on function public.sync_choose(text[], jsonb) to authenticated;
revoke all on function public.grant_scopes(uuid, text[]), public.raise_epoch() from public, anon, authenticated;
grant execute on function public.grant_scopes(uuid, text[]), public.raise_epoch() to service_role;
