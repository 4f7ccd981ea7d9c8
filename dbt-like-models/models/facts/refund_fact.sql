{{ config(
    materialized='table',
    unique_key='refund_id',
    meta={'maintenance': {
        'strategy': 'by_key',
        'key': 'refund_id',
        'inputs': {'payment.refunds': 'id'},
        'lookups': [
            {'table': 'payment.payments', 'key': 'id', 'from': 'payment.refunds', 'column': 'payment_id'}
        ]
    }}
) }}

-- Grain: one row for each refund, in whatever state. Currency and method are the payment's, 'unknown' without one.
select
    r.refund_id as refund_id,
    r.payment_id as payment_id,
    r.order_id as order_id,
    coalesce(r.order_item_id, 0) as order_item_id,
    toBool(r.order_item_id is null) as is_whole_order,
    {{ known('p.currency', 'p.payment_id') }} as currency,
    {{ known('p.method', 'p.payment_id') }} as method,
    r.refund_status as refund_status,
    r.reason as reason,
    r.created_at as created_at,
    toDate32(r.created_at) as refund_date,
    r.amount as amount
from {{ ref('stg_payment__refunds') }} as r
left join {{ ref('stg_payment__payments') }} as p on p.payment_id = r.payment_id
