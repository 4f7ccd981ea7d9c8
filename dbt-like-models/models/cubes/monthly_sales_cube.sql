{{ config(
    materialized='table',
    unique_key=['month', 'product_id', 'channel', 'region', 'country'],
    meta={'maintenance': {
        'strategy': 'additive',
        'input': 'sales_fact',
        'entity': 'order_id',
        'row_count': 'order_lines'
    }}
) }}

select
    makeDate32(toYear(order_date), toMonth(order_date), 1) as month,
    product_id,
    channel,
    region,
    country,
    sum(units) as units,
    sum(gross_revenue) as gross_revenue,
    sum(discounts) as discounts,
    sum(refunds) as refunds,
    sum(net_revenue) as net_revenue,
    sum(tax) as tax,
    sum(cost) as cost,
    sum(margin) as margin,
    uniqExact(order_id) as orders,
    count() as order_lines
from {{ ref('sales_fact') }}
group by month, product_id, channel, region, country
