{{ config(materialized='view', schema='bi') }}

select
    s.date as date,
    s.product_id as product_id,
    {{ known('p.name', 'p.product_id') }} as product,
    {{ known('p.category', 'p.product_id') }} as category,
    s.warehouse_id as warehouse_id,
    {{ known('w.code', 'w.warehouse_id') }} as warehouse,
    s.on_hand as on_hand,
    s.received as received,
    s.shipped as shipped,
    s.returned as returned,
    s.adjusted as adjusted
from {{ ref('inventory_snapshot') }} as s
left join {{ ref('product_dimension') }} as p on p.product_id = s.product_id
left join {{ ref('warehouse_dimension') }} as w on w.warehouse_id = s.warehouse_id
