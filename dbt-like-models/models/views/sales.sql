{{ config(materialized='view', schema='bi') }}

select
    f.order_item_id as order_item_id,
    f.order_id as order_id,
    f.ordered_at as ordered_at,
    f.order_date as order_date,
    f.channel as channel,
    f.region as region,
    f.country as country,
    f.customer_id as customer_id,
    c.segment as customer_segment,
    f.product_id as product_id,
    p.name as product,
    p.category as category,
    f.units as units,
    f.gross_revenue as gross_revenue,
    f.discounts as discounts,
    f.refunds as refunds,
    f.net_revenue as net_revenue,
    f.tax as tax,
    f.cost as cost,
    f.margin as margin
from {{ ref('sales_fact') }} as f
left join {{ ref('customer_dimension') }} as c on c.customer_id = f.customer_id
left join {{ ref('product_dimension') }} as p on p.product_id = f.product_id
