{{ config(materialized='view') }}

select
    id as warehouse_id,
    coalesce(code, '') as code,
    coalesce(name, '') as name,
    coalesce(country, '') as country
from {{ source('inventory', 'warehouses') }}
