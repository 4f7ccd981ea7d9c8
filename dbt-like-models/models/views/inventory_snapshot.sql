{{ config(materialized='view', schema='marts') }}

-- Grain: product, warehouse and day, from the first movement to the last day with any movement. What is on hand is the sum of
-- the movements up to the day.
select
    c.product_id as product_id,
    c.warehouse_id as warehouse_id,
    c.movement_date + day as date,
    c.on_hand as on_hand,
    if(day = 0, c.received, 0) as received,
    if(day = 0, c.shipped, 0) as shipped,
    if(day = 0, c.returned, 0) as returned,
    if(day = 0, c.adjusted, 0) as adjusted
from (
    select
        movement_date,
        product_id,
        warehouse_id,
        received,
        shipped,
        returned,
        adjusted,
        sum(net_quantity) over (partition by product_id, warehouse_id order by movement_date
            rows between unbounded preceding and current row) as on_hand,
        leadInFrame(toNullable(movement_date)) over (partition by product_id, warehouse_id order by movement_date
            rows between unbounded preceding and unbounded following) as next_date
    from {{ ref('daily_inventory_cube') }}
) as c
array join range(toUInt64(coalesce(
    dateDiff('day', c.movement_date, c.next_date),
    dateDiff('day', c.movement_date, (select max(movement_date) from {{ ref('daily_inventory_cube') }})) + 1
))) as day
