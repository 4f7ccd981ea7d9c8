import type { Random } from './random.ts';
import type { Row, Shop, ShopTable } from './shop.ts';

const id = (random: Random, below: number) => String(1 + random.below(below));
const money = (random: Random, below: number) => `${random.below(below)}.${String(random.below(100)).padStart(2, '0')}`;
const moment = (random: Random) =>
  `2024-0${1 + random.below(9)}-0${1 + random.below(9)} 12:00:0${random.below(10)}.${String(random.below(1000)).padStart(3, '0')}+00`;
const text = (random: Random) => `v${random.below(5)}`;
const uuid = (random: Random, below: number) =>
  `00000000-0000-0000-0000-${String(random.below(below)).padStart(12, '0')}`;
const orNull = <T>(random: Random, value: T) => (random.below(5) === 0 ? null : value);

interface RandomTable {
  /** How often it is changed, against the others. */
  readonly weight: number;
  /** Few, so that changes meet. */
  readonly key: (random: Random) => readonly string[];
  /** What comes behind the key. */
  readonly rest: (random: Random) => Row;
}

const keyBelow = (below: number) => (random: Random) => [id(random, below)];

const SAGAS: RandomTable = {
  weight: 1,
  key: (random) => [uuid(random, 20)],
  rest: (random) => [
    orNull(random, uuid(random, 12)),
    random.pick(['order', 'refund']),
    random.pick(['running', 'completed', 'compensating', 'compensated', 'failed']),
    moment(random),
    orNull(random, moment(random)),
  ],
};
const EVENTS: RandomTable = {
  weight: 1,
  key: keyBelow(30),
  rest: (random) => [
    orNull(random, uuid(random, 12)),
    random.pick(['order', 'product']),
    random.pick(['1', '2', 'none']),
    text(random),
    random.pick(['succeeded', 'failed', 'compensated']),
    moment(random),
  ],
};

const TABLES: Readonly<Record<ShopTable, RandomTable>> = {
  orders: {
    weight: 4,
    key: keyBelow(60),
    rest: (random) => [
      id(random, 10),
      random.pick(['pending', 'paid', 'shipped', 'delivered', 'cancelled']),
      random.pick(['web', 'store']),
      random.pick(['north', 'south']),
      'DE',
      random.pick(['USD', 'EUR', 'EUR', 'JPY']),
      moment(random),
    ],
  },
  order_items: {
    weight: 6,
    key: keyBelow(60),
    rest: (random) => [
      id(random, 60),
      id(random, 20),
      id(random, 9),
      '1.2345',
      money(random, 200),
      random.below(4) === 0 ? money(random, 20) : '0.00',
      money(random, 10),
      '9.9900',
    ],
  },
  order_status_history: {
    weight: 2,
    key: keyBelow(60),
    rest: (random) => [id(random, 60), random.pick(['paid', 'shipped', 'delivered']), moment(random)],
  },
  exchange_rates: {
    weight: 2,
    key: (random) => [random.pick(['EUR', 'JPY']), moment(random).slice(0, 10)],
    rest: (random) => [`1.${random.below(10_000)}`],
  },
  payments: {
    weight: 2,
    key: keyBelow(40),
    rest: (random) => [
      id(random, 60),
      money(random, 300),
      random.pick(['USD', 'EUR']),
      random.pick(['card', 'wallet']),
      'p',
      orNull(random, text(random)),
      random.pick(['pending', 'captured', 'failed']),
      moment(random),
      orNull(random, moment(random)),
    ],
  },
  refunds: {
    weight: 4,
    key: keyBelow(60),
    rest: (random) => [
      id(random, 60),
      random.below(2) === 0 ? null : id(random, 60),
      money(random, 50),
      random.pick(['completed', 'completed', 'failed']),
      id(random, 40),
      orNull(random, text(random)),
      moment(random),
    ],
  },
  users: {
    weight: 2,
    key: keyBelow(60),
    rest: (random) => [`${text(random)}@example.com`, 'active', '2023-01-01 00:00:00+00'],
  },
  profiles: {
    weight: 2,
    key: keyBelow(60),
    rest: (random) => [
      text(random),
      text(random),
      text(random),
      text(random),
      'DE',
      random.pick(['gold', 'basic']),
      text(random),
      orNull(random, text(random)),
    ],
  },
  roles: { weight: 1, key: keyBelow(4), rest: (random) => [text(random), null] },
  user_roles: { weight: 1, key: (random) => [id(random, 60), id(random, 4)], rest: (random) => [moment(random)] },
  activity: {
    weight: 2,
    key: keyBelow(60),
    rest: (random) => [
      id(random, 60),
      text(random),
      moment(random),
      random.pick([null, 'null', '[]', '{"product_id": 7}', '{"product_id": "7"}', '12345678901234567890.5']),
    ],
  },
  products: {
    weight: 2,
    // 0 as well, which is the unknown product otherwise.
    key: (random) => [String(random.below(20))],
    rest: (random) => [
      text(random),
      text(random),
      orNull(random, id(random, 8)),
      money(random, 90),
      money(random, 50),
      't',
    ],
  },
  categories: {
    weight: 2,
    key: keyBelow(8),
    // Parents may form a circle.
    rest: (random) => [random.below(2) === 0 ? null : id(random, 8), text(random)],
  },
  warehouses: { weight: 1, key: keyBelow(3), rest: (random) => [text(random), text(random), 'DE'] },
  stock_levels: {
    weight: 2,
    key: (random) => [id(random, 20), id(random, 3)],
    rest: (random) => [String(random.below(100)), String(random.below(10)), moment(random)],
  },
  stock_movements: {
    weight: 2,
    key: keyBelow(60),
    rest: (random) => [
      id(random, 20),
      id(random, 3),
      random.pick(['receipt', 'shipment', 'return', 'adjustment']),
      String(random.below(40) - 20),
      orNull(random, id(random, 60)),
      moment(random),
    ],
  },
  templates: {
    weight: 1,
    key: keyBelow(5),
    rest: (random) => [text(random), 'email', orNull(random, text(random)), moment(random)],
  },
  notifications: {
    weight: 2,
    key: keyBelow(40),
    rest: (random) => [
      id(random, 60),
      id(random, 5),
      random.pick(['email', 'sms']),
      orNull(random, id(random, 60)),
      moment(random),
    ],
  },
  deliveries: {
    weight: 2,
    key: keyBelow(60),
    rest: (random) => [
      id(random, 40),
      id(random, 3),
      random.pick(['queued', 'sent', 'delivered', 'bounced']),
      orNull(random, text(random)),
      moment(random),
    ],
  },
  user_sagas: SAGAS,
  user_events: EVENTS,
  inventory_sagas: SAGAS,
  inventory_events: EVENTS,
  order_sagas: SAGAS,
  order_events: EVENTS,
  payment_sagas: SAGAS,
  payment_events: EVENTS,
  notification_sagas: SAGAS,
  notification_events: EVENTS,
};

const DRAW = Object.entries(TABLES).flatMap(([table, { weight }]) => Array<ShopTable>(weight).fill(table as ShopTable));

/** A table that the models read: the ones that matter most come most often. */
export function randomTable(random: Random): ShopTable {
  return random.pick(DRAW);
}

/** A key that the table has, or may have. */
export function randomKey(table: ShopTable, random: Random): readonly string[] {
  return TABLES[table].key(random);
}

/** A row with this key; whatever it belongs to may be there or not. */
export function randomRow(table: ShopTable, key: readonly string[], random: Random): Row {
  return [...key, ...TABLES[table].rest(random)];
}

/** Puts or removes a row of any table that the models read. */
export function changeSomething(shop: Shop, random: Random): void {
  const table = randomTable(random);
  const key = randomKey(table, random);
  if (random.below(6) === 0) shop.remove(table, ...key);
  else shop.put(table, randomRow(table, key, random));
}
