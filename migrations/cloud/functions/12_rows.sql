-- What must hold for a row, whoever writes it.

/*
 * Rows of a store refer to rows of the same store only: `p_references` is {column: parent table}. A parent that is not there is a matter of
 * foreign keys, where there are any.
 */
create or replace function sync.add_same_store(p_child text, p_references jsonb) returns void language plpgsql set search_path = '' as $gen$
declare v_checks text;
begin
  select string_agg(format($f$
  if exists (select 1 from (select distinct n.%2$I id, n.store_id from new_rows n where n.%2$I is not null) n
      cross join lateral (select p.store_id from public.%1$I p where p.id = n.id offset 0) p where p.store_id <> n.store_id) then
    raise foreign_key_violation using message = 'It refers to %1$s of another store', constraint = %3$L;
  end if;$f$, r.value, r.key, p_child || '_' || r.key || '_store'), '' order by r.key)
    into v_checks from jsonb_each_text(p_references) r;
  execute format($f$
create or replace function sync.same_store_%1$s() returns trigger language plpgsql security definer set search_path = '' as $body$
begin %2$s
  return null;
end $body$;
create or replace trigger same_store_insert after insert on public.%1$I referencing new table as new_rows for each statement execute function sync.same_store_%1$s();
create or replace trigger same_store_update after update on public.%1$I referencing new table as new_rows for each statement execute function sync.same_store_%1$s() $f$,
    p_child, v_checks);
end $gen$;

/* Whether a text is JSON of a kind: `object`, `array` where every element is an object with all of these text fields, or `texts`, an array of texts. Null is fine. */
create or replace function sync.is_json(p_text text, p_kind text, p_fields text[] default '{}') returns boolean
language plpgsql immutable set search_path = '' as $$
declare v jsonb;
begin
  if p_text is null then return true; end if;
  begin
    v := p_text::jsonb;
  exception when data_exception or program_limit_exceeded then
    return false;
  end;
  if p_kind = 'texts' then
    return jsonb_typeof(v) = 'array' and not jsonb_path_exists(v, 'strict $[*] ? (@.type() != "string")');
  end if;
  if jsonb_typeof(v) <> p_kind then return false; end if;
  return p_kind <> 'array' or cardinality(p_fields) = 0 or not exists (select 1 from jsonb_array_elements(v) e
    where jsonb_typeof(e) <> 'object' or exists (select 1 from unnest(p_fields) f where coalesce(jsonb_typeof(e -> f), '') <> 'string'));
end $$;

/* A text column holds JSON of a kind (see sync.is_json). Rows from before are left as they are. */
create or replace function sync.add_json_check(p_table text, p_column text, p_kind text, p_fields text[] default '{}') returns void
language plpgsql set search_path = '' as $$
begin
  execute format('alter table public.%I drop constraint if exists %I', p_table, p_table || '_' || p_column || '_json');
  execute format('alter table public.%I add constraint %I check (sync.is_json(%I, %L, %L)) not valid', p_table, p_table || '_' || p_column || '_json',
    p_column, p_kind, p_fields);
end $$;
