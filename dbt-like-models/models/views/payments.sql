{{ config(materialized='view', schema='bi') }}

select
    f.payment_id as payment_id,
    f.order_id as order_id,
    f.payment_date as payment_date,
    f.created_at as created_at,
    f.captured_at as captured_at,
    f.method as method,
    f.provider as provider,
    f.payment_status as payment_status,
    f.currency as currency,
    f.amount as amount,
    f.captured_amount as captured_amount,
    f.refunded_amount as refunded_amount,
    f.pending_refund_amount as pending_refund_amount,
    if(f.currency = '{{ var("reporting_currency") }}', toDecimal128(1, 10), nullIf(toDecimal128(r.rate, 10), 0)) as exchange_rate,
    {{ to_reporting('f.captured_amount', 'exchange_rate') }} as reporting_captured_amount,
    {{ to_reporting('f.refunded_amount', 'exchange_rate') }} as reporting_refunded_amount
from {{ ref('payment_fact') }} as f
left join {{ ref('exchange_rate_day') }} as r on r.currency = f.currency and r.date = f.payment_date
