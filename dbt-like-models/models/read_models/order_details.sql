{{ config(materialized='view', schema='read_models') }}

select
    o.order_id as order_id,
    o.customer_id as user_id,
    o.order_status as order_status,
    o.ordered_at as ordered_at,
    o.currency as currency,
    i.order_item_id as order_item_id,
    i.product_id as product_id,
    {{ known('p.sku', 'p.product_id') }} as sku,
    {{ known('p.name', 'p.product_id') }} as product,
    i.quantity as quantity,
    i.unit_price as unit_price,
    i.gross_amount as gross_amount,
    i.discount_amount as discount_amount,
    i.tax_amount as tax_amount
from (
    select
        order_id,
        customer_id,
        order_status,
        ordered_at,
        currency,
        arrayJoin(items) as i
    from {{ ref('order_fact') }}
) as o
left join {{ ref('product_dimension') }} as p on p.product_id = o.i.product_id
