{% for cube in ['monthly_sales_cube', 'daily_sales_cube'] %}
select
    '{{ cube }}' as cube_name,
    product_id,
    sum(line_count) as order_lines,
    sum(unit_count) as units,
    sum(gross_amount) as gross_revenue,
    sum(refund_amount) as refunds,
    sum(net_amount) as net_revenue,
    sum(margin_amount) as margin
from (
    select
        product_id,
        toInt64(order_lines) as line_count,
        toInt64(units) as unit_count,
        gross_revenue as gross_amount,
        refunds as refund_amount,
        net_revenue as net_amount,
        margin as margin_amount
    from {{ ref(cube) }}
    union all
    select product_id, -1, -toInt64(units), -gross_revenue, -refunds, -net_revenue, -margin
    from {{ ref('sales_fact') }}
)
group by product_id
having order_lines != 0 or units != 0 or gross_revenue != 0 or refunds != 0 or net_revenue != 0 or margin != 0
{% if not loop.last %}union all{% endif %}
{% endfor %}
