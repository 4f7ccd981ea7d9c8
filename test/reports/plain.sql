-- What the reports are about, of copies of the five services' tables in schemas of one database: written from what
-- api/README.md, the OpenAPI document and the models' YAML say, apart from the warehouse's SQL.

create function named(value text) returns text language sql immutable
  return coalesce(nullif(value, ''), '(unknown)');

-- Rounded half away from zero; null where there is nothing to divide by. With so many digits that it is rounded once.
create function quotient(dividend numeric, divisor numeric, places int) returns numeric language sql immutable
  return round(dividend::numeric(120, 40) / nullif(divisor, 0), places);

-- What one unit is worth in US dollars on a day: the latest rate that is not older than 31 days.
create function rate_of(code text, sold_on date) returns numeric language sql stable
begin atomic
  select case when code = 'USD' then 1 else (
    select rate
    from "order".exchange_rates
    where currency = code and valid_from <= sold_on and valid_from > sold_on - 31
    order by valid_from desc
    limit 1
  ) end;
end;

create function dollars(amount numeric, rate numeric) returns numeric language sql immutable
  return round(amount * rate, 2);

create table category_names as
with recursive climb as (
  select id, parent_id, array[id] as ids, array[name] as names from inventory.categories
  union all
  select c.id, above.parent_id, above.id || c.ids, above.name || c.names
  from climb as c
  join inventory.categories as above on above.id = c.parent_id
  where above.id <> all (c.ids)
)
select distinct on (id) id, names from climb order by id, cardinality(names) desc;

-- The items of orders that were sold, with what was paid back of them.
create table refunded as
with lines as (
  select
    i.*, o.customer_id, o.ordered_at, o.channel, o.region, o.country::text, o.currency::text,
    round(i.unit_cost * i.quantity, 2) as cost,
    i.gross_amount - i.discount_amount as net
  from "order".order_items as i
  join "order".orders as o on o.id = i.order_id
  where o.status in ('paid', 'shipped', 'delivered')
),
places as (
  select
    l.*,
    row_number() over in_order as place,
    count(*) over whole as places,
    sum(net) over in_order as running_net,
    sum(net) over whole as order_net,
    coalesce((
      select sum(amount) from payment.refunds as r
      where r.status = 'completed' and r.order_id = l.order_id and r.order_item_id = l.id
    ), 0) as of_item,
    coalesce((
      select sum(amount) from payment.refunds as r
      where r.status = 'completed' and r.order_id = l.order_id and r.order_item_id is null
    ), 0) as of_order
  from lines as l
  window whole as (partition by order_id), in_order as (partition by order_id order by id)
),
-- What the first items of an order bear of a refund of the whole.
borne as (
  select
    p.*,
    case
      when place = places then of_order
      when order_net = 0 then quotient(of_order * place, places, 2)
      else quotient(of_order * running_net, order_net, 2)
    end as up_to
  from places as p
)
select b.*, of_item + up_to - coalesce(lag(up_to) over (partition by order_id order by id), 0) as refund
from borne as b;

create table methods as
select distinct on (order_id) order_id, method
from payment.payments
where status = 'captured'
order by order_id, amount desc, id;

create table sold as
with rated as (
  select r.*, rate_of(currency, (ordered_at at time zone 'UTC')::date) as rate from refunded as r
),
converted as (
  select
    r.*, dollars(gross_amount, rate) as r_gross, dollars(discount_amount, rate) as r_discount,
    dollars(refund, rate) as r_refund, dollars(cost, rate) as r_cost, dollars(tax_amount, rate) as r_tax
  from rated as r
)
select
  s.id, s.order_id, s.customer_id, s.product_id, s.ordered_at, s.currency as sold_in, s.rate is null as is_unconverted,
  quantity as units,
  gross_amount as gross_revenue, discount_amount as discounts, refund as refunds, net - refund as net_revenue,
  tax_amount as tax, s.cost, net - refund - s.cost as margin,
  r_gross as r_gross_revenue, r_discount as r_discounts, r_refund as r_refunds,
  r_gross - r_discount - r_refund as r_net_revenue, r_tax, r_cost,
  r_gross - r_discount - r_refund - r_cost as r_margin,
  s.product_id::text as product, named(p.sku) as sku, named(p.name) as product_name,
  named(c.names[cardinality(c.names)]) as category, named(c.names[1]) as category_level_1,
  named(c.names[least(2, cardinality(c.names))]) as category_level_2,
  named(c.names[least(3, cardinality(c.names))]) as category_level_3,
  named(f.segment) as segment, named(f.acquisition_channel) as acquisition_channel,
  named(s.region) as region, named(s.country) as country, named(s.channel) as channel, named(s.currency) as currency,
  named(m.method) as payment_method,
  min(s.ordered_at) over (partition by s.customer_id) as first_order_at
from converted as s
left join inventory.products as p on p.id = s.product_id
left join category_names as c on c.id = p.category_id
left join "user".users as u on u.id = s.customer_id
left join "user".profiles as f on f.user_id = u.id
left join methods as m on m.order_id = s.order_id;

-- First days of weeks, and of years of the 4-4-5 calendar.
create function week_of(day date, first_weekday int) returns date language sql immutable
  return day - (extract(isodow from day)::int - first_weekday + 7) % 7;

create function year_445(year int, first_month int, first_weekday int) returns date language sql immutable
  return week_of(make_date(year, first_month, 4), first_weekday);

create function year_of(day date, calendar text, first_weekday int, first_month int) returns date language sql immutable
  return case
    when calendar = '4-4-5' then (
      select max(year_445(year, first_month, first_weekday))
      from generate_series(extract(year from day)::int - 1, extract(year from day)::int + 1) as year
      where year_445(year, first_month, first_weekday) <= day
    )
    else date_trunc('year', date_trunc('month', day::timestamp) - make_interval(months => first_month - 1))
      + make_interval(months => first_month - 1)
  end;

-- First day of the period that holds a day, save in the 4-4-5 calendar.
create function period_of(day date, grain text, first_weekday int, first_month int) returns date
language sql immutable
  return case
    when grain = 'day' then day
    when grain = 'week' then week_of(day, first_weekday)
    when grain = 'month' then date_trunc('month', day::timestamp)
    else date_trunc(grain, date_trunc('month', day::timestamp) - make_interval(months => first_month - 1))
      + make_interval(months => first_month - 1)
  end;

-- The first instant of a day, also of one whose midnight is skipped or comes twice.
create function start_of(day date, zone text) returns timestamptz language sql stable
begin atomic
  select min(instant)
  from generate_series(
    (day::timestamp at time zone 'UTC') - interval '1 day', (day::timestamp at time zone 'UTC') + interval '1 day',
    interval '15 minutes'
  ) as instant
  where (instant at time zone zone)::date = day;
end;

-- An instant as the clock of a zone shows it, with its offset.
create function clock_text(instant timestamptz, zone text) returns text language sql stable
begin atomic
  select to_char(instant at time zone zone, 'YYYY-MM-DD"T"HH24:MI:SS')
    || case when ahead < interval '0' then '-' else '+' end
    || to_char(greatest(ahead, -ahead), 'HH24:MI')
  from (select (instant at time zone zone) - (instant at time zone 'UTC') as ahead) as offsets;
end;

create table paid as
select
  p.id, named(p.provider) as provider, named(p.method) as method, named(p.currency::text) as currency,
  named(p.status) as status, (p.created_at at time zone 'UTC')::date as day,
  rate_of(p.currency::text, (p.created_at at time zone 'UTC')::date) as rate,
  p.amount, case when p.status = 'captured' then p.amount else 0 end as captured_amount,
  r.completed as refunded_amount, r.pending as pending_refund_amount, r.refunds,
  case when p.status = 'captured' then
    extract(epoch from date_trunc('milliseconds', p.captured_at) - date_trunc('milliseconds', p.created_at)) * 1000
  end as capture_ms
from payment.payments as p
cross join lateral (
  select
    coalesce(sum(amount) filter (where status = 'completed'), 0) as completed,
    coalesce(sum(amount) filter (where status = 'pending'), 0) as pending,
    count(*) filter (where status = 'completed') as refunds
  from payment.refunds
  where payment_id = p.id
) as r;

create table notified as
select
  n.id, named(n.channel) as channel, n.template_id, named(t.name) as template,
  (n.created_at at time zone 'UTC')::date as day, coalesce(last.status, 'not sent') as status,
  coalesce(last.error, '') as error, d.attempts, d.bounces, d.delivered_at,
  extract(epoch from date_trunc('milliseconds', d.delivered_at) - date_trunc('milliseconds', n.created_at)) * 1000
    as delivery_ms
from notification.notifications as n
left join notification.templates as t on t.id = n.template_id
cross join lateral (
  select
    count(*) as attempts, count(*) filter (where status = 'bounced') as bounces,
    min(attempted_at) filter (where status = 'delivered') as delivered_at
  from notification.deliveries
  where notification_id = n.id
) as d
left join lateral (
  select status, error from notification.deliveries where notification_id = n.id order by attempt desc, id desc limit 1
) as last on true;

create table saga_steps as
with events as (
  select 'user' as service, * from "user".event_store
  union all select 'inventory', * from inventory.event_store
  union all select 'order', * from "order".event_store
  union all select 'payment', * from payment.event_store
  union all select 'notification', * from notification.event_store
)
select
  correlation_id, named(service) as service, named(event_type) as step, outcome as step_outcome, occurred_at,
  coalesce(extract(epoch from date_trunc('milliseconds', occurred_at)
    - date_trunc('milliseconds', lag(occurred_at) over saga)) * 1000, 0) as step_ms
from events
where correlation_id is not null
window saga as (partition by correlation_id order by occurred_at, service collate "C", id);

create table sagas as
with parts as (
  select 'user' as service, * from "user".saga_coordinator
  union all select 'inventory', * from inventory.saga_coordinator
  union all select 'order', * from "order".saga_coordinator
  union all select 'payment', * from payment.saga_coordinator
  union all select 'notification', * from notification.saga_coordinator
),
begun as (
  select distinct on (correlation_id) correlation_id, saga_type
  from parts order by correlation_id, started_at, service collate "C", id
),
whole as (
  select
    correlation_id, min(started_at) as started_at,
    case when bool_and(finished_at is not null) then max(finished_at) end as finished_at,
    bool_or(status = 'compensated') as has_compensated, bool_or(status = 'failed') as has_failed,
    bool_or(status in ('compensating', 'compensated', 'failed')) as has_trouble
  from parts
  group by correlation_id
),
stepped as (
  select
    correlation_id, min(occurred_at) as first_step_at, count(*) as steps,
    count(*) filter (where step_outcome = 'failed') as failed_steps,
    count(*) filter (where step_outcome = 'compensated') as compensations
  from saga_steps
  group by correlation_id
)
select
  correlation_id,
  case when w.started_at is null then 'unknown' else named(saga_type) end as saga_type,
  case
    when w.started_at is null then 'unknown'
    when finished_at is not null and has_compensated then 'compensated'
    when finished_at is not null and has_failed then 'failed'
    when finished_at is not null then 'completed'
    when has_trouble then 'compensating'
    else 'running'
  end as outcome,
  finished_at is not null as is_finished,
  (least(w.started_at, first_step_at) at time zone 'UTC')::date as day,
  extract(epoch from date_trunc('milliseconds', finished_at)
    - date_trunc('milliseconds', least(w.started_at, first_step_at))) * 1000 as duration_ms,
  coalesce(steps, 0) as steps, coalesce(failed_steps, 0) as failed_steps, coalesce(compensations, 0) as compensations
from (whole as w join begun using (correlation_id))
full join stepped using (correlation_id);
