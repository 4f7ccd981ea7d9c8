{{ config(materialized='view', schema='read_models') }}

select
    p.product_id as product_id,
    p.sku as sku,
    p.name as name,
    p.category_id as category_id,
    p.category as category,
    p.category_path as category_path,
    p.price as price,
    p.is_active as is_active,
    s.on_hand as on_hand,
    s.available as available
from {{ ref('product_dimension') }} as p
left join (
    select
        product_id,
        sum(on_hand) as on_hand,
        sum(available) as available
    from {{ ref('inventory_position') }}
    group by product_id
) as s on s.product_id = p.product_id
where p.product_id != 0
