{{ config(materialized='view', schema='bi') }}

select
    s.product_id as product_id,
    {{ known('p.sku', 'p.product_id') }} as sku,
    {{ known('p.name', 'p.product_id') }} as product,
    {{ known('p.category', 'p.product_id') }} as category,
    s.warehouse_id as warehouse_id,
    {{ known('w.code', 'w.warehouse_id') }} as warehouse,
    {{ known('w.country', 'w.warehouse_id') }} as warehouse_country,
    s.on_hand as on_hand,
    s.reserved as reserved,
    s.available as available,
    s.unit_cost as unit_cost,
    s.inventory_value as inventory_value,
    m.net_quantity as moved,
    s.on_hand - m.net_quantity as unexplained,
    s.updated_at as updated_at
from {{ ref('inventory_position') }} as s
left join (
    select
        product_id,
        warehouse_id,
        sum(net_quantity) as net_quantity
    from {{ ref('daily_inventory_cube') }}
    group by product_id, warehouse_id
) as m on m.product_id = s.product_id and m.warehouse_id = s.warehouse_id
left join {{ ref('product_dimension') }} as p on p.product_id = s.product_id
left join {{ ref('warehouse_dimension') }} as w on w.warehouse_id = s.warehouse_id
