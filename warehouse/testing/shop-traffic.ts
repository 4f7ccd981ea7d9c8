import type { Random } from './random.ts';
import type { Shop } from './shop.ts';

/** Changes a row of so many orders, or of whatever else `SMALL_MODELS` read; what it belongs to may be there or not. */
export function changeOrders(shop: Shop, random: Random, orders = 60): void {
  const id = (below: number): string => String(1 + random.below(below));
  const at = `2024-0${1 + random.below(9)}-03 12:00:00+00`;
  const n = random.below(12);
  if (n === 0) shop.remove(random.pick(['orders', 'order_items'] as const), id(orders));
  else if (n < 4) {
    const channel = random.pick(['web', 'store']);
    shop.put('orders', [id(orders), id(10), 'paid', channel, 'north', 'DE', 'EUR', at]);
  } else if (n < 9) {
    shop.put('order_items', [
      id(2 * orders),
      id(orders),
      id(20),
      id(9),
      '1.2345',
      `${random.below(200)}.50`,
      '0.50',
      '1.00',
    ]);
  } else if (n < 10) shop.put('activity', [id(20), id(10), random.pick(['view', 'search']), at, null]);
  else if (n < 11) shop.put('products', [id(20), `sku${n}`, `p${random.below(5)}`, id(4), '9.99', '1.25', 't']);
  else shop.put('categories', [id(4), null, `c${random.below(5)}`]);
}
