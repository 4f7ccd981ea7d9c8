{{ config(materialized='view') }}

select
    id as delivery_id,
    assumeNotNull(notification_id) as notification_id,
    toInt64(assumeNotNull(attempt)) as attempt,
    coalesce(status, '') as delivery_status,
    coalesce(error, '') as error,
    assumeNotNull(attempted_at) as attempted_at
from {{ source('notification', 'deliveries') }}
