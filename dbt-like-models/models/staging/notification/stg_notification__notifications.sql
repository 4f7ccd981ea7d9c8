{{ config(materialized='view') }}

select
    id as notification_id,
    assumeNotNull(user_id) as customer_id,
    assumeNotNull(template_id) as template_id,
    coalesce(channel, '') as channel,
    coalesce(order_id, 0) as order_id,
    assumeNotNull(created_at) as created_at
from {{ source('notification', 'notifications') }}
