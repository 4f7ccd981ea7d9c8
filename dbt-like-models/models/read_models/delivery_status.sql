{{ config(materialized='view', schema='read_models') }}

select
    n.notification_id as notification_id,
    n.customer_id as user_id,
    n.order_id as order_id,
    {{ known('t.name', 't.template_id') }} as template,
    n.channel as channel,
    n.created_at as created_at,
    n.last_status as last_status,
    n.attempts as attempts,
    n.last_attempt_at as last_attempt_at,
    n.delivered_at as delivered_at,
    n.last_error as last_error
from {{ ref('notification_fact') }} as n
left join {{ ref('template_dimension') }} as t on t.template_id = n.template_id
