{{ config(materialized='view', schema='read_models') }}

select
    c.customer_id as user_id,
    c.email as email,
    c.status as status,
    c.first_name as first_name,
    c.last_name as last_name,
    c.phone as phone,
    c.city as city,
    c.region as region,
    c.country as country,
    c.segment as segment,
    c.acquisition_channel as acquisition_channel,
    c.created_at as created_at,
    r.roles as roles
from {{ ref('customer_dimension') }} as c
left join (
    select
        b.customer_id as customer_id,
        arraySort(groupArray({{ known('d.name', 'd.role_id') }})) as roles
    from {{ ref('user_role_bridge') }} as b
    left join {{ ref('role_dimension') }} as d on d.role_id = b.role_id
    group by b.customer_id
) as r on r.customer_id = c.customer_id
where c.customer_id != 0
