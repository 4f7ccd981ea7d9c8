{{ config(
    materialized='table',
    unique_key='order_item_id',
    meta={'maintenance': {
        'strategy': 'by_key',
        'key': 'order_id',
        'inputs': {'order.orders': 'id', 'order.order_items': 'order_id', 'payment.refunds': 'order_id'}
    }}
) }}

-- Grain: one row for each item of an order that was sold. A refund of an item counts against that item; a refund of the
-- whole order is spread over its items by their net amount, to the cent: each item takes what the running share rounds to,
-- so the parts always add up to the refund.
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
    i.quantity as units,
    i.gross_amount as gross_revenue,
    i.discount_amount as discounts,
    ri.amount
        + {{ share('ro.amount', 'i.running_amount', 'i.position') }}
        - {{ share('ro.amount', 'i.running_amount - i.net_amount', 'i.position - 1') }} as refunds,
    i.net_amount - refunds as net_revenue,
    i.tax_amount as tax,
    i.cost_amount as cost,
    net_revenue - i.cost_amount as margin
from items as i
inner join {{ ref('stg_order__orders') }} as o on o.order_id = i.order_id
left join refunds_of_items as ri on ri.order_item_id = i.order_item_id and ri.order_id = i.order_id
left join refunds_of_orders as ro on ro.order_id = i.order_id
where o.order_status in ({% for state in var('sold_states') %}'{{ state }}'{% if not loop.last %}, {% endif %}{% endfor %})
