{{ config(materialized='view', schema='read_models') }}

select
    s.product_id as product_id,
    {{ known('p.sku', 'p.product_id') }} as sku,
    {{ known('p.name', 'p.product_id') }} as product,
    s.warehouse_id as warehouse_id,
    {{ known('w.code', 'w.warehouse_id') }} as warehouse_code,
    {{ known('w.name', 'w.warehouse_id') }} as warehouse,
    s.on_hand as on_hand,
    s.reserved as reserved,
    s.available as available,
    s.updated_at as updated_at
from {{ ref('inventory_position') }} as s
left join {{ ref('product_dimension') }} as p on p.product_id = s.product_id
left join {{ ref('warehouse_dimension') }} as w on w.warehouse_id = s.warehouse_id
