{{ config(materialized='view', schema='bi') }}

-- An order has one month, channel, region, country and currency, so the cells of a product add up to its orders.
with
product_orders as (
    select
        product_id,
        sum(orders) as orders
    from {{ ref('monthly_sales_cube') }}
    group by product_id
),

all_orders as (
    select sum(orders) as orders from {{ ref('customer_ltv_analysis') }}
)

select
    a.product_a as product_a,
    {{ known('pa.name', 'pa.product_id') }} as name_a,
    a.product_b as product_b,
    {{ known('pb.name', 'pb.product_id') }} as name_b,
    a.orders as orders,
    oa.orders as orders_with_a,
    ob.orders as orders_with_b,
    round(a.orders / t.orders, 6) as support,
    round(a.orders / oa.orders, 6) as confidence_a_to_b,
    round(a.orders / ob.orders, 6) as confidence_b_to_a,
    round(a.orders * t.orders / (oa.orders * ob.orders), 4) as lift
from {{ ref('product_affinity') }} as a
inner join product_orders as oa on oa.product_id = a.product_a
inner join product_orders as ob on ob.product_id = a.product_b
cross join all_orders as t
left join {{ ref('product_dimension') }} as pa on pa.product_id = a.product_a
left join {{ ref('product_dimension') }} as pb on pb.product_id = a.product_b
