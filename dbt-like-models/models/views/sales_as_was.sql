{{ config(materialized='view', schema='bi') }}

-- Of customer and product the version that held when it was ordered: the last one that had begun by then, else the first.
with
customers as (
    select
        customer_id,
        segment,
        region,
        country,
        {{ held_from('customer_id') }} as begins_at
    from {{ ref('customer_dimension_history') }}
),

products as (
    select
        product_id,
        name,
        category,
        category_path,
        price,
        {{ held_from('product_id') }} as begins_at
    from {{ ref('product_dimension_history') }}
)

select
    f.order_item_id as order_item_id,
    f.order_id as order_id,
    f.ordered_at as ordered_at,
    f.order_date as order_date,
    f.channel as channel,
    f.currency as currency,
    f.customer_id as customer_id,
    {{ known('c.segment', 'c.customer_id') }} as customer_segment,
    {{ known('c.region', 'c.customer_id') }} as customer_region,
    {{ known('c.country', 'c.customer_id') }} as customer_country,
    f.product_id as product_id,
    {{ known('p.name', 'p.product_id') }} as product,
    {{ known('p.category', 'p.product_id') }} as category,
    {{ known('p.category_path', 'p.product_id') }} as category_path,
    p.price as product_price,
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
left asof join customers as c on c.customer_id = f.customer_id and c.begins_at <= f.ordered_at
left asof join products as p on p.product_id = f.product_id and p.begins_at <= f.ordered_at
