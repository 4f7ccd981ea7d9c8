{{ config(
    materialized='table',
    unique_key='customer_id',
    meta={'maintenance': {
        'strategy': 'by_key',
        'key': 'customer_id',
        'inputs': {'user.users': 'id', 'user.profiles': 'user_id'},
        'members': ['0']
    }}
) }}

-- Grain: one row for each user, and one for what has none.
select
    u.customer_id as customer_id,
    u.email as email,
    u.status as status,
    p.first_name as first_name,
    p.last_name as last_name,
    p.phone as phone,
    p.city as city,
    p.region as region,
    p.country as country,
    p.segment as segment,
    p.acquisition_channel as acquisition_channel,
    u.created_at as created_at
from {{ ref('stg_user__users') }} as u
left join {{ ref('stg_user__profiles') }} as p on p.customer_id = u.customer_id
union all
select 0, '', 'unknown', '', '', '', 'unknown', 'unknown', 'unknown', 'unknown', 'unknown', toDateTime64(0, 6, 'UTC')
where 0 not in (select customer_id from {{ ref('stg_user__users') }})
