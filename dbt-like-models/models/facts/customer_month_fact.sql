{{ config(
    materialized='table',
    unique_key=['customer_id', 'month'],
    meta={'maintenance': {
        'strategy': 'by_key',
        'key': 'customer_id',
        'inputs': {'sales_fact': 'customer_id'}
    }}
) }}

-- Grain: one row for each month in which a customer bought. A late order in an earlier month than any before makes all of
-- the customer's months older, which is why the customer is what is recomputed.
select
    m.customer_id as customer_id,
    m.month as month,
    min(m.month) over (partition by m.customer_id) as acquisition_month,
    toInt32(dateDiff('month', acquisition_month, m.month)) as age_months,
    m.orders as orders,
    m.units as units,
    m.reporting_gross_revenue as reporting_gross_revenue,
    m.reporting_refunds as reporting_refunds,
    m.reporting_net_revenue as reporting_net_revenue,
    m.reporting_margin as reporting_margin,
    m.unconverted_lines as unconverted_lines
from (
    select
        f.customer_id as customer_id,
        makeDate32(toYear(f.order_date), toMonth(f.order_date), 1) as month,
        toInt64(uniqExact(f.order_id)) as orders,
        sum(f.units) as units,
        sum(coalesce(f.reporting_gross_revenue, 0)) as reporting_gross_revenue,
        sum(coalesce(f.reporting_refunds, 0)) as reporting_refunds,
        sum(coalesce(f.reporting_net_revenue, 0)) as reporting_net_revenue,
        sum(coalesce(f.reporting_margin, 0)) as reporting_margin,
        toInt64(countIf(f.exchange_rate is null)) as unconverted_lines
    from {{ ref('sales_fact') }} as f
    group by f.customer_id, month
) as m
