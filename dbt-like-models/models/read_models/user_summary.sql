{{ config(materialized='view', schema='read_models') }}

select
    c.customer_id as user_id,
    c.email as email,
    concat(c.first_name, ' ', c.last_name) as name,
    c.status as status,
    c.segment as segment,
    c.created_at as created_at,
    l.orders as orders,
    l.units as units,
    l.reporting_net_revenue as reporting_net_revenue,
    if(l.orders = 0, null, l.first_order_at) as first_order_at,
    if(l.orders = 0, null, l.last_order_at) as last_order_at,
    a.activities as activities,
    if(a.activities = 0, null, a.last_activity_at) as last_activity_at
from {{ ref('customer_dimension') }} as c
left join {{ ref('customer_ltv_analysis') }} as l on l.customer_id = c.customer_id
left join (
    select
        customer_id,
        count() as activities,
        max(occurred_at) as last_activity_at
    from {{ ref('user_activity_fact') }}
    group by customer_id
) as a on a.customer_id = c.customer_id
where c.customer_id != 0
