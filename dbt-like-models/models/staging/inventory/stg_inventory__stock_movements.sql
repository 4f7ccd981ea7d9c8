{{ config(materialized='view') }}

select
    id as movement_id,
    assumeNotNull(product_id) as product_id,
    assumeNotNull(warehouse_id) as warehouse_id,
    coalesce(kind, '') as kind,
    toInt64(assumeNotNull(quantity)) as quantity,
    coalesce(order_id, 0) as order_id,
    assumeNotNull(occurred_at) as occurred_at
from {{ source('inventory', 'stock_movements') }}
