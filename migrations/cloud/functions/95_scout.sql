-- Figures over many stores, for those that the calling PC may read.

/*
 * Sales of each store in a span, and in the span before it: [{id, name, revenue, sales, before_revenue, before_sales, voided_sales, voided_amount,
 * dayparts: [{daypart, revenue, sales}]}], the largest revenue first. Times are milliseconds since 1970, ends not included; money is centavos;
 * dayparts are Manila's. It reads with the rights of the caller: the policies of the tables say which stores there are.
 */
create or replace function public.scout_totals(since bigint, until bigint, before_since bigint, before_until bigint) returns jsonb
language sql stable set search_path = '' as $$
  with own as (
    select s.id, s.name from public.stores s where ('store:' || s.id) = any ((select sync.my_scopes())::text[])
  ), sales as (
    select o.id, t.total, t.voided_at is not null as voided, extract(hour from t.started_at at time zone 'Asia/Manila') as hour
      from own o join public.transactions t on t.store_id = o.id
      where t.started_at >= to_timestamp(scout_totals.since / 1000.0) and t.started_at < to_timestamp(scout_totals.until / 1000.0)
  ), sums as (
    select id, coalesce(sum(total) filter (where not voided), 0) as revenue, count(*) filter (where not voided) as sales,
        coalesce(sum(total) filter (where voided), 0) as voided_amount, count(*) filter (where voided) as voided_sales
      from sales group by id
  ), parts as (
    select id, case when hour < 6 or hour >= 22 then 'night' when hour < 12 then 'morning' when hour < 18 then 'afternoon' else 'evening' end as daypart,
        sum(total) as revenue, count(*) as sales
      from sales where not voided group by 1, 2
  ), before as (
    select o.id, coalesce(sum(t.total), 0) as revenue, count(*) as sales from own o join public.transactions t on t.store_id = o.id
      where t.started_at >= to_timestamp(before_since / 1000.0) and t.started_at < to_timestamp(before_until / 1000.0) and t.voided_at is null
      group by o.id
  )
  select coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'name', o.name, 'revenue', coalesce(s.revenue, 0), 'sales', coalesce(s.sales, 0),
      'before_revenue', coalesce(b.revenue, 0), 'before_sales', coalesce(b.sales, 0),
      'voided_sales', coalesce(s.voided_sales, 0), 'voided_amount', coalesce(s.voided_amount, 0),
      'dayparts', (select jsonb_agg(jsonb_build_object('daypart', d.daypart, 'revenue', coalesce(p.revenue, 0), 'sales', coalesce(p.sales, 0)) order by d.nr)
        from (values (1, 'morning'), (2, 'afternoon'), (3, 'evening'), (4, 'night')) d(nr, daypart)
        left join parts p on p.id = o.id and p.daypart = d.daypart)) order by coalesce(s.revenue, 0) desc, o.id), '[]')
    from own o left join sums s on s.id = o.id left join before b on b.id = o.id
$$;

revoke all on function public.scout_totals(bigint, bigint, bigint, bigint) from public, anon;
grant execute on function public.scout_totals(bigint, bigint, bigint, bigint) to authenticated;
