{{ config(materialized='view', schema='bi') }}

select
    s.month as month,
    s.product_id as product_id,
    {{ known('p.name', 'p.product_id') }} as product,
    {{ known('p.category', 'p.product_id') }} as category,
    {{ known('p.category_path', 'p.product_id') }} as category_path,
    s.channel as channel,
    s.region as region,
    s.country as country,
    s.currency as currency,
    s.units as units,
    s.gross_revenue as gross_revenue,
    s.discounts as discounts,
    s.refunds as refunds,
    s.net_revenue as net_revenue,
    s.tax as tax,
    s.cost as cost,
    s.margin as margin,
    s.reporting_gross_revenue as reporting_gross_revenue,
    s.reporting_discounts as reporting_discounts,
    s.reporting_refunds as reporting_refunds,
    s.reporting_net_revenue as reporting_net_revenue,
    s.reporting_tax as reporting_tax,
    s.reporting_cost as reporting_cost,
    s.reporting_margin as reporting_margin,
    s.unconverted_lines as unconverted_lines
from {{ ref('monthly_sales_cube') }} as s
left join {{ ref('product_dimension') }} as p on p.product_id = s.product_id
