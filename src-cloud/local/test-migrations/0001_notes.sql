-- A project of the tests of the local cloud itself: each team sees its own notes and hears its own channel.
create table public.notes (
  id integer primary key,
  team text not null,
  body text not null check (body <> '')
);
alter table public.notes enable row level security;
create function public.my_team() returns text language sql stable set search_path = '' as $$
  select auth.jwt() -> 'app_metadata' ->> 'team'
$$;
create policy read_own on public.notes for select to authenticated using (team = (select public.my_team()));
create policy write_own on public.notes for insert to authenticated with check (team = (select public.my_team()));

create table public.closed_teams (team text primary key);
alter table public.closed_teams enable row level security;
create function public.is_closed(p_team text) returns boolean language sql stable security definer set search_path = '' as $$
  select exists (select 1 from public.closed_teams where team = p_team)
$$;

create policy hear_own on realtime.messages for select to authenticated using (
  extension = 'broadcast' and realtime.topic() like 'team:%'
  and substr(realtime.topic(), 6) = (select public.my_team()) and not public.is_closed(substr(realtime.topic(), 6))
);
create policy speak_own on realtime.messages for insert to authenticated with check (
  extension = 'broadcast' and realtime.topic() = 'team:' || (select public.my_team()) and realtime.topic() <> 'team:quiet'
);

create function public.refuse() returns void language plpgsql as $$
begin
  raise sqlstate 'PT409' using message = 'EPOCH', detail = 'cloned', hint = 'enrol again';
end $$;
create function public.who_am_i() returns jsonb language sql stable as $$
  select jsonb_build_object('role', current_user, 'sub', auth.uid(), 'timeout', current_setting('statement_timeout'))
$$;
create function public.count_notes() returns bigint language sql stable security definer set search_path = '' as $$
  select count(*) from public.notes
$$;
create function public.add_note(p_id integer) returns void language sql security definer set search_path = '' as $$
  insert into public.notes values (p_id, 'red', 'added')
$$;
