{{ config(materialized='view') }}

select
    id as product_id,
    coalesce(sku, '') as sku,
    coalesce(name, '') as name,
    category_id,
    assumeNotNull(price) as price,
    assumeNotNull(cost) as cost,
    coalesce(is_active, false) as is_active
from {{ source('inventory', 'products') }}
