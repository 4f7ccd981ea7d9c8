import type { Random } from '../../../warehouse/testing/random.ts';
import type { Shop } from '../../../warehouse/testing/shop.ts';

/** Where calendars and clocks do something unusual, and the last days. */
const MOMENTS: readonly ((random: Random) => number)[] = [
  (random) => Date.parse('2024-03-31T00:00:00Z') + random.below(5 * 3600_000), // summer time begins in Europe
  (random) => Date.parse('2024-10-26T22:00:00Z') + random.below(6 * 3600_000), // and ends
  (random) => Date.parse('2024-11-03T03:00:00Z') + random.below(6 * 3600_000), // and in New York
  (random) => Date.parse('2024-02-28T12:00:00Z') + random.below(48 * 3600_000), // a leap day
  (random) => Date.parse('2023-12-28T00:00:00Z') + random.below(10 * 86_400_000), // years that are not those of weeks
  (random) => Date.parse('2020-12-20T00:00:00Z') + random.below(25 * 86_400_000), // a week 53
  (random) => Date.parse('2023-01-01T00:00:00Z') + random.below(900 * 86_400_000),
  (random) => Date.parse('2023-01-01T00:00:00Z') + random.below(900 * 86_400_000),
  (random) => Date.now() - random.below(60 * 86_400_000),
];

/** Orders of several items, currencies and payments at such moments, some without customer, region or rate; for tests. */
export function putOrders(shop: Shop, random: Random): void {
  const pick = random.pick;
  for (const month of ['2020-12', '2021-01', '2023-06', '2024-02', '2024-03', '2024-10', '2024-12']) {
    for (const currency of ['EUR', 'JPY'])
      shop.put('exchange_rates', [currency, `${month}-01`, `1.${random.below(9_999)}`]);
  }
  for (let order = 1000; order < 1260; order++) {
    const moment = new Date(pick(MOMENTS)(random)).toISOString().replace('T', ' ').replace('Z', '+00');
    const id = String(order);
    const status = pick(['paid', 'shipped', 'delivered', 'delivered', 'cancelled']);
    const place = [pick(['web', 'store', '', "o'clock"]), pick(['north', 'south', '']), pick(['DE', 'US'])];
    shop.put('orders', [id, String(random.below(12)), status, ...place, pick(['USD', 'EUR', 'JPY']), moment]);
    for (let item = 0; item <= random.below(3); item++) {
      const amounts = [
        `${random.below(300)}.${10 + random.below(90)}`,
        `${random.below(9)}.05`,
        `${random.below(20)}.37`,
      ];
      const keys = [String(order * 10 + item), id, String(random.below(20))];
      shop.put('order_items', [...keys, String(1 + random.below(9)), '1.2345', ...amounts, '9.9900']);
    }
    for (let payment = 0; payment < random.below(3); payment++) {
      const state = [pick(['card', 'wallet', 'transfer']), 'p', null, pick(['captured', 'captured', 'failed'])];
      shop.put('payments', [
        String(order * 10 + payment),
        id,
        `${random.below(9)}.00`,
        'EUR',
        ...state,
        moment,
        moment,
      ]);
    }
    if (random.below(5) === 0) shop.put('refunds', [id, id, null, '7.77', 'completed', '1', null, moment]);
  }
}
