{{ config(
    materialized='table',
    unique_key='customer_id',
    meta={'maintenance': {
        'strategy': 'by_key',
        'key': 'customer_id',
        'inputs': {'sales_fact': 'customer_id'}
    }}
) }}

select
    customer_id,
    uniqExact(order_id) as orders,
    sum(f.units) as units,
    sum(f.gross_revenue) as gross_revenue,
    sum(f.discounts) as discounts,
    sum(f.refunds) as refunds,
    sum(f.net_revenue) as net_revenue,
    sum(f.tax) as tax,
    sum(f.cost) as cost,
    sum(f.margin) as margin,
    sum(coalesce(f.reporting_gross_revenue, 0)) as reporting_gross_revenue,
    sum(coalesce(f.reporting_discounts, 0)) as reporting_discounts,
    sum(coalesce(f.reporting_refunds, 0)) as reporting_refunds,
    sum(coalesce(f.reporting_net_revenue, 0)) as reporting_net_revenue,
    sum(coalesce(f.reporting_tax, 0)) as reporting_tax,
    sum(coalesce(f.reporting_cost, 0)) as reporting_cost,
    sum(coalesce(f.reporting_margin, 0)) as reporting_margin,
    '{{ var("reporting_currency") }}' as reporting_currency,
    countIf(f.exchange_rate is null) as unconverted_lines,
    toDecimal128(round(divideDecimal(toDecimal256(sum(f.net_revenue), 2), toDecimal256(uniqExact(order_id), 0), 6), 2), 2) as average_order_value,
    min(f.ordered_at) as first_order_at,
    max(f.ordered_at) as last_order_at,
    makeDate32(toYear(min(f.order_date)), toMonth(min(f.order_date)), 1) as acquisition_month,
    toInt32(dateDiff('day', min(f.order_date), max(f.order_date))) as tenure_days
from {{ ref('sales_fact') }} as f
group by customer_id
