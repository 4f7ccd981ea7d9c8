{{ config(materialized='view', schema='bi') }}

select
    a.activity_id as activity_id,
    a.activity_date as activity_date,
    a.occurred_at as occurred_at,
    a.kind as kind,
    a.customer_id as customer_id,
    {{ known('c.segment', 'c.customer_id') }} as customer_segment,
    a.product_id as product_id,
    {{ known('p.name', 'p.product_id') }} as product
from {{ ref('user_activity_fact') }} as a
left join {{ ref('customer_dimension') }} as c on c.customer_id = a.customer_id
left join {{ ref('product_dimension') }} as p on p.product_id = a.product_id
