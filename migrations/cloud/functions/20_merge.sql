-- What happens when two changed the same row: decided here, once, for all.

-- Keeps both values of fields that met. Manual ones stay open for a person; what a rule decided is kept as history.
create or replace function sync.record_conflict(p_scope text, p_table text, p_row uuid, p_fields jsonb, p_open boolean, p_state sync.row_state, p_clock bigint, p_actor text)
returns void language plpgsql set search_path = '' as $$
declare v_open public.conflicts; v_before jsonb; v_values jsonb;
begin
  if p_open then
    select * into v_open from public.conflicts c
      where c.table_name = p_table and c.row_id = p_row and c.status = 'open' and c.incoming_device = sync.writer() for update;
    if found then
      -- this PC goes on editing fields already in question: its newest values count, the common ground stays the first one
      select jsonb_object_agg(f ->> 'column', f) into v_before from jsonb_array_elements(v_open.fields::jsonb) f;
      select v_before || jsonb_object_agg(f ->> 'column', f || jsonb_build_object('base', coalesce(v_before -> (f ->> 'column') -> 'base', f -> 'base')))
        into v_values from jsonb_array_elements(p_fields) f;
      update public.conflicts c set incoming_at = to_timestamp(p_clock / 1000000.0),
          fields = (select jsonb_agg(value order by key)::text from jsonb_each(v_values))
        where c.id = v_open.id;
      return;
    end if;
  else
    select jsonb_object_agg(f ->> 'column', case when f ->> 'won' = 'incoming' then f -> 'incoming' else f -> 'kept' end)
      into v_values from jsonb_array_elements(p_fields) f;
  end if;
  insert into public.conflicts (id, scope, table_name, row_id, fields, incoming_device, incoming_actor, incoming_at, kept_device, kept_actor,
      kept_at, opened_at, status, resolution, resolved_by, resolved_at)
    values (gen_random_uuid(), p_scope, p_table, p_row, (select jsonb_agg(f - 'won') from jsonb_array_elements(p_fields) f)::text, sync.writer(),
      p_actor, to_timestamp(p_clock / 1000000.0), p_state.device_id, p_state.actor, to_timestamp(p_state.hlc / 1000000.0), clock_timestamp(),
      case when p_open then 'open' else 'resolved' end, case when p_open then null else jsonb_build_object('values', v_values)::text end,
      case when p_open then null else 'rule' end, case when p_open then null else clock_timestamp() end);
end $$;

-- Whether a device that knew version `p_base` of a row knows all of it: nothing came since, or only its own changes did.
create or replace function sync.knows(p_state sync.row_state, p_base integer, p_device uuid) returns boolean language sql immutable set search_path = '' as $$
  -- the office has no device: NULL must mean no
  select p_state.ver = p_base or (p_state.device_id is not distinct from p_device and p_base >= p_state.own_since - 1)
$$;

-- One operation on a row that somebody else changed meanwhile: three-way, field by field. p_row: [i, id, base, clock, actor, new, old].
create or replace function sync.merge_row(t sync.tables, p_row jsonb, p_scopes text[]) returns jsonb language plpgsql set search_path = '' as $$
declare
  v_id uuid := (p_row ->> 1)::uuid; v_clock bigint := least((p_row ->> 3)::bigint, sync.clock());
  v_state sync.row_state; v_now record; v_field record; v_was jsonb; v_is jsonb;
  v_take jsonb := '{}'; v_open jsonb := '[]'; v_settled jsonb := '[]'; v_wins boolean;
begin
  execute format('select * from sync.read_%s($1)', t.name) into v_now using v_id;
  if v_now.scope is null then
    raise exception 'This record was deleted on another PC or in the office' using errcode = 'PF410';
  end if;
  if not (v_now.scope = any (p_scopes)) then
    raise exception 'This PC may not write to %', v_now.scope using errcode = 'insufficient_privilege';
  end if;
  -- whoever closes a conflict must have seen what it is about: if it took in a newer value meanwhile, it stays open
  if t.name = 'conflicts' then
    return jsonb_build_object('i', p_row -> 0, 'r', 'merged', 'shape', t.shape_id, 'image', v_now.image);
  end if;
  select * into v_state from sync.row_state s where s.table_id = t.id and s.row_id = v_id;
  for v_field in select key, value from jsonb_each(p_row -> 5) loop
    v_is := v_now.object -> v_field.key;
    v_was := coalesce(p_row -> 6 -> v_field.key, 'null');
    if t.policies ->> v_field.key = 'add' then v_take := v_take || jsonb_build_object(v_field.key, v_field.value);
    elsif v_is = v_field.value then null;
    elsif v_is = v_was then v_take := v_take || jsonb_build_object(v_field.key, v_field.value);
    elsif t.policies ->> v_field.key = 'manual' then
      v_open := v_open || jsonb_build_object('column', v_field.key, 'base', v_was, 'incoming', v_field.value, 'kept', v_is);
    else
      v_wins := t.policies ->> v_field.key = 'latest' and v_clock > coalesce((v_state.field_hlc ->> v_field.key)::bigint, v_state.hlc);
      if v_wins then v_take := v_take || jsonb_build_object(v_field.key, v_field.value); end if;
      v_settled := v_settled || jsonb_build_object('column', v_field.key, 'base', v_was, 'incoming', v_field.value, 'kept', v_is,
        'won', case when v_wins then 'incoming' else 'kept' end);
    end if;
  end loop;
  if v_take <> '{}' then
    execute format('select sync.update_%s($1, $2, $3, $4)', t.name) using array[v_id], array[v_take], array[coalesce(p_row -> 6, '{}')], p_scopes;
  end if;
  if v_open <> '[]' then
    perform sync.record_conflict(v_now.scope, t.name, v_id, v_open, true, v_state, v_clock, p_row ->> 4);
  end if;
  if v_settled <> '[]' then
    perform sync.record_conflict(v_now.scope, t.name, v_id, v_settled, false, v_state, v_clock, p_row ->> 4);
  end if;
  execute format('select * from sync.read_%s($1)', t.name) into v_now using v_id;
  return jsonb_build_object('i', p_row -> 0, 'r', case when v_open <> '[]' then 'conflict' else 'merged' end, 'shape', t.shape_id, 'image', v_now.image);
end $$;
