{{ config(materialized='view') }}

select
    id as refund_id,
    assumeNotNull(order_id) as order_id,
    order_item_id,
    toDecimal128(assumeNotNull(amount), 2) as amount,
    coalesce(status, '') as refund_status
from {{ source('payment', 'refunds') }}
