{{ config(materialized='view', schema='bi') }}

select
    f.order_item_id as order_item_id,
    f.order_id as order_id,
    f.ordered_at as ordered_at,
    f.order_date as order_date,
    f.channel as channel,
    f.region as region,
    f.country as country,
    f.currency as currency,
    f.customer_id as customer_id,
    {{ known('c.segment', 'c.customer_id') }} as customer_segment,
    f.product_id as product_id,
    {{ known('p.name', 'p.product_id') }} as product,
    {{ known('p.category', 'p.product_id') }} as category,
    {{ known('p.category_path', 'p.product_id') }} as category_path,
    f.units as units,
    f.gross_revenue as gross_revenue,
    f.discounts as discounts,
    f.refunds as refunds,
    f.net_revenue as net_revenue,
    f.tax as tax,
    f.cost as cost,
    f.margin as margin,
    f.exchange_rate as exchange_rate,
    f.reporting_gross_revenue as reporting_gross_revenue,
    f.reporting_discounts as reporting_discounts,
    f.reporting_refunds as reporting_refunds,
    f.reporting_net_revenue as reporting_net_revenue,
    f.reporting_tax as reporting_tax,
    f.reporting_cost as reporting_cost,
    f.reporting_margin as reporting_margin
from {{ ref('sales_fact') }} as f
left join {{ ref('customer_dimension') }} as c on c.customer_id = f.customer_id
left join {{ ref('product_dimension') }} as p on p.product_id = f.product_id
