-- What the sales of an order bear, less what was refunded of the order or of its items.
select
    order_id,
    sum(signed_amount) as difference
from (
    select order_id, refunds as signed_amount
    from {{ ref('sales_fact') }}
    union all
    select order_id, -amount
    from {{ ref('refund_fact') }}
    where refund_status = 'completed'
        and if(
            is_whole_order,
            order_id in (select order_id from {{ ref('sales_fact') }}),
            (order_id, order_item_id) in (select order_id, order_item_id from {{ ref('sales_fact') }})
        )
)
group by order_id
having difference != 0
