import pg from 'pg';
import { SERVICES, type Service } from '../../demo/services.ts';
import type { Random } from '../../warehouse/testing/random.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const around = (moment: string, spanMs: number) => (random: Random) => Date.parse(moment) + random.below(spanMs);

/** Where clocks and calendars do something unusual. */
const MOMENTS: readonly ((random: Random) => number)[] = [
  around('2024-03-30T22:00:00Z', 7 * HOUR), // Berlin: an hour less
  around('2024-10-26T21:00:00Z', 8 * HOUR), // and one more
  around('2024-03-10T02:00:00Z', 8 * HOUR), // New York and St. John's
  around('2024-11-03T02:00:00Z', 8 * HOUR),
  around('2024-04-06T12:00:00Z', 8 * HOUR), // Lord Howe: half an hour more
  around('2024-10-05T12:00:00Z', 8 * HOUR), // and less
  around('2024-03-10T03:00:00Z', 4 * HOUR), // Havana: midnight is skipped
  around('2024-11-03T03:00:00Z', 4 * HOUR), // and comes twice
  around('2024-02-28T10:00:00Z', 2 * DAY), // a leap day
  around('2023-12-28T00:00:00Z', 10 * DAY), // years that are not those of weeks
  around('2020-12-20T00:00:00Z', 25 * DAY), // a week 53
  around('2023-01-01T00:00:00Z', 900 * DAY),
  around('2023-01-01T00:00:00Z', 900 * DAY),
];

export const AWKWARD_STARTS = [
  ...['2024-03-30', '2024-10-26', '2024-03-09', '2024-11-02', '2024-04-06', '2024-10-05', '2024-02-27'],
  ...['2023-12-29', '2024-12-28', '2020-12-21', '2021-01-04'],
];

export const AWKWARD_ZONES = [
  ...['UTC', 'UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/St_Johns'],
  ...['America/Havana', 'Pacific/Apia'],
];

/** Writes to the services as they would, on top of what they have. */
export interface AwkwardHistory {
  /** Orders of several items, currencies, payments and refunds, at such moments and in the last weeks. */
  putOrders(count: number): Promise<void>;
  /** Corrections: of orders, items, refunds, rates, categories, profiles, sagas. Some are deleted. */
  correct(): Promise<void>;
  close(): Promise<void>;
}

export async function openAwkwardHistory(
  urls: Readonly<Record<Service, string>>,
  random: Random,
): Promise<AwkwardHistory> {
  const clients = new Map(
    SERVICES.map((service) => [
      service,
      // Rows may refer to what is not there any more, as between databases.
      new pg.Client({ connectionString: urls[service], options: '-c session_replication_role=replica' }),
    ]),
  );
  await Promise.all([...clients.values()].map((client) => client.connect()));
  const run = async (service: Service, sql: string, values: readonly (string | number | null)[] = []) => {
    await clients.get(service)?.query(sql, [...values]);
  };
  const { pick, below } = random;
  const amount = (most: number) => `${below(most)}.${String(below(100)).padStart(2, '0')}`;
  // The same for all of a day, so that a seed repeats it.
  const now = Math.floor(Date.now() / DAY) * DAY;
  const moment = () => new Date(below(6) === 0 ? now - below(60 * DAY) : pick(MOMENTS)(random)).toISOString();
  let order = 1_000_000;
  let payment = 1_000_000;

  async function putOrder(): Promise<void> {
    order++;
    const at = moment();
    const status = pick(['paid', 'shipped', 'delivered', 'delivered', 'pending', 'cancelled']);
    const place = [
      pick(['web', 'store', "o'clock", '']),
      pick(['north', 'south', 'europe', '']),
      pick(['DE', 'US', 'NP']),
    ];
    const currency = pick(['USD', 'USD', 'EUR', 'JPY', 'XXX']);
    await run(
      'order',
      `insert into orders (id, customer_id, status, channel, region, country, currency, ordered_at, updated_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $8)`,
      [order, 1 + below(50), status, ...place, currency, at],
    );
    const items = 1 + below(4);
    for (let item = 0; item < items; item++) {
      // Orders that were for nothing have refunds, too.
      const [gross, discount] = below(12) === 0 ? ['5.00', '5.00'] : [amount(300), amount(9)];
      await run(
        'order',
        `insert into order_items
          (id, order_id, product_id, quantity, unit_price, unit_cost, gross_amount, discount_amount, tax_amount)
        values ($1, $2, $3, $4, 1.2345, $5, $6, $7, $8)`,
        [
          order * 10 + item,
          order,
          1 + below(30),
          1 + below(9),
          `${below(20)}.${1000 + below(9000)}`,
          gross,
          discount,
          amount(20),
        ],
      );
    }
    for (let n = below(3); n > 0; n--) {
      payment++;
      await run(
        'payment',
        `insert into payments (id, order_id, amount, currency, method, provider, status, created_at, captured_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [
          ...[payment, order, amount(9), currency, pick(['card', 'wallet', 'transfer', 'invoice'])],
          ...[pick(['adyen', 'stripe', '']), pick(['captured', 'captured', 'failed', 'pending']), at],
          pick([null, new Date(Date.parse(at) + below(100_000)).toISOString()]),
        ],
      );
      if (below(2) === 0) {
        const item = below(2) === 0 ? null : order * 10 + below(items);
        await run(
          'payment',
          `insert into refunds (payment_id, order_id, order_item_id, amount, status, created_at)
          values ($1, $2, $3, $4, $5, $6)`,
          [payment, order, item, amount(12), pick(['completed', 'completed', 'pending', 'failed']), at],
        );
      }
    }
  }

  async function correct(): Promise<void> {
    const someOrder = () => 1_000_001 + below(order - 1_000_000);
    for (let n = 0; n < 15; n++) {
      await run('order', 'update orders set status = $2 where id = $1', [
        someOrder(),
        pick(['paid', 'cancelled', 'delivered']),
      ]);
      await run('order', 'update orders set ordered_at = $2, currency = $3 where id = $1', [
        someOrder(),
        moment(),
        pick(['USD', 'EUR', 'JPY']),
      ]);
      await run('order', 'update order_items set gross_amount = $2, quantity = $3 where order_id = $1', [
        someOrder(),
        amount(200),
        below(5),
      ]);
      await run('order', 'update order_items set order_id = $2 where id = $1', [someOrder() * 10 + 1, someOrder()]);
      await run('payment', 'update refunds set status = $2, amount = $3 where order_id = $1', [
        someOrder(),
        pick(['completed', 'failed']),
        amount(9),
      ]);
    }
    for (let n = 0; n < 4; n++) {
      const gone = someOrder();
      await run('order', 'with o as (delete from orders where id = $1) delete from order_items where order_id = $1', [
        gone,
      ]);
      await run('order', 'delete from order_items where id = $1', [someOrder() * 10]);
      await run('payment', 'delete from refunds where order_id = $1', [someOrder()]);
    }
    for (const month of ['2020-12', '2021-01', '2023-06', '2023-12', '2024-02', '2024-03', '2024-10', '2024-12']) {
      for (const [currency, level] of [
        ['EUR', 1],
        ['JPY', 0],
      ] as const) {
        await run(
          'order',
          `insert into exchange_rates (currency, valid_from, rate) values ($1, $2, $3)
          on conflict (currency, valid_from) do update set rate = excluded.rate`,
          [currency, `${month}-${pick(['01', '15'])}`, `${level}.${String(below(10_000)).padStart(4, '0')}000007`],
        );
      }
    }
    await run('order', "delete from exchange_rates where valid_from = '2024-11-01'");
    await run(
      'inventory',
      `insert into categories (id, parent_id, name)
      values (90001, null, 'Roots'), (90002, 90001, 'Stems'), (90003, 90002, 'Leaves'), (90004, 90003, 'Veins'), (90005, 90002, '')`,
    );
    await run('inventory', 'update products set category_id = $1 where id % 7 = $2', [90001 + below(4), below(7)]);
    await run('inventory', 'update products set category_id = $1 where id % 7 = $2', [90003, below(7)]);
    // One without a name, below others that have one.
    await run('inventory', 'update products set category_id = 90005 where id % 7 = $1', [below(7)]);
    await run('inventory', 'update products set category_id = null where id % 11 = $1', [below(11)]);
    await run(
      'inventory',
      "update categories set parent_id = 90002, name = 'Moved' where id = (select min(id) from categories where parent_id is not null)",
    );
    await run('user', "update profiles set segment = '' where user_id % 6 = $1", [below(6)]);
    await run('user', 'delete from profiles where user_id % 9 = $1', [below(9)]);
    for (const service of SERVICES) {
      await run(
        service,
        'delete from event_store where compensates is null and id % 29 = $1 and not exists (select from event_store as e where e.compensates = event_store.id)',
        [below(29)],
      );
      await run(service, "update saga_coordinator set status = 'failed' where ascii(id::text) % 11 = $1", [below(11)]);
    }
  }

  return {
    async putOrders(count) {
      for (let n = 0; n < count; n++) await putOrder();
    },
    correct,
    async close() {
      await Promise.all([...clients.values()].map((client) => client.end()));
    },
  };
}
