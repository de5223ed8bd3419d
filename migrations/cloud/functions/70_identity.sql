-- Who a PC is: enrolment, sign-in, replacement, the copy of a disk, and being shut out. What a PC calls itself is `sync_…`; the
-- rest is for the service role, which the Edge Functions and the supervisor's command have.

-- What a PC is told when it joins.
create or replace function sync.welcome(p_device uuid) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('deviceId', d.id, 'deviceName', p.name, 'storeId', s.id, 'storeName', s.name, 'counter', d.counter, 'epoch', d.epoch)
    from sync.devices d join public.devices p on p.id = d.id join public.stores s on s.id = d.store_id where d.id = p_device
$$;

-- A new PC of a store. It takes over what `p_from` may and has chosen, if there is one.
create or replace function sync.add_device(p_store uuid, p_name text, p_public_key text, p_from sync.devices) returns uuid language plpgsql set search_path = '' as $$
declare v_id uuid := gen_random_uuid(); v_counter integer;
begin
  perform 1 from public.stores where id = p_store for update;
  select coalesce(max(counter), 0) + 1 into v_counter from sync.devices where store_id = p_store;
  insert into sync.devices (id, store_id, public_key, scopes, grants, windows, counter)
    values (v_id, p_store, p_public_key, coalesce(p_from.scopes, array['chain', 'store:' || p_store]), coalesce(p_from.grants, '{}'), coalesce(p_from.windows, '{}'), v_counter);
  insert into public.devices (id, store_id, name, enrolled_at) values (v_id, p_store, p_name, now());
  return v_id;
end $$;

-- Gives the channels of these scopes new names, and says so on the old ones: who is not told the new name hears nothing more.
create or replace function sync.move_channels(p_scopes text[]) returns void language plpgsql set search_path = '' as $$
declare s record;
begin
  -- in the order in which every commit takes them
  for s in select id, key, channel from sync.scopes where key = any (p_scopes) order by id for no key update loop
    update sync.scopes set channel = replace(gen_random_uuid()::text, '-', '') where id = s.id;
    perform realtime.send('{}', 'moved', sync.topic(s.key, s.channel), true);
  end loop;
end $$;

-- Shuts a PC out: its token opens nothing from now on, and it hears nothing more.
create or replace function sync.shut_out(p_device uuid) returns void language plpgsql set search_path = '' as $$
declare d sync.devices;
begin
  update sync.devices set revoked_at = now() where id = p_device and revoked_at is null returning * into d;
  if not found then return; end if;
  update public.devices set revoked_at = now() where id = p_device;
  perform sync.move_channels((sync.with_scopes(d)).grants);
end $$;

create or replace function sync.topic(p_scope text, p_channel text) returns text language sql immutable as $$
  select 'scope:' || p_scope || ':' || p_channel
$$;

drop function if exists sync.topics(text[]);

drop function if exists public.create_enrolment(uuid, text, timestamptz);
create or replace function public.create_enrolment(p_store_id uuid, p_code_hash text, p_expires_at timestamptz, p_replaces uuid default null) returns void
language plpgsql security definer set search_path = '' as $$
begin
  if not exists (select 1 from public.stores where id = p_store_id) then raise sqlstate 'PT404' using message = 'UNKNOWN_STORE'; end if;
  if p_replaces is not null and not exists (select 1 from sync.devices where id = p_replaces and store_id = p_store_id) then
    raise sqlstate 'PT404' using message = 'UNKNOWN_DEVICE', detail = 'No PC of this store has that id';
  end if;
  insert into sync.enrolments (code_hash, store_id, expires_at, replaces) values (p_code_hash, p_store_id, p_expires_at, p_replaces);
end $$;

-- How many wrong codes are taken in a minute: from one place, and from everywhere.
create or replace function sync.too_many_wrong(p_source text) returns boolean language sql stable set search_path = '' as $$
  select exists (select 1 from sync.wrong_codes where minute = date_trunc('minute', now()) and (source = p_source and n >= 10 or source = '' and n >= 1000))
$$;

/*
 * Uses up a code and makes the holder of a key pair a PC of the store. Asked again with the same code and key, because the answer was lost, it
 * answers the same. A code that names a PC to be replaced takes its name and rights over and shuts it out.
 * Answers {"device": …}, or {"refused": "code" | "busy"}: an error would undo the count of wrong codes.
 */
drop function if exists public.enrol_device(text, text, uuid);
create or replace function public.enrol_device(p_code_hash text, p_device_name text, p_public_key text, p_source text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare e sync.enrolments; v_old sync.devices; v_name text := p_device_name; v_source text := 'from ' || p_source; v_again uuid;
begin
  -- one after the other from one place, so that the count holds
  perform pg_advisory_xact_lock(hashtextextended('enrol ' || p_source, 0));
  if sync.too_many_wrong(v_source) then return '{"refused": "busy"}'; end if;
  select * into e from sync.enrolments where code_hash = p_code_hash for update;
  select d.id into v_again from sync.devices d where d.id = e.device_id and d.public_key = p_public_key and d.revoked_at is null;
  if v_again is not null then return jsonb_build_object('device', sync.welcome(v_again)); end if;
  if e.code_hash is null or e.used_at is not null or e.expires_at <= now() then
    insert into sync.wrong_codes as w (source, minute, n) values (v_source, date_trunc('minute', now()), 1), ('', date_trunc('minute', now()), 1)
      on conflict (source, minute) do update set n = w.n + 1;
    delete from sync.wrong_codes where minute < now() - interval '1 hour';
    return '{"refused": "code"}';
  end if;
  if e.replaces is not null then
    select * into v_old from sync.devices where id = e.replaces for update;
    select name into v_name from public.devices where id = e.replaces;
  end if;
  v_again := sync.add_device(e.store_id, v_name, p_public_key, v_old);
  if e.replaces is not null then
    update sync.devices set replaces = e.replaces where id = v_again;
    perform sync.shut_out(e.replaces);
  end if;
  update sync.enrolments set used_at = now(), device_id = v_again where code_hash = p_code_hash;
  return jsonb_build_object('device', sync.welcome(v_again));
end $$;

/* The public key of a PC, or null. */
create or replace function public.device_key(p_device uuid) returns text language sql stable security definer set search_path = '' as $$
  select public_key from sync.devices where id = p_device
$$;

/*
 * Lets a PC in whose signature was found right. `p_at` (ms) is the PC's own idea of the time and may be a minute off; the nonce counts once.
 * Answers {"now": ms, "store"}, or {"now", "refused": "revoked" | "clock" | "nonce"}.
 */
create or replace function public.device_sign_in(p_device uuid, p_at bigint, p_nonce text) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare d sync.devices; v_now bigint := (extract(epoch from clock_timestamp()) * 1000)::bigint; v_out jsonb := jsonb_build_object('now', v_now);
begin
  select * into strict d from sync.devices where id = p_device;
  if d.revoked_at is not null then return v_out || '{"refused": "revoked"}'; end if;
  if abs(v_now - p_at) > 60000 then return v_out || '{"refused": "clock"}'; end if;
  insert into sync.nonces (device_id, nonce) values (p_device, p_nonce) on conflict do nothing;
  if not found then return v_out || '{"refused": "nonce"}'; end if;
  -- a signature is good for two minutes at most
  delete from sync.nonces n using (select o.device_id, o.nonce from sync.nonces o where o.at < now() - interval '5 minutes'
    order by o.at limit 100 for update skip locked) old where n.device_id = old.device_id and n.nonce = old.nonce;
  update sync.devices set last_seen_at = now() where id = p_device;
  return v_out || jsonb_build_object('store', d.store_id);
end $$;

/* Gives a PC that signs in with a password a key pair instead. From then on the password proves only that a disk is a copy from before. */
create or replace function public.sync_set_key(public_key text) returns void language plpgsql volatile security definer set search_path = '' as $$
declare d sync.devices := sync.caller();
begin
  perform sync.check_key(sync_set_key.public_key);
  -- of two copies of a disk that ask at once, the second is told that it is one
  perform 1 from sync.devices where id = d.id for update;
  d := sync.caller();
  update sync.devices set public_key = sync_set_key.public_key where id = d.id;
end $$;

create or replace function sync.check_key(p_key text) returns void language plpgsql immutable set search_path = '' as $$
begin
  if p_key is null or p_key !~ '^[A-Za-z0-9_-]{43}$' then raise sqlstate 'PT400' using message = 'BAD_KEY', detail = 'A public key is 32 bytes in base64url'; end if;
end $$;

/*
 * Makes the holder of a new key pair a PC beside the calling one, of the same store and with the same rights: for a disk that is a copy, or was
 * set back. The calling PC stays as it is. Asked again with the same key it answers the same. Errors as sync_push, and PT429 FORKS.
 */
create or replace function public.sync_fork(public_key text) returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare d sync.devices := sync.signed_in(); v_id uuid; v_name text;
begin
  perform sync.check_key(sync_fork.public_key);
  -- nobody gets out of a revocation by a copy that was asked for at the same moment
  select * into d from sync.devices where id = d.id for update;
  perform sync.signed_in();
  select n.id into v_id from sync.devices n where n.forked_from = d.id and n.public_key = sync_fork.public_key;
  if v_id is not null then return sync.welcome(v_id); end if;
  if (select count(*) from sync.devices n where n.forked_from = d.id and n.enrolled_at > now() - interval '1 day') >= 20 then
    raise sqlstate 'PT429' using message = 'FORKS', detail = 'Too many copies of this PC asked for a place of their own today';
  end if;
  -- "Counter 1" has copies "Counter 1 (2)", "Counter 1 (3)"
  select regexp_replace(name, ' \(\d+\)$', '') into v_name from public.devices where id = d.id;
  select format('%s (%s)', v_name, 2 + count(*)) into v_name from public.devices where store_id = d.store_id and name ~ '\(\d+\)$' and regexp_replace(name, ' \(\d+\)$', '') = v_name;
  v_id := sync.add_device(d.store_id, v_name, sync_fork.public_key, d);
  update sync.devices set forked_from = d.id where id = v_id;
  return sync.welcome(v_id);
end $$;

/* Shuts a PC out at once, also while its token is still valid. */
create or replace function public.revoke_device(p_device_id uuid) returns void language plpgsql security definer set search_path = '' as $$
begin
  if not exists (select 1 from sync.devices where id = p_device_id) then raise sqlstate 'PT404' using message = 'UNKNOWN_DEVICE'; end if;
  perform sync.shut_out(p_device_id);
end $$;

/* All PCs, for a supervisor; of one store, or of all when it is null. */
create or replace function public.list_devices(p_store_id uuid default null) returns jsonb language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', d.id, 'name', p.name, 'storeId', d.store_id, 'storeName', s.name, 'counter', d.counter, 'signIn',
      case when d.public_key is null then 'password' else 'key' end, 'enrolledAt', d.enrolled_at, 'lastSeenAt', d.last_seen_at, 'revokedAt', d.revoked_at,
      'replaces', d.replaces, 'forkedFrom', d.forked_from) order by s.code, d.counter), '[]')
    from sync.devices d join public.devices p on p.id = d.id join public.stores s on s.id = d.store_id
    where p_store_id is null or d.store_id = p_store_id
$$;
