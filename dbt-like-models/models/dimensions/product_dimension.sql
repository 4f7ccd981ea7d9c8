{{ config(
    materialized='table',
    unique_key='product_id',
    meta={'maintenance': {
        'strategy': 'by_key',
        'key': 'product_id',
        'inputs': {'inventory.products': 'id'},
        'lookups': [
            {'table': 'inventory.categories', 'key': 'id', 'from': 'inventory.products', 'column': 'category_id'},
            {'table': 'inventory.categories', 'key': 'id', 'from': 'inventory.categories', 'column': 'parent_id'}
        ]
    }}
) }}

select
    p.product_id as product_id,
    p.sku as sku,
    p.name as name,
    coalesce(p.category_id, 0) as category_id,
    coalesce(c.name, '') as category,
    coalesce(parent.name, '') as parent_category,
    p.price as price,
    p.cost as cost,
    p.is_active as is_active
from {{ ref('stg_inventory__products') }} as p
left join {{ ref('stg_inventory__categories') }} as c on c.category_id = p.category_id
left join {{ ref('stg_inventory__categories') }} as parent on parent.category_id = c.parent_id
