{{ config(
    materialized='table',
    unique_key='order_id',
    meta={'maintenance': {
        'strategy': 'by_key',
        'key': 'order_id',
        'inputs': {
            'order.orders': 'id',
            'order.order_items': 'order_id',
            'order.order_status_history': 'order_id'
        }
    }}
) }}

-- Grain: one row for each order, in whatever state, with the first time that it reached each state.
with
lines as (
    select
        i.order_id as order_id,
        toInt64(count()) as line_count,
        sum(i.quantity) as units,
        sum(i.gross_amount) as gross_amount,
        sum(i.discount_amount) as discount_amount,
        sum(i.tax_amount) as tax_amount,
        arraySort(groupArray((
            i.order_item_id, i.product_id, i.quantity, i.unit_price, i.gross_amount, i.discount_amount, i.tax_amount
        ))) as items
    from {{ ref('stg_order__order_items') }} as i
    group by i.order_id
),

states as (
    select
        h.order_id as order_id,
        minOrNullIf(h.changed_at, h.to_status = 'paid') as paid_at,
        minOrNullIf(h.changed_at, h.to_status = 'shipped') as shipped_at,
        minOrNullIf(h.changed_at, h.to_status = 'delivered') as delivered_at,
        minOrNullIf(h.changed_at, h.to_status = 'cancelled') as cancelled_at
    from {{ ref('stg_order__order_status_history') }} as h
    group by h.order_id
)

select
    o.order_id as order_id,
    o.customer_id as customer_id,
    o.order_status as order_status,
    o.channel as channel,
    o.region as region,
    o.country as country,
    o.currency as currency,
    o.ordered_at as ordered_at,
    toDate32(o.ordered_at) as order_date,
    -- None for the reporting currency, which needs no rate.
    if(o.currency = '{{ var("reporting_currency") }}', null, concat(o.currency, ' ', toString(order_date))) as rate_key,
    l.line_count as line_count,
    l.units as units,
    l.gross_amount as gross_amount,
    l.discount_amount as discount_amount,
    l.tax_amount as tax_amount,
    l.gross_amount - l.discount_amount + l.tax_amount as total_amount,
    s.paid_at as paid_at,
    s.shipped_at as shipped_at,
    s.delivered_at as delivered_at,
    s.cancelled_at as cancelled_at,
    cast(l.items, 'Array(Tuple(order_item_id Int64, product_id Int64, quantity Int64, unit_price Decimal(38, 4),
        gross_amount Decimal(38, 2), discount_amount Decimal(38, 2), tax_amount Decimal(38, 2)))') as items
from {{ ref('stg_order__orders') }} as o
left join lines as l on l.order_id = o.order_id
left join states as s on s.order_id = o.order_id
