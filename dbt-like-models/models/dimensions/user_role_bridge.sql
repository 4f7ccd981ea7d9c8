{{ config(
    materialized='table',
    unique_key=['customer_id', 'role_id'],
    meta={'maintenance': {
        'strategy': 'by_key',
        'key': 'customer_id',
        'inputs': {'user.user_roles': 'user_id'}
    }}
) }}

-- Grain: one row for each role of each user.
select
    r.customer_id as customer_id,
    r.role_id as role_id,
    r.granted_at as granted_at
from {{ ref('stg_user__user_roles') }} as r
