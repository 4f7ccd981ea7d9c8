{{ config(
    materialized='table',
    unique_key=['movement_date', 'product_id', 'warehouse_id'],
    meta={'maintenance': {
        'strategy': 'additive',
        'input': 'inventory_movement_fact',
        'entity': 'movement_id',
        'row_count': 'movements'
    }}
) }}

-- Grain: day, product and warehouse with movements of stock.
select
    movement_date,
    product_id,
    warehouse_id,
    sum(if(kind = 'receipt', quantity, 0)) as received,
    sum(if(kind = 'shipment', quantity, 0)) as shipped,
    sum(if(kind = 'return', quantity, 0)) as returned,
    sum(if(kind = 'adjustment', quantity, 0)) as adjusted,
    sum(quantity) as net_quantity,
    count() as movements
from {{ ref('inventory_movement_fact') }}
group by movement_date, product_id, warehouse_id
