{{ config(
    materialized='table',
    unique_key='movement_id',
    meta={'maintenance': {
        'strategy': 'by_key',
        'key': 'movement_id',
        'inputs': {'inventory.stock_movements': 'id'}
    }}
) }}

-- Grain: one row for each movement of stock.
select
    m.movement_id as movement_id,
    m.product_id as product_id,
    m.warehouse_id as warehouse_id,
    m.kind as kind,
    m.order_id as order_id,
    m.occurred_at as occurred_at,
    toDate32(m.occurred_at) as movement_date,
    m.quantity as quantity
from {{ ref('stg_inventory__stock_movements') }} as m
