{{ config(materialized='view') }}

select
    product_id,
    warehouse_id,
    toInt64(assumeNotNull(on_hand)) as on_hand,
    toInt64(assumeNotNull(reserved)) as reserved,
    assumeNotNull(updated_at) as updated_at
from {{ source('inventory', 'stock_levels') }}
