{{ config(
    materialized='table',
    unique_key='activity_id',
    meta={'maintenance': {
        'strategy': 'by_key',
        'key': 'activity_id',
        'inputs': {'user.activity': 'id'}
    }}
) }}

-- Grain: one row for each thing that a user did.
select
    a.activity_id as activity_id,
    a.customer_id as customer_id,
    a.kind as kind,
    a.product_id as product_id,
    a.occurred_at as occurred_at,
    toDate32(a.occurred_at) as activity_date
from {{ ref('stg_user__activity') }} as a
