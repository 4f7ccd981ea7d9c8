{{ config(materialized='view') }}

select
    id as activity_id,
    assumeNotNull(user_id) as customer_id,
    coalesce(kind, '') as kind,
    assumeNotNull(occurred_at) as occurred_at,
    JSONExtractInt(coalesce(payload, ''), 'product_id') as product_id
from {{ source('user', 'activity') }}
