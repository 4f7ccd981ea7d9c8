{{ config(
    materialized='table',
    unique_key=['order_id', 'product_a', 'product_b'],
    meta={'maintenance': {
        'strategy': 'by_key',
        'key': 'order_id',
        'inputs': {'sales_fact': 'order_id'}
    }}
) }}

-- Grain: one row for each pair of different products sold in one order, the lower id first. An order of n products has
-- n (n - 1) / 2 pairs, so orders of very many are left out.
select
    o.order_id as order_id,
    tupleElement(pair, 1) as product_a,
    tupleElement(pair, 2) as product_b
from (
    select
        f.order_id as order_id,
        arraySort(groupUniqArray(f.product_id)) as products
    from {{ ref('sales_fact') }} as f
    group by f.order_id
    having length(products) between 2 and {{ var('affinity_max_products') }}
) as o
array join arrayFlatten(arrayMap(
    i -> arrayMap(j -> (o.products[i], o.products[j]), range(i + 1, length(o.products) + 1)),
    range(1, length(o.products))
)) as pair
