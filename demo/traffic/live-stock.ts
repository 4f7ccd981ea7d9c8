import type { ServicePools, ServiceTransaction } from './service-transaction.ts';

export interface ItemRow {
  readonly id: string;
  readonly product_id: string;
  readonly quantity: number;
}

/** In the order of products, so that two orders never wait for each other's stock. */
export async function readItems(pools: ServicePools, orderId: number): Promise<ItemRow[]> {
  const { rows } = await pools.order.query<ItemRow>(
    'select id, product_id, quantity from order_items where order_id = $1 order by product_id, id',
    [orderId],
  );
  return rows;
}

/** Sets an order's goods aside, after a receipt if there are too few. */
export async function reserve(
  transaction: ServiceTransaction,
  saga: { orderId: number; warehouseId: number },
  item: ItemRow,
): Promise<void> {
  const place = [Number(item.product_id), saga.warehouseId] as const;
  const [level] = await transaction.read<{ available: number }>(
    `select on_hand - reserved as available
    from stock_levels
    where product_id = $1
      and warehouse_id = $2
    for update`,
    place,
  );
  if ((level?.available ?? 0) < item.quantity) await receiveStock(transaction, place, item.quantity + 100);
  await transaction.change(
    `update stock_levels
    set reserved = reserved + $3, updated_at = now()
    where product_id = $1
      and warehouse_id = $2`,
    [...place, item.quantity],
  );
  await transaction.change(
    `insert into reservations (order_id, order_item_id, product_id, warehouse_id, quantity, status)
    values ($1, $2, $3, $4, $5, 'reserved')`,
    [saga.orderId, Number(item.id), ...place, item.quantity],
  );
}

/** A delivery from a supplier. */
export async function receiveStock(
  transaction: ServiceTransaction,
  [productId, warehouseId]: readonly [number, number],
  quantity: number,
): Promise<void> {
  await transaction.change(
    `insert into stock_levels (product_id, warehouse_id, on_hand)
    values ($1, $2, $3)
    on conflict (product_id, warehouse_id) do update
    set on_hand = stock_levels.on_hand + excluded.on_hand, updated_at = now()`,
    [productId, warehouseId, quantity],
  );
  await transaction.change(
    `insert into stock_movements (product_id, warehouse_id, kind, quantity)
    values ($1, $2, 'receipt', $3)`,
    [productId, warehouseId, quantity],
  );
  const payload = { warehouse_id: warehouseId, quantity };
  const event = { aggregateType: 'product', aggregateId: productId, type: 'stock_received', payload };
  await transaction.completed({ ...event, sagaType: 'stock_receipt' });
}

/** The goods leave, or go back to where they can be sold. */
export async function endReservations(
  transaction: ServiceTransaction,
  orderId: number,
  status: 'shipped' | 'released',
): Promise<void> {
  const ended = await transaction.change<{ product_id: string; warehouse_id: string; quantity: number }>(
    `update reservations
    set status = $2, updated_at = now()
    where order_id = $1
      and status = 'reserved'
    returning product_id, warehouse_id, quantity`,
    [orderId, status],
  );
  ended.sort((a, b) => Number(a.product_id) - Number(b.product_id));
  for (const { product_id, warehouse_id, quantity } of ended) {
    await transaction.change(
      `update stock_levels
      set reserved = reserved - $3, on_hand = on_hand - $4, updated_at = now()
      where product_id = $1
        and warehouse_id = $2`,
      [product_id, warehouse_id, quantity, status === 'shipped' ? quantity : 0],
    );
    if (status === 'released') continue;
    await transaction.change(
      `insert into stock_movements (product_id, warehouse_id, kind, quantity, order_id)
      values ($1, $2, 'shipment', $3, $4)`,
      [product_id, warehouse_id, -quantity, orderId],
    );
  }
}
