{{ config(
    materialized='table',
    unique_key='notification_id',
    meta={'maintenance': {
        'strategy': 'by_key',
        'key': 'notification_id',
        'inputs': {'notification.notifications': 'id', 'notification.deliveries': 'notification_id'}
    }}
) }}

-- Grain: one row for each notification, with how its attempts at delivery ended.
with attempts as (
    select
        d.notification_id as notification_id,
        toInt64(count()) as attempts,
        argMax(d.delivery_status, (d.attempt, d.delivery_id)) as last_status,
        argMax(d.error, (d.attempt, d.delivery_id)) as last_error,
        minOrNull(d.attempted_at) as first_attempt_at,
        maxOrNull(d.attempted_at) as last_attempt_at,
        minOrNullIf(d.attempted_at, d.delivery_status = 'delivered') as delivered_at,
        toInt64(countIf(d.delivery_status = 'bounced')) as bounces
    from {{ ref('stg_notification__deliveries') }} as d
    group by d.notification_id
)

select
    n.notification_id as notification_id,
    n.customer_id as customer_id,
    n.template_id as template_id,
    n.order_id as order_id,
    n.channel as channel,
    n.created_at as created_at,
    toDate32(n.created_at) as notification_date,
    a.attempts as attempts,
    a.bounces as bounces,
    if(a.attempts = 0, 'not sent', a.last_status) as last_status,
    a.last_error as last_error,
    a.first_attempt_at as first_attempt_at,
    a.last_attempt_at as last_attempt_at,
    a.delivered_at as delivered_at,
    dateDiff('millisecond', n.created_at, a.delivered_at) as delivery_ms
from {{ ref('stg_notification__notifications') }} as n
left join attempts as a on a.notification_id = n.notification_id
