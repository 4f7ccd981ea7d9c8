{{ config(materialized='view', schema='read_models') }}

select
    o.customer_id as user_id,
    o.ordered_at as ordered_at,
    o.order_id as order_id,
    o.order_status as order_status,
    o.channel as channel,
    o.currency as currency,
    o.line_count as line_count,
    o.units as units,
    o.total_amount as total_amount,
    o.paid_at as paid_at,
    o.shipped_at as shipped_at,
    o.delivered_at as delivered_at,
    o.cancelled_at as cancelled_at
from {{ ref('order_fact') }} as o
