{{ config(
    materialized='table',
    unique_key='order_item_id',
    meta={'maintenance': {
        'strategy': 'by_key',
        'key': 'order_id',
        'inputs': {'order_fact': 'order_id', 'order.order_items': 'order_id', 'payment.refunds': 'order_id'},
        'lookups': [
            {'table': 'exchange_rate_day', 'key': 'rate_key', 'from': 'order_fact', 'column': 'rate_key'}
        ]
    }}
) }}

-- Grain: one row for each item of an order that was sold. A refund of an item counts against that item; a refund of the
-- whole order is spread over its items by their net amount, to the cent: each item takes what the running share rounds to,
-- so the parts always add up to the refund. Amounts are in the currency of the sale; those named reporting_... are converted
-- at the rate of the order's day, each to the cent, and NULL where there is none.
with
items as (
    select
        i.order_item_id as order_item_id,
        i.order_id as order_id,
        i.product_id as product_id,
        i.quantity as quantity,
        i.gross_amount as gross_amount,
        i.discount_amount as discount_amount,
        i.tax_amount as tax_amount,
        toDecimal128(round(i.unit_cost * i.quantity, 2), 2) as cost_amount,
        i.gross_amount - i.discount_amount as net_amount,
        sum(i.gross_amount - i.discount_amount) over (partition by i.order_id order by i.order_item_id
            rows between unbounded preceding and current row) as running_amount,
        sum(i.gross_amount - i.discount_amount) over (partition by i.order_id) as order_amount,
        row_number() over (partition by i.order_id order by i.order_item_id) as position,
        count() over (partition by i.order_id) as positions
    from {{ ref('stg_order__order_items') }} as i
),

refunds as (
    select refund_id, order_id, order_item_id, amount
    from {{ ref('stg_payment__refunds') }}
    where refund_status = 'completed'
),

refunds_of_items as (
    select
        r.order_id as order_id,
        r.order_item_id as order_item_id,
        sum(r.amount) as amount
    from refunds as r
    where r.order_item_id is not null
    group by r.order_id, r.order_item_id
),

refunds_of_orders as (
    select
        r.order_id as order_id,
        sum(r.amount) as amount
    from refunds as r
    where r.order_item_id is null
    group by r.order_id
)

select
    i.order_item_id as order_item_id,
    i.order_id as order_id,
    o.customer_id as customer_id,
    i.product_id as product_id,
    o.ordered_at as ordered_at,
    toDate32(o.ordered_at) as order_date,
    o.channel as channel,
    o.region as region,
    o.country as country,
    o.order_status as order_status,
    o.currency as currency,
    i.quantity as units,
    i.gross_amount as gross_revenue,
    i.discount_amount as discounts,
    ri.amount
        + {{ share('ro.amount', 'i.running_amount', 'i.position') }}
        - {{ share('ro.amount', 'i.running_amount - i.net_amount', 'i.position - 1') }} as refunds,
    i.net_amount - refunds as net_revenue,
    i.tax_amount as tax,
    i.cost_amount as cost,
    net_revenue - i.cost_amount as margin,
    if(o.currency = '{{ var("reporting_currency") }}', toDecimal128(1, 10), nullIf(toDecimal128(r.rate, 10), 0)) as exchange_rate,
    {{ to_reporting('i.gross_amount', 'exchange_rate') }} as reporting_gross_revenue,
    {{ to_reporting('i.discount_amount', 'exchange_rate') }} as reporting_discounts,
    {{ to_reporting('refunds', 'exchange_rate') }} as reporting_refunds,
    reporting_gross_revenue - reporting_discounts - reporting_refunds as reporting_net_revenue,
    {{ to_reporting('i.tax_amount', 'exchange_rate') }} as reporting_tax,
    {{ to_reporting('i.cost_amount', 'exchange_rate') }} as reporting_cost,
    reporting_net_revenue - reporting_cost as reporting_margin
from items as i
inner join {{ ref('order_fact') }} as o on o.order_id = i.order_id
left join {{ ref('exchange_rate_day') }} as r on r.rate_key = o.rate_key
left join refunds_of_items as ri on ri.order_item_id = i.order_item_id and ri.order_id = i.order_id
left join refunds_of_orders as ro on ro.order_id = i.order_id
where o.order_status in ({% for state in var('sold_states') %}'{{ state }}'{% if not loop.last %}, {% endif %}{% endfor %})
