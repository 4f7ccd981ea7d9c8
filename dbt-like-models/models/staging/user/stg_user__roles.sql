{{ config(materialized='view') }}

select
    id as role_id,
    coalesce(name, '') as name,
    coalesce(description, '') as description
from {{ source('user', 'roles') }}
