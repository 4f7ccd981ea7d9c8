{{ config(materialized='view') }}

select
    id as order_id,
    assumeNotNull(customer_id) as customer_id,
    coalesce(status, '') as order_status,
    coalesce(channel, '') as channel,
    coalesce(region, '') as region,
    coalesce(country, '') as country,
    coalesce(currency, '') as currency,
    assumeNotNull(ordered_at) as ordered_at
from {{ source('order', 'orders') }}
