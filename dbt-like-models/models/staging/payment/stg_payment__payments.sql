{{ config(materialized='view') }}

select
    id as payment_id,
    assumeNotNull(order_id) as order_id,
    toDecimal128(assumeNotNull(amount), 2) as amount,
    coalesce(currency, '') as currency,
    coalesce(method, '') as method,
    coalesce(provider, '') as provider,
    coalesce(provider_reference, '') as provider_reference,
    coalesce(status, '') as payment_status,
    assumeNotNull(created_at) as created_at,
    captured_at
from {{ source('payment', 'payments') }}
