-- A disk that was restored or copied goes on as a new PC, and nothing that the cloud has is sent twice.

/* The last batch accepted from each of these PCs of the caller's store; one that the cloud does not know is not among them. */
create or replace function public.sync_last_batches(devices uuid[]) returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare c sync.devices := sync.caller();
begin
  return (select coalesce(jsonb_object_agg(d.id, d.last_batch), '{}') from sync.devices d where d.store_id = c.store_id and d.id = any (sync_last_batches.devices));
end $$;

/*
 * Which of these local transactions (16 hex digits each, 10,000 at most) the cloud has, of those that stood unconfirmed on the disk of `device`,
 * another PC of the store which the caller was before, when batch `batch` was the last one confirmed there. What is unknown may still come from
 * another copy of that disk: from now on whoever sends it first has sent it.
 * {known: [keys], complete, since}: without `complete` the cloud has forgotten something that was sent, and can tell only about transactions made
 * after `since` (microseconds since 1970).
 */
create or replace function public.sync_known(device uuid, batch bigint, keys text[]) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare d sync.devices := sync.caller(); o sync.devices; v_root uuid; v_keys bigint[]; v_known bigint[]; v_since timestamptz; v_complete boolean;
begin
  if cardinality(keys) > 10000 then raise sqlstate 'PT413' using message = 'TOO_LARGE'; end if;
  v_keys := sync.keys_of(to_jsonb(keys));
  select greatest(l.keys_since, now() - coalesce((select keep from sync.retention where what = 'accepted'), '90 days')) into v_since from sync.limits l;
  -- waits for a batch of it that is being accepted
  select * into o from sync.devices p where p.id = sync_known.device and p.store_id = d.store_id for update;
  if not found then
    -- a cloud that was set back to before its enrolment: nothing of it is here
    return jsonb_build_object('known', '[]'::jsonb, 'complete', true, 'since', (extract(epoch from v_since) * 1000000)::bigint);
  end if;
  v_root := coalesce(o.root, o.id);
  if d.root <> v_root then
    -- two lines that turn out to be one
    insert into sync.contended as c (root, key, at, accepted_by) select v_root, n.key, n.at, n.accepted_by from sync.contended n where n.root = d.root
      order by n.key on conflict on constraint contended_pkey do update set accepted_by = coalesce(c.accepted_by, excluded.accepted_by);
    update sync.devices set root = v_root where root = d.root;
  end if;
  update sync.devices u set root = v_root where u.id in (o.id, d.id) and u.root is distinct from v_root;
  select array_agg(distinct k) into v_known from (
    select k from sync.accepted a cross join unnest(a.keys) k join unnest(v_keys) w on w = k where a.device_id = o.id and a.batch > sync_known.batch
    union all select c.key from sync.contended c join unnest(v_keys) w on w = c.key where c.root = v_root and c.accepted_by is not null) u;
  insert into sync.contended (root, key) select v_root, k from unnest(v_keys) k where k <> all (coalesce(v_known, '{}')) order by k on conflict do nothing;
  select coalesce(sum(least(a.batches, a.batch - sync_known.batch)), 0) >= o.last_batch - sync_known.batch and coalesce(bool_and(a.keys is not null), true) into v_complete
    from sync.accepted a where a.device_id = o.id and a.batch > sync_known.batch;
  if v_complete then
    v_complete := not exists (select 1 from sync.devices f where f.root = v_root and f.id <> v_root and f.enrolled_at < v_since);
  else
    select greatest(v_since, max(a.at)) into v_since from sync.accepted a where a.device_id = o.id and a.batch > sync_known.batch and a.keys is null;
  end if;
  return jsonb_build_object('known', (select coalesce(jsonb_agg(lpad(to_hex(k), 16, '0')), '[]') from unnest(v_known) k),
    'complete', v_complete, 'since', (extract(epoch from v_since) * 1000000)::bigint);
end $$;

revoke all on function public.sync_last_batches(uuid[]), public.sync_known(uuid, bigint, text[]) from public, anon;
grant execute on function public.sync_last_batches(uuid[]), public.sync_known(uuid, bigint, text[]) to authenticated;
