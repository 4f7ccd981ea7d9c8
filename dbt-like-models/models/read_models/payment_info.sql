{{ config(materialized='view', schema='read_models') }}

select
    f.order_id as order_id,
    f.payment_id as payment_id,
    f.created_at as created_at,
    f.captured_at as captured_at,
    f.payment_status as payment_status,
    f.method as method,
    f.provider as provider,
    f.provider_reference as provider_reference,
    f.currency as currency,
    f.amount as amount,
    f.refunded_amount as refunded_amount,
    f.pending_refund_amount as pending_refund_amount,
    f.refund_count as refund_count,
    f.captured_amount - f.refunded_amount as kept_amount
from {{ ref('payment_fact') }} as f
