{{ config(
    materialized='table',
    unique_key=['acquisition_month', 'age_months'],
    meta={'maintenance': {
        'strategy': 'additive',
        'input': 'customer_month_fact',
        'entity': 'customer_id',
        'row_count': 'customers'
    }}
) }}

-- Grain: customers who bought first in one month, in the month that is so many months later.
select
    acquisition_month,
    age_months,
    count() as customers,
    sum(orders) as orders,
    sum(units) as units,
    sum(reporting_gross_revenue) as reporting_gross_revenue,
    sum(reporting_refunds) as reporting_refunds,
    sum(reporting_net_revenue) as reporting_net_revenue,
    sum(reporting_margin) as reporting_margin,
    sum(unconverted_lines) as unconverted_lines
from {{ ref('customer_month_fact') }}
group by acquisition_month, age_months
