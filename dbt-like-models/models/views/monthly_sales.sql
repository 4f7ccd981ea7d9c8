{{ config(materialized='view', schema='bi') }}

select
    s.month as month,
    s.product_id as product_id,
    p.name as product,
    p.category as category,
    s.channel as channel,
    s.region as region,
    s.country as country,
    s.units as units,
    s.gross_revenue as gross_revenue,
    s.discounts as discounts,
    s.refunds as refunds,
    s.net_revenue as net_revenue,
    s.tax as tax,
    s.cost as cost,
    s.margin as margin
from {{ ref('monthly_sales_cube') }} as s
left join {{ ref('product_dimension') }} as p on p.product_id = s.product_id
