-- What happens when two changed the same row: decided here, once, for all. The rules of one field stand in src-shared/sync/merge.ts too.
drop function if exists sync.record_conflict(text, text, uuid, jsonb, boolean, sync.row_state, bigint, text);

-- The texts of a `union` column's value. Text that is no array of texts counts as one text, so that nothing is lost.
create or replace function sync.set_of(p_value jsonb) returns text[] language plpgsql immutable set search_path = '' as $$
declare v_text text := p_value #>> '{}'; v_json jsonb;
begin
  if v_text is null then return '{}'; end if;
  begin
    v_json := v_text::jsonb;
  exception when data_exception or program_limit_exceeded then
    return array[v_text];
  end;
  if jsonb_typeof(v_json) <> 'array' or exists (select 1 from jsonb_array_elements(v_json) e where jsonb_typeof(e) <> 'string') then
    return array[v_text];
  end if;
  return coalesce((select array_agg(distinct e) from jsonb_array_elements_text(v_json) e), '{}');
end $$;

-- What stands there, with what the change added and without what it took out: without repetition, in the order of code points.
create or replace function sync.union_of(p_was jsonb, p_is jsonb, p_new jsonb) returns jsonb language sql immutable set search_path = '' as $$
  select to_jsonb('[' || coalesce(string_agg(to_json(e)::text, ',' order by e collate "C"), '') || ']')
    from (select unnest(sync.set_of(p_is) || sync.set_of(p_new)) union select null) u(e)
    where (e = any (sync.set_of(p_is)) and not (e = any (sync.set_of(p_was)) and not e = any (sync.set_of(p_new))))
      or (e = any (sync.set_of(p_new)) and not e = any (sync.set_of(p_was)))
$$;

-- The place of a value among the steps of a `state` column; 0 for one that is not among them.
create or replace function sync.step_of(p_steps jsonb, p_value jsonb) returns bigint language sql immutable set search_path = '' as $$
  select coalesce(min(o) filter (where v = p_value), min(o) filter (where v = '"*"'), 0) from jsonb_array_elements(p_steps) with ordinality s(v, o)
$$;

-- One field that two sides changed: from `was` to `new`, while `is` stands there. `later`: the change is younger than what stands there.
-- same: nothing to write; take: `value` is the answer; incoming, kept: a rule chose, the other is history; open: a person chooses; refuse.
create or replace function sync.merge_field(p_policy text, p_steps jsonb, p_was jsonb, p_is jsonb, p_new jsonb, p_later boolean, out verdict text, out value jsonb)
language plpgsql immutable set search_path = '' as $$
begin
  value := p_is;
  if p_policy = 'add' then
    verdict := 'take';
    value := to_jsonb(coalesce((p_is #>> '{}')::bigint, 0) + coalesce((p_new #>> '{}')::bigint, 0) - coalesce((p_was #>> '{}')::bigint, 0));
  elsif p_policy = 'state' then
    if p_new = p_was then verdict := 'same';
    elsif p_is = p_was or sync.step_of(p_steps, p_new) > sync.step_of(p_steps, p_is) then
      verdict := 'take';
      value := p_new;
    else verdict := 'refuse';
    end if;
  elsif p_is = p_new then verdict := 'same';
  elsif p_is = p_was then
    verdict := 'take';
    value := p_new;
  elsif p_policy in ('max', 'min', 'union') then
    value := case
      when p_policy = 'union' then sync.union_of(p_was, p_is, p_new)
      when p_is = 'null' then p_new
      when p_new = 'null' then p_is
      when p_policy = 'max' then greatest(p_is, p_new)
      else least(p_is, p_new) end;
    verdict := case when value = p_is then 'same' else 'take' end;
  elsif p_policy = 'manual' then verdict := 'open';
  elsif p_policy = 'client' or (p_policy = 'latest' and p_later) then
    verdict := 'incoming';
    value := p_new;
  else verdict := 'kept';
  end if;
end $$;

-- A line of a conflict's history.
create or replace function sync.history_line(p_what text, p_by text, p_device uuid) returns jsonb language sql volatile set search_path = '' as $$
  select jsonb_build_object('what', p_what, 'by', p_by, 'device', p_device, 'at', (extract(epoch from clock_timestamp()) * 1000)::bigint)
$$;

/*
 * Keeps both sides of what met. `p_open` ones wait for a person; what a rule decided is kept as history, with its `p_outcome`: what became of
 * the record when it was about a deletion. p_image: the record as it last was, for one that may have to come back.
 */
create or replace function sync.record_conflict(p_kind text, p_scope text, p_table text, p_row uuid, p_fields jsonb, p_image jsonb, p_open boolean, p_outcome text, p_state sync.row_state, p_clock bigint, p_actor text)
returns void language plpgsql set search_path = '' as $$
declare v_open public.conflicts; v_before jsonb; v_values jsonb;
begin
  -- what becomes of a conflict is told by its own history
  if p_table = 'conflicts' then return; end if;
  if p_open then
    select * into v_open from public.conflicts c
      where c.table_name = p_table and c.row_id = p_row and c.status = 'open' and c.incoming_device = sync.writer() and coalesce(c.kind, 'fields') = p_kind for update;
    if found then
      -- this PC goes on editing fields already in question: its newest values count, the common ground stays the first one
      select coalesce(jsonb_object_agg(f ->> 'column', f), '{}') into v_before from jsonb_array_elements(v_open.fields::jsonb) f;
      select v_before || coalesce(jsonb_object_agg(f ->> 'column', f || jsonb_build_object('base', coalesce(v_before -> (f ->> 'column') -> 'base', f -> 'base'))), '{}')
        into v_values from jsonb_array_elements(p_fields) f;
      update public.conflicts c set incoming_at = to_timestamp(p_clock / 1000000.0),
          fields = (select coalesce(jsonb_agg(value order by key), '[]')::text from jsonb_each(v_values)),
          history = (coalesce(v_open.history, '[]')::jsonb || sync.history_line('changed', p_actor, sync.writer()))::text
        where c.id = v_open.id;
      return;
    end if;
  else
    select coalesce(jsonb_object_agg(f ->> 'column', case when f ->> 'won' = 'incoming' then f -> 'incoming' else f -> 'kept' end), '{}')
      into v_values from jsonb_array_elements(p_fields) f where p_kind = 'fields';
  end if;
  insert into public.conflicts (id, scope, table_name, row_id, fields, incoming_device, incoming_actor, incoming_at, kept_device, kept_actor,
      kept_at, opened_at, status, resolution, resolved_by, resolved_at, kind, image, history)
    values (gen_random_uuid(), p_scope, p_table, p_row, (select coalesce(jsonb_agg(f - 'won'), '[]') from jsonb_array_elements(p_fields) f)::text, sync.writer(),
      p_actor, to_timestamp(p_clock / 1000000.0), p_state.device_id, p_state.actor, to_timestamp(p_state.hlc / 1000000.0), clock_timestamp(),
      case when p_open then 'open' else 'resolved' end,
      case when p_open then null else jsonb_strip_nulls(jsonb_build_object('record', p_outcome)) || jsonb_build_object('values', v_values) end::text,
      case when p_open then null else 'rule' end, case when p_open then null else clock_timestamp() end, p_kind, p_image::text,
      jsonb_build_array(sync.history_line(case when p_open then 'opened' else 'settled' end, p_actor, sync.writer()))::text);
end $$;

-- Whether a device that knew version `p_base` of a row knows all of it: nothing came since, or only its own changes did.
create or replace function sync.knows(p_state sync.row_state, p_base integer, p_device uuid) returns boolean language sql immutable as $$
  -- the office has no device: NULL must mean no
  select p_state.ver = p_base or (p_state.device_id is not distinct from p_device and p_base >= p_state.own_since - 1)
$$;

/*
 * All fields of an operation against what stands there (`p_is`, or what stood there last). p_row: [i, id, base, clock, actor, new, old].
 * take: values to write; open and settled: [{column, base, incoming, kept, won}] for a person, or decided by a rule.
 */
create or replace function sync.merge_fields(t sync.tables, p_state sync.row_state, p_row jsonb, p_is jsonb, out take jsonb, out open jsonb, out settled jsonb)
language plpgsql set search_path = '' as $$
declare v_field record; v_was jsonb; v_merged record; v_clock bigint := least((p_row ->> 3)::bigint, sync.clock()); v_line jsonb;
begin
  take := '{}'; open := '[]'; settled := '[]';
  -- what is said of a column that was given up is passed over
  for v_field in select key, value from jsonb_each(p_row -> 5) where key = any (t.columns) loop
    v_was := coalesce(p_row -> 6 -> v_field.key, 'null');
    v_merged := sync.merge_field(coalesce(t.policies ->> v_field.key, 'server'), t.steps -> v_field.key, v_was, coalesce(p_is -> v_field.key, 'null'), v_field.value,
      v_clock > coalesce((p_state.field_hlc ->> v_field.key)::bigint, p_state.hlc));
    if v_merged.verdict = 'refuse' then
      raise exception 'Somebody else did this already, on another PC or in the office' using errcode = 'PF411';
    end if;
    if v_merged.verdict in ('take', 'incoming') then take := take || jsonb_build_object(v_field.key, v_merged.value); end if;
    v_line := jsonb_build_object('column', v_field.key, 'base', v_was, 'incoming', v_field.value, 'kept', coalesce(p_is -> v_field.key, 'null'));
    if v_merged.verdict = 'open' then open := open || v_line; end if;
    if v_merged.verdict in ('incoming', 'kept') then settled := settled || (v_line || jsonb_build_object('won', v_merged.verdict)); end if;
  end loop;
end $$;

-- Writes down what a merge left for a person, and what a rule decided.
create or replace function sync.record_fields(p_merged record, p_scope text, p_table text, p_id uuid, p_state sync.row_state, p_row jsonb) returns void
language plpgsql set search_path = '' as $$
declare v_clock bigint := least((p_row ->> 3)::bigint, sync.clock());
begin
  if p_merged.open <> '[]' then
    perform sync.record_conflict('fields', p_scope, p_table, p_id, p_merged.open, null, true, null, p_state, v_clock, p_row ->> 4);
  end if;
  if p_merged.settled <> '[]' then
    perform sync.record_conflict('fields', p_scope, p_table, p_id, p_merged.settled, null, false, null, p_state, v_clock, p_row ->> 4);
  end if;
end $$;

/*
 * A change of a row that was deleted meanwhile. `keep` brings the row back as it last was, with the change; `delete` drops the change;
 * `manual` leaves it deleted and asks. What was deleted before images were kept cannot come back: PF410.
 */
create or replace function sync.merge_deleted(t sync.tables, p_state sync.row_state, p_row jsonb, p_scopes text[]) returns jsonb language plpgsql set search_path = '' as $$
declare v_id uuid := (p_row ->> 1)::uuid; v_grave sync.tombstones; v_merged record; v_now record; v_lines jsonb; v_clock bigint := least((p_row ->> 3)::bigint, sync.clock());
begin
  select * into v_grave from sync.tombstones g where g.table_id = t.id and g.row_id = v_id;
  if p_state.deleted is not true or v_grave.row_id is null then
    raise exception 'This record was deleted on another PC or in the office' using errcode = 'PF410';
  end if;
  if not (v_grave.scope = any (p_scopes)) then
    raise exception 'This PC may not write to %', v_grave.scope using errcode = 'insufficient_privilege';
  end if;
  if t.on_delete <> 'keep' then
    select coalesce(jsonb_agg(jsonb_build_object('column', key, 'base', coalesce(p_row -> 6 -> key, 'null'), 'incoming', value, 'kept', null) order by key), '[]')
      into v_lines from jsonb_each(p_row -> 5);
    perform sync.record_conflict('update', v_grave.scope, t.name, v_id, v_lines, v_grave.image, t.on_delete = 'manual',
      case when t.on_delete = 'delete' then 'deleted' end, p_state, v_clock, p_row ->> 4);
    return jsonb_build_object('i', p_row -> 0, 'r', case when t.on_delete = 'manual' then 'conflict' else 'merged' end, 'gone', true, 'v', p_state.ver);
  end if;
  v_merged := sync.merge_fields(t, p_state, p_row, v_grave.image);
  select jsonb_agg(coalesce((v_grave.image || v_merged.take) -> c, 'null') order by o) into v_lines from unnest(t.columns) with ordinality u(c, o);
  execute format('select sync.insert_%s($1, $2, $3, null)', t.name)
    using jsonb_build_array(jsonb_build_array(p_row -> 0, v_id, p_row -> 2, p_row -> 3, p_row -> 4) || v_lines),
      (select array_agg(case when v_grave.image || v_merged.take ? c then (4 + o)::integer end order by o) from unnest(t.columns) with ordinality u(c, o)), p_scopes;
  perform sync.record_conflict('update', v_grave.scope, t.name, v_id,
    (select coalesce(jsonb_agg(jsonb_build_object('column', key, 'base', coalesce(p_row -> 6 -> key, 'null'), 'incoming', value, 'kept', null) order by key), '[]') from jsonb_each(p_row -> 5)),
    v_grave.image, false, 'restored', p_state, v_clock, p_row ->> 4);
  perform sync.record_fields(v_merged, v_grave.scope, t.name, v_id, p_state, p_row);
  execute format('select * from sync.read_%s($1)', t.name) into v_now using v_id;
  return jsonb_build_object('i', p_row -> 0, 'r', case when v_merged.open <> '[]' then 'conflict' else 'merged' end, 'shape', t.shape_id, 'image', v_now.image);
end $$;

/*
 * A decision about a conflict that somebody else decided or added to meanwhile: the first one stands, for whoever closes a conflict must have
 * seen what it is about. What the second one decided stays in its history.
 */
create or replace function sync.merge_decision(p_row jsonb, p_now jsonb, p_scopes text[]) returns void language plpgsql set search_path = '' as $$
declare v_stands jsonb := coalesce(p_now ->> 'history', '[]')::jsonb; v_late jsonb;
begin
  select jsonb_agg(case when e ->> 'what' = 'resolved' then e || '{"what": "late"}' else e end order by o) into v_late
    from jsonb_array_elements(coalesce(p_row -> 5 ->> 'history', '[]')::jsonb) with ordinality l(e, o) where not v_stands @> jsonb_build_array(e);
  if v_late is null then return; end if;
  execute 'select sync.update_conflicts($1, $2, $3, $4)' using array[(p_row ->> 1)::uuid],
    array[jsonb_build_object('history', (v_stands || v_late)::text)], array['{}'::jsonb], p_scopes;
exception when invalid_text_representation then
  -- a history that cannot be read is left alone
  return;
end $$;

-- One operation on a row that somebody else changed meanwhile: three-way, field by field. p_row: [i, id, base, clock, actor, new, old].
create or replace function sync.merge_row(t sync.tables, p_row jsonb, p_scopes text[]) returns jsonb language plpgsql set search_path = '' as $$
declare v_id uuid := (p_row ->> 1)::uuid; v_state sync.row_state; v_now record; v_merged record;
begin
  select * into v_state from sync.row_state s where s.table_id = t.id and s.row_id = v_id;
  execute format('select * from sync.read_%s($1)', t.name) into v_now using v_id;
  if v_now.scope is null then return sync.merge_deleted(t, v_state, p_row, p_scopes); end if;
  if not (v_now.scope = any (p_scopes)) then
    raise exception 'This PC may not write to %', v_now.scope using errcode = 'insufficient_privilege';
  end if;
  if t.name = 'conflicts' then
    perform sync.merge_decision(p_row, v_now.object, p_scopes);
    execute format('select * from sync.read_%s($1)', t.name) into v_now using v_id;
    return jsonb_build_object('i', p_row -> 0, 'r', 'merged', 'shape', t.shape_id, 'image', v_now.image);
  end if;
  v_merged := sync.merge_fields(t, v_state, p_row, v_now.object);
  if v_merged.take <> '{}' then
    -- `add` columns are added: their change is the difference to what stands there
    execute format('select sync.update_%s($1, $2, $3, $4)', t.name) using array[v_id], array[v_merged.take], array[v_now.object], p_scopes;
  end if;
  perform sync.record_fields(v_merged, v_now.scope, t.name, v_id, v_state, p_row);
  execute format('select * from sync.read_%s($1)', t.name) into v_now using v_id;
  return jsonb_build_object('i', p_row -> 0, 'r', case when v_merged.open <> '[]' then 'conflict' else 'merged' end, 'shape', t.shape_id, 'image', v_now.image);
end $$;

/*
 * A deletion of a row that somebody else changed meanwhile. p_row: [i, id, base, clock, actor, old]. A row that still says what was deleted may
 * go. Answers null when it is gone now, as it was meant.
 */
create or replace function sync.merge_delete(t sync.tables, p_row jsonb, p_scopes text[]) returns jsonb language plpgsql set search_path = '' as $$
declare v_id uuid := (p_row ->> 1)::uuid; v_state sync.row_state; v_now record; v_lines jsonb; v_clock bigint := least((p_row ->> 3)::bigint, sync.clock());
begin
  execute format('select * from sync.read_%s($1)', t.name) into v_now using v_id;
  if v_now.scope is null then return null; end if;
  if not (v_now.scope = any (p_scopes)) then
    raise exception 'This PC may not write to %', v_now.scope using errcode = 'insufficient_privilege';
  end if;
  select * into v_state from sync.row_state s where s.table_id = t.id and s.row_id = v_id;
  select coalesce(jsonb_agg(jsonb_build_object('column', b.key, 'base', b.value, 'incoming', null, 'kept', v_now.object -> b.key) order by b.key), '[]')
    into v_lines from jsonb_each(p_row -> 5) b where v_now.object ? b.key and v_now.object -> b.key <> b.value;
  if t.on_delete = 'delete' or (jsonb_typeof(p_row -> 5) = 'object' and v_lines = '[]') then
    if v_lines <> '[]' then
      perform sync.record_conflict('delete', v_now.scope, t.name, v_id, v_lines, v_now.object, false, 'deleted', v_state, v_clock, p_row ->> 4);
    end if;
    execute format('select sync.delete_%s($1, $2)', t.name) using array[v_id], p_scopes;
    return null;
  end if;
  perform sync.record_conflict('delete', v_now.scope, t.name, v_id, v_lines, v_now.object, t.on_delete = 'manual',
    case when t.on_delete = 'keep' then 'kept' end, v_state, v_clock, p_row ->> 4);
  return jsonb_build_object('i', p_row -> 0, 'r', case when t.on_delete = 'manual' then 'conflict' else 'merged' end, 'shape', t.shape_id, 'image', v_now.image);
end $$;
