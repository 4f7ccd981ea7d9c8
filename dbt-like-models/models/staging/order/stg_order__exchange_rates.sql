{{ config(materialized='view') }}

select
    currency,
    valid_from,
    assumeNotNull(rate) as rate
from {{ source('order', 'exchange_rates') }}
