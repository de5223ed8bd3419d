-- Who may do what. Store PCs read their scopes over REST and Realtime, and write through sync_push only.

create or replace function public.create_enrolment(p_store_id uuid, p_code_hash text, p_expires_at timestamptz) returns void
language plpgsql security definer set search_path = '' as $$
begin
  if not exists (select 1 from public.stores where id = p_store_id) then raise sqlstate 'PT404' using message = 'UNKNOWN_STORE'; end if;
  insert into sync.enrolments (code_hash, store_id, expires_at) values (p_code_hash, p_store_id, p_expires_at);
end $$;

/* Uses up a code and makes the calling auth user a PC of the store. */
create or replace function public.enrol_device(p_code_hash text, p_device_name text, p_auth_user uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare e sync.enrolments; v_store public.stores; v_id uuid := gen_random_uuid(); v_counter integer;
begin
  update sync.enrolments set used_at = now() where code_hash = p_code_hash and used_at is null and expires_at > now() returning * into e;
  if not found then raise sqlstate 'PT403' using message = 'CODE_REFUSED'; end if;
  select * into v_store from public.stores where id = e.store_id for update;
  select coalesce(max(counter), 0) + 1 into v_counter from sync.devices where store_id = e.store_id;
  insert into sync.devices (id, store_id, auth_user, scopes, counter) values (v_id, e.store_id, p_auth_user, array['chain', 'store:' || e.store_id], v_counter);
  insert into public.devices (id, store_id, name, enrolled_at) values (v_id, e.store_id, p_device_name, now());
  return jsonb_build_object('device_id', v_id, 'device_name', p_device_name, 'store_id', v_store.id, 'store_name', v_store.name, 'counter', v_counter, 'epoch', 1);
end $$;

/* Shuts a PC out at once, also while its sign-in is still valid. */
create or replace function public.revoke_device(p_device_id uuid) returns void language plpgsql security definer set search_path = '' as $$
begin
  update sync.devices set revoked_at = coalesce(revoked_at, now()) where id = p_device_id;
  if not found then raise sqlstate 'PT404' using message = 'UNKNOWN_DEVICE'; end if;
  update public.devices set revoked_at = coalesce(revoked_at, now()) where id = p_device_id;
end $$;

create or replace function sync.my_scopes() returns text[] language sql stable security definer set search_path = '' as $$
  select coalesce((select d.scopes from sync.devices d
    where d.id = (auth.jwt() -> 'app_metadata' ->> 'device_id')::uuid and d.revoked_at is null), '{}')
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

-- Realtime: the private channel `scope:<key>` is open to the PCs of that scope; nobody sends into it but the database.
drop policy if exists listen_to_own_scopes on realtime.messages;
create policy listen_to_own_scopes on realtime.messages for select to authenticated
  using (extension = 'broadcast' and realtime.topic() like 'scope:%' and substr(realtime.topic(), 7) = any ((select sync.my_scopes())::text[]));

grant usage on schema sync to authenticated;
revoke all on all tables in schema sync from public, anon, authenticated;
revoke all on all functions in schema sync from public, anon, authenticated;
grant execute on function sync.my_scopes() to authenticated;

revoke all on function public.sync_push(bigint, integer, text, jsonb), public.sync_push_packed(bigint, integer, text, text),
  public.sync_receipt(uuid, bigint, text), public.sync_pull(jsonb, integer, integer), public.sync_checksums() from public, anon;
grant execute on function public.sync_push(bigint, integer, text, jsonb), public.sync_push_packed(bigint, integer, text, text),
  public.sync_receipt(uuid, bigint, text), public.sync_pull(jsonb, integer, integer), public.sync_checksums() to authenticated;
revoke all on function public.create_enrolment(uuid, text, timestamptz), public.enrol_device(text, text, uuid), public.revoke_device(uuid) from public, anon, authenticated;
grant execute on function public.create_enrolment(uuid, text, timestamptz), public.enrol_device(text, text, uuid), public.revoke_device(uuid) to service_role;
