{{ config(
    materialized='table',
    unique_key=['product_a', 'product_b'],
    meta={'maintenance': {
        'strategy': 'additive',
        'input': 'product_pair_fact',
        'entity': 'order_id',
        'row_count': 'orders'
    }}
) }}

-- Grain: two products that were sold in one order, the lower id first.
select
    product_a,
    product_b,
    count() as orders
from {{ ref('product_pair_fact') }}
group by product_a, product_b
