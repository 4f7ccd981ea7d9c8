{{ config(materialized='view') }}

select
    id as category_id,
    parent_id,
    coalesce(name, '') as name
from {{ source('inventory', 'categories') }}
