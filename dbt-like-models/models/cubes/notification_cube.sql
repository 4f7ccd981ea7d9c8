{{ config(
    materialized='table',
    unique_key=['notification_date', 'template_id', 'channel', 'last_status'],
    meta={'maintenance': {
        'strategy': 'additive',
        'input': 'notification_fact',
        'entity': 'notification_id',
        'row_count': 'notifications'
    }}
) }}

-- Grain: day, template and channel of notifications, and the state that they are in.
select
    notification_date,
    template_id,
    channel,
    last_status,
    count() as notifications,
    sum(attempts) as attempts,
    sum(bounces) as bounces,
    countIf(delivered_at is not null) as delivered,
    sum(coalesce(delivery_ms, 0)) as delivery_ms
from {{ ref('notification_fact') }}
group by notification_date, template_id, channel, last_status
