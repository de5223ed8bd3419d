-- Change bundles: batches that come in a file instead of over the network. The Edge Function opens them and sends them on as the PC would.

/* What is known of the PC that made a bundle: {"key": its public key, "store", "revoked", "now": ms}; null for one that is unknown or has no key. */
create or replace function public.bundle_sender(p_device uuid) returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('key', d.public_key, 'store', d.store_id, 'revoked', d.revoked_at is not null, 'now', (extract(epoch from clock_timestamp()) * 1000)::bigint)
    from sync.devices d where d.id = p_device and d.public_key is not null
$$;

revoke all on function public.bundle_sender(uuid) from public, anon, authenticated;
grant execute on function public.bundle_sender(uuid) to service_role;
