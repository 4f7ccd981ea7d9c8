{{ config(materialized='view', schema='read_models') }}

select
    t.template_id as template_id,
    t.name as template,
    t.channel as channel,
    n.notifications as notifications,
    n.delivered as delivered,
    n.bounces as bounces,
    if(n.notifications = 0, null, n.first_date) as first_used_on,
    if(n.notifications = 0, null, n.last_date) as last_used_on,
    t.updated_at as updated_at
from {{ ref('template_dimension') }} as t
left join (
    select
        template_id,
        sum(c.notifications) as notifications,
        sum(c.delivered) as delivered,
        sum(c.bounces) as bounces,
        min(c.notification_date) as first_date,
        max(c.notification_date) as last_date
    from {{ ref('notification_cube') }} as c
    group by template_id
) as n on n.template_id = t.template_id
where t.template_id != 0
