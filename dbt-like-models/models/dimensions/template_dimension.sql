{{ config(
    materialized='table',
    unique_key='template_id',
    meta={'maintenance': {
        'strategy': 'by_key',
        'key': 'template_id',
        'inputs': {'notification.templates': 'id'},
        'members': ['0']
    }}
) }}

-- Grain: one row for each template of notifications, and one for what has none.
select
    t.template_id as template_id,
    t.name as name,
    t.channel as channel,
    t.subject as subject,
    t.updated_at as updated_at
from {{ ref('stg_notification__templates') }} as t
union all
select 0, 'unknown', 'unknown', '', toDateTime64(0, 6, 'UTC')
where 0 not in (select template_id from {{ ref('stg_notification__templates') }})
