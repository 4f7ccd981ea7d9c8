{{ config(materialized='view') }}

select
    id as refund_id,
    assumeNotNull(payment_id) as payment_id,
    assumeNotNull(order_id) as order_id,
    order_item_id,
    toDecimal128(assumeNotNull(amount), 2) as amount,
    coalesce(reason, '') as reason,
    coalesce(status, '') as refund_status,
    assumeNotNull(created_at) as created_at
from {{ source('payment', 'refunds') }}
