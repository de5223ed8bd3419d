-- Who may do what. Store PCs read their scopes over REST and Realtime, and write through sync_push only.

create or replace function sync.my_scopes() returns text[] language sql stable security definer set search_path = '' as $$
  select coalesce((select (sync.with_scopes(d)).grants from sync.devices d
    where d.id = (auth.jwt() -> 'app_metadata' ->> 'device_id')::uuid and d.revoked_at is null and (d.public_key is null or d.auth_user is distinct from auth.uid())), '{}')
$$;

-- The Realtime channels that the calling PC may join now.
create or replace function sync.my_topics() returns text[] language sql stable security definer set search_path = '' as $$
  select coalesce(array_agg(sync.topic(s.key, s.channel)), '{}') from sync.scopes s where s.key = any ((select sync.my_scopes())::text[])
$$;

do $$
declare t record;
begin
  for t in select name, scope_rule from sync.tables loop
    execute format('revoke all on public.%I from anon, authenticated', t.name);
    execute format('grant select on public.%I to authenticated', t.name);
    execute format('grant all on public.%I to service_role', t.name);
    execute format('drop policy if exists read_own_scopes on public.%I', t.name);
    execute format('create policy read_own_scopes on public.%I for select to authenticated using (%s = any ((select sync.my_scopes())::text[]))', t.name,
      case t.scope_rule when 'chain' then $q$'chain'$q$ when 'store' then $q$('store:' || store_id)$q$ else 'scope' end);
  end loop;
end $$;

-- Realtime: a scope's private channel is open to the PCs of that scope; nobody sends into it but the database.
drop policy if exists listen_to_own_scopes on realtime.messages;
create policy listen_to_own_scopes on realtime.messages for select to authenticated
  using (extension = 'broadcast' and realtime.topic() = any ((select sync.my_topics())::text[]));

grant usage on schema sync to authenticated;
revoke all on all tables in schema sync from public, anon, authenticated;
revoke all on all functions in schema sync from public, anon, authenticated;
grant execute on function sync.my_scopes(), sync.my_topics() to authenticated;

revoke all on function public.sync_push(bigint, bigint, text, jsonb, jsonb), public.sync_push_packed(bigint, bigint, text, text, jsonb) from public, anon;
grant execute on function public.sync_push(bigint, bigint, text, jsonb, jsonb), public.sync_push_packed(bigint, bigint, text, text, jsonb) to authenticated;
revoke all on function public.sync_set_key(text), public.sync_fork(text) from public, anon;
grant execute on function public.sync_set_key(text), public.sync_fork(text) to authenticated;
revoke all on function public.create_enrolment(uuid, text, timestamptz, uuid), public.enrol_device(text, text, text, text), public.device_key(uuid),
  public.device_sign_in(uuid, bigint, text), public.revoke_device(uuid), public.list_devices(uuid) from public, anon, authenticated;
grant execute on function public.create_enrolment(uuid, text, timestamptz, uuid), public.enrol_device(text, text, text, text), public.device_key(uuid),
  public.device_sign_in(uuid, bigint, text), public.revoke_device(uuid), public.list_devices(uuid) to service_role;
