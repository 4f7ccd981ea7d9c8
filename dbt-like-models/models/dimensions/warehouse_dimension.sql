{{ config(
    materialized='table',
    unique_key='warehouse_id',
    meta={'maintenance': {
        'strategy': 'by_key',
        'key': 'warehouse_id',
        'inputs': {'inventory.warehouses': 'id'},
        'members': ['0']
    }}
) }}

-- Grain: one row for each warehouse, and one for what has none.
select
    w.warehouse_id as warehouse_id,
    w.code as code,
    w.name as name,
    w.country as country
from {{ ref('stg_inventory__warehouses') }} as w
union all
select 0, 'unknown', 'unknown', 'unknown'
where 0 not in (select warehouse_id from {{ ref('stg_inventory__warehouses') }})
