{{ config(materialized='view', schema='read_models') }}

select
    c.category_id as category_id,
    c.parent_id as parent_id,
    c.name as name,
    c.level as level,
    c.path as path,
    c.path_ids as path_ids,
    p.products as products,
    p.active_products as active_products
from {{ ref('category_dimension') }} as c
left join (
    select
        category_id,
        count() as products,
        countIf(is_active) as active_products
    from {{ ref('product_dimension') }}
    where product_id != 0
    group by category_id
) as p on p.category_id = c.category_id
where c.category_id != 0
