{{ config(
    materialized='table',
    unique_key='payment_id',
    meta={'maintenance': {
        'strategy': 'by_key',
        'key': 'payment_id',
        'inputs': {'payment.payments': 'id', 'payment.refunds': 'payment_id'}
    }}
) }}

-- Grain: one row for each payment, with what of it was paid back.
with refunds as (
    select
        r.payment_id as payment_id,
        sumIf(r.amount, r.refund_status = 'completed') as refunded_amount,
        sumIf(r.amount, r.refund_status = 'pending') as pending_refund_amount,
        toInt64(countIf(r.refund_status = 'completed')) as refund_count
    from {{ ref('stg_payment__refunds') }} as r
    group by r.payment_id
)

select
    p.payment_id as payment_id,
    p.order_id as order_id,
    p.currency as currency,
    p.method as method,
    p.provider as provider,
    p.provider_reference as provider_reference,
    p.payment_status as payment_status,
    p.created_at as created_at,
    toDate32(p.created_at) as payment_date,
    p.captured_at as captured_at,
    p.amount as amount,
    if(p.payment_status = 'captured', p.amount, toDecimal128(0, 2)) as captured_amount,
    r.refunded_amount as refunded_amount,
    r.pending_refund_amount as pending_refund_amount,
    r.refund_count as refund_count
from {{ ref('stg_payment__payments') }} as p
left join refunds as r on r.payment_id = p.payment_id
