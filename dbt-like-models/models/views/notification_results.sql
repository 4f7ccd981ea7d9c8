{{ config(materialized='view', schema='bi') }}

select
    n.notification_date as notification_date,
    n.template_id as template_id,
    {{ known('t.name', 't.template_id') }} as template,
    n.channel as channel,
    n.last_status as last_status,
    n.notifications as notifications,
    n.attempts as attempts,
    n.bounces as bounces,
    n.delivered as delivered,
    n.delivery_ms as delivery_ms
from {{ ref('notification_cube') }} as n
left join {{ ref('template_dimension') }} as t on t.template_id = n.template_id
