{{ config(materialized='view', schema='read_models') }}

select
    a.customer_id as user_id,
    a.occurred_at as occurred_at,
    a.activity_id as activity_id,
    a.kind as kind,
    a.product_id as product_id,
    {{ known('p.name', 'p.product_id') }} as product
from {{ ref('user_activity_fact') }} as a
left join {{ ref('product_dimension') }} as p on p.product_id = a.product_id
