{{ config(materialized='view', schema='bi') }}

select
    f.refund_id as refund_id,
    f.payment_id as payment_id,
    f.order_id as order_id,
    f.order_item_id as order_item_id,
    f.is_whole_order as is_whole_order,
    f.refund_date as refund_date,
    f.created_at as created_at,
    f.refund_status as refund_status,
    f.reason as reason,
    f.method as method,
    f.currency as currency,
    f.amount as amount,
    if(f.currency = '{{ var("reporting_currency") }}', toDecimal128(1, 10), nullIf(toDecimal128(r.rate, 10), 0)) as exchange_rate,
    {{ to_reporting('f.amount', 'exchange_rate') }} as reporting_amount
from {{ ref('refund_fact') }} as f
left join {{ ref('exchange_rate_day') }} as r on r.currency = f.currency and r.date = f.refund_date
