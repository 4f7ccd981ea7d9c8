{{ config(materialized='view', schema='read_models') }}

select
    channel,
    makeDate32(toYear(c.notification_date), toMonth(c.notification_date), 1) as month,
    sum(c.notifications) as notifications,
    sum(c.attempts) as attempts,
    sum(c.bounces) as bounces,
    sum(c.delivered) as delivered,
    round(sum(c.delivered) / sum(c.notifications), 4) as delivery_rate,
    if(sum(c.delivered) = 0, null, intDiv(sum(c.delivery_ms), sum(c.delivered))) as average_delivery_ms
from {{ ref('notification_cube') }} as c
group by channel, month
