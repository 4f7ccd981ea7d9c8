{{ config(
    materialized='table',
    unique_key=['product_id', 'warehouse_id'],
    meta={'maintenance': {
        'strategy': 'by_key',
        'key': 'product_id',
        'inputs': {'inventory.stock_levels': 'product_id', 'inventory.products': 'id'}
    }}
) }}

-- Grain: one row for each product and warehouse that has a stock level. Valued at what the product costs now.
select
    s.product_id as product_id,
    s.warehouse_id as warehouse_id,
    s.on_hand as on_hand,
    s.reserved as reserved,
    s.on_hand - s.reserved as available,
    toDecimal128(p.cost, 2) as unit_cost,
    unit_cost * s.on_hand as inventory_value,
    s.updated_at as updated_at
from {{ ref('stg_inventory__stock_levels') }} as s
left join {{ ref('stg_inventory__products') }} as p on p.product_id = s.product_id
