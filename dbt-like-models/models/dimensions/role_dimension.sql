{{ config(
    materialized='table',
    unique_key='role_id',
    meta={'maintenance': {
        'strategy': 'by_key',
        'key': 'role_id',
        'inputs': {'user.roles': 'id'},
        'members': ['0']
    }}
) }}

-- Grain: one row for each role that a user may have, and one for what has none.
select
    r.role_id as role_id,
    r.name as name,
    r.description as description
from {{ ref('stg_user__roles') }} as r
union all
select 0, 'unknown', ''
where 0 not in (select role_id from {{ ref('stg_user__roles') }})
