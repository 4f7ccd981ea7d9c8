{{ config(
    materialized='table',
    unique_key='product_id',
    meta={'maintenance': {
        'strategy': 'by_key',
        'key': 'product_id',
        'inputs': {'inventory.products': 'id'},
        'lookups': [
            {'table': 'category_dimension', 'key': 'category_id', 'from': 'inventory.products', 'column': 'category_id'}
        ],
        'members': ['0']
    }}
) }}

-- Grain: one row for each product, and one for what has none. A product whose category is missing is kept.
select
    p.product_id as product_id,
    p.sku as sku,
    p.name as name,
    coalesce(p.category_id, 0) as category_id,
    c.name as category,
    c.parent_name as parent_category,
    {{ known('c.path', 'c.category_id') }} as category_path,
    c.level as category_level,
    {{ known('c.level_1', 'c.category_id') }} as category_level_1,
    {{ known('c.level_2', 'c.category_id') }} as category_level_2,
    {{ known('c.level_3', 'c.category_id') }} as category_level_3,
    p.price as price,
    p.cost as cost,
    p.is_active as is_active
from {{ ref('stg_inventory__products') }} as p
left join {{ ref('category_dimension') }} as c on c.category_id = p.category_id
union all
select 0, 'unknown', 'unknown', 0, 'unknown', '', 'unknown', 0, 'unknown', 'unknown', 'unknown', 0, 0, false
where 0 not in (select product_id from {{ ref('stg_inventory__products') }})
