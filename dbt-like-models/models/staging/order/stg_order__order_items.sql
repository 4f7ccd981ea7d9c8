{{ config(materialized='view') }}

select
    id as order_item_id,
    assumeNotNull(order_id) as order_id,
    assumeNotNull(product_id) as product_id,
    toInt64(assumeNotNull(quantity)) as quantity,
    toDecimal128(assumeNotNull(unit_price), 4) as unit_price,
    toDecimal128(assumeNotNull(unit_cost), 4) as unit_cost,
    toDecimal128(assumeNotNull(gross_amount), 2) as gross_amount,
    toDecimal128(assumeNotNull(discount_amount), 2) as discount_amount,
    toDecimal128(assumeNotNull(tax_amount), 2) as tax_amount
from {{ source('order', 'order_items') }}
