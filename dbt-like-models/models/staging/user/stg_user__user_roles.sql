{{ config(materialized='view') }}

select
    user_id as customer_id,
    role_id,
    assumeNotNull(granted_at) as granted_at
from {{ source('user', 'user_roles') }}
