{{ config(materialized='view') }}

select
    id as status_change_id,
    assumeNotNull(order_id) as order_id,
    coalesce(to_status, '') as to_status,
    assumeNotNull(changed_at) as changed_at
from {{ source('order', 'order_status_history') }}
