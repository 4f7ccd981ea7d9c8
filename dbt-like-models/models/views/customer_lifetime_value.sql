{{ config(materialized='view', schema='bi') }}

select
    l.customer_id as customer_id,
    c.segment as segment,
    c.region as region,
    c.country as country,
    c.acquisition_channel as acquisition_channel,
    l.acquisition_month as acquisition_month,
    l.orders as orders,
    l.units as units,
    l.net_revenue as net_revenue,
    l.refunds as refunds,
    l.margin as margin,
    l.average_order_value as average_order_value,
    l.first_order_at as first_order_at,
    l.last_order_at as last_order_at,
    l.tenure_days as tenure_days
from {{ ref('customer_ltv_analysis') }} as l
left join {{ ref('customer_dimension') }} as c on c.customer_id = l.customer_id
