{{ config(
    materialized='table',
    unique_key=['month', 'product_id', 'channel', 'region', 'country', 'currency'],
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
    currency,
    sum(units) as units,
    sum(gross_revenue) as gross_revenue,
    sum(discounts) as discounts,
    sum(refunds) as refunds,
    sum(net_revenue) as net_revenue,
    sum(tax) as tax,
    sum(cost) as cost,
    sum(margin) as margin,
    sum(coalesce(reporting_gross_revenue, 0)) as reporting_gross_revenue,
    sum(coalesce(reporting_discounts, 0)) as reporting_discounts,
    sum(coalesce(reporting_refunds, 0)) as reporting_refunds,
    sum(coalesce(reporting_net_revenue, 0)) as reporting_net_revenue,
    sum(coalesce(reporting_tax, 0)) as reporting_tax,
    sum(coalesce(reporting_cost, 0)) as reporting_cost,
    sum(coalesce(reporting_margin, 0)) as reporting_margin,
    countIf(exchange_rate is null) as unconverted_lines,
    uniqExact(order_id) as orders,
    count() as order_lines
from {{ ref('sales_fact') }}
group by month, product_id, channel, region, country, currency
