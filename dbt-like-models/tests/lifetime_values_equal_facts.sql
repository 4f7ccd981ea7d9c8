select
    customer_id,
    sum(orders_of) as orders,
    sum(units_of) as units,
    sum(net_of) as net_revenue,
    sum(margin_of) as margin
from (
    select
        customer_id,
        toInt64(orders) as orders_of,
        toInt64(units) as units_of,
        net_revenue as net_of,
        margin as margin_of
    from {{ ref('customer_ltv_analysis') }}
    union all
    select
        customer_id,
        -toInt64(uniqExact(order_id)),
        -toInt64(sum(f.units)),
        -sum(f.net_revenue),
        -sum(f.margin)
    from {{ ref('sales_fact') }} as f
    group by customer_id
)
group by customer_id
having orders != 0 or units != 0 or net_revenue != 0 or margin != 0
