{{ config(materialized='view', schema='bi') }}

select
    l.customer_id as customer_id,
    {{ known('c.segment', 'c.customer_id') }} as segment,
    {{ known('c.region', 'c.customer_id') }} as region,
    {{ known('c.country', 'c.customer_id') }} as country,
    {{ known('c.acquisition_channel', 'c.customer_id') }} as acquisition_channel,
    l.acquisition_month as acquisition_month,
    l.orders as orders,
    l.units as units,
    l.net_revenue as net_revenue,
    l.refunds as refunds,
    l.margin as margin,
    l.reporting_net_revenue as reporting_net_revenue,
    l.reporting_refunds as reporting_refunds,
    l.reporting_margin as reporting_margin,
    l.unconverted_lines as unconverted_lines,
    l.average_order_value as average_order_value,
    l.first_order_at as first_order_at,
    l.last_order_at as last_order_at,
    l.tenure_days as tenure_days
from {{ ref('customer_ltv_analysis') }} as l
left join {{ ref('customer_dimension') }} as c on c.customer_id = l.customer_id
