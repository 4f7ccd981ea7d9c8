{{ config(materialized='view', schema='bi') }}

select
    f.order_id as order_id,
    f.customer_id as customer_id,
    {{ known('c.segment', 'c.customer_id') }} as customer_segment,
    f.order_status as order_status,
    f.channel as channel,
    f.region as region,
    f.country as country,
    f.currency as currency,
    f.ordered_at as ordered_at,
    f.order_date as order_date,
    f.line_count as line_count,
    f.units as units,
    f.total_amount as total_amount,
    f.paid_at as paid_at,
    f.shipped_at as shipped_at,
    f.delivered_at as delivered_at,
    f.cancelled_at as cancelled_at,
    dateDiff('second', f.ordered_at, f.shipped_at) as seconds_to_ship,
    dateDiff('second', f.shipped_at, f.delivered_at) as seconds_in_transit
from {{ ref('order_fact') }} as f
left join {{ ref('customer_dimension') }} as c on c.customer_id = f.customer_id
