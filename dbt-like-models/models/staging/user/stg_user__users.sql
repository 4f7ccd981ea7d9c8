{{ config(materialized='view') }}

select
    id as customer_id,
    coalesce(email, '') as email,
    coalesce(status, '') as status,
    assumeNotNull(created_at) as created_at
from {{ source('user', 'users') }}
