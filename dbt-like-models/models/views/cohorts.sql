{{ config(materialized='view', schema='bi') }}

select
    c.acquisition_month as acquisition_month,
    c.age_months as age_months,
    s.customers as cohort_customers,
    c.customers as customers,
    round(c.customers / s.customers, 4) as retention,
    c.orders as orders,
    c.units as units,
    c.reporting_gross_revenue as reporting_gross_revenue,
    c.reporting_refunds as reporting_refunds,
    c.reporting_net_revenue as reporting_net_revenue,
    c.reporting_margin as reporting_margin,
    sum(c.reporting_net_revenue) over (partition by c.acquisition_month order by c.age_months
        rows between unbounded preceding and current row) as cumulative_net_revenue,
    sum(c.reporting_margin) over (partition by c.acquisition_month order by c.age_months
        rows between unbounded preceding and current row) as cumulative_margin,
    c.unconverted_lines as unconverted_lines
from {{ ref('cohort_cube') }} as c
inner join {{ ref('cohort_cube') }} as s on s.acquisition_month = c.acquisition_month and s.age_months = 0
