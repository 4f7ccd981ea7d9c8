import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRandom } from '../../../warehouse/testing/random.ts';
import { answerSchemas } from '../../fixture/answer-schema.ts';
import { exactParse } from '../../fixture/exact-parse.ts';
import { type ModelledShop, openModelledShop } from '../../fixture/modelled-shop.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);
const random = createRandom(SEED);

let shop: ModelledShop;
let wrongBySchema: Awaited<ReturnType<typeof answerSchemas>>;
beforeAll(async () => {
  shop = await openModelledShop(random);
  wrongBySchema = await answerSchemas(shop.app);
});
afterAll(() => shop?.close());

type Row = Record<string, string | boolean | null>;
interface Answer {
  data: Row[];
  meta: { window: { from: string; to: string } | null; items: string; is_truncated: boolean };
}

async function ask(query = ''): Promise<Answer> {
  const answer = await shop.app.inject(`/v1/reports/inventory?limit=10000${query}`);
  expect(answer.statusCode, answer.body).toBe(200);
  expect(wrongBySchema('/v1/reports/inventory', answer.body)).toBeNull();
  return exactParse(answer.body);
}

async function select(query: string): Promise<Row[]> {
  return (await shop.warehouse.client.query({ query, format: 'JSONEachRow' })).json<Row>();
}

/** Straight from the movements: every item on every day of the window, with what was on hand before and after. */
function plainly(options: { end: string; days: number; leadTime: number; level: number; byProduct: boolean }) {
  const { end, days, leadTime, level, byProduct } = options;
  const place = byProduct ? '0' : 'warehouse_id';
  return select(`
    with
      moved as (select product_id, ${place} as place, movement_date, kind, quantity from marts.inventory_movement_fact),
      levels as (
        select product_id, ${place} as place, sum(on_hand) as on_hand, sum(reserved) as reserved, sum(inventory_value) as value
        from marts.inventory_position group by product_id, place
      ),
      items as (select product_id, place from moved union distinct select product_id, place from levels),
      each_day as (
        select i.product_id as product_id, i.place as place, d.day as day,
          any(l.on_hand) - sumIf(m.quantity, m.movement_date > d.day) as closing,
          any(l.on_hand) - sumIf(m.quantity, m.movement_date >= d.day) as opening,
          greatest(0, -sumIf(m.quantity, m.movement_date = d.day and m.kind = 'shipment')) as shipped
        from items as i
        cross join (select toDate32('${end}') - number as day from numbers(${days})) as d
        left join levels as l on l.product_id = i.product_id and l.place = i.place
        left join moved as m on m.product_id = i.product_id and m.place = i.place
        group by product_id, place, day
      ),
      demand as (
        select product_id, place,
          countIf(opening > 0 or closing > 0 or shipped > 0) as stocked,
          avgIf(shipped, opening > 0 or closing > 0 or shipped > 0) as mean,
          stddevSampIf(shipped, opening > 0 or closing > 0 or shipped > 0) as deviation,
          sum(shipped) as units, avg(greatest(0, closing)) as mean_stock
        from each_day group by product_id, place
      )
    select d.product_id as product_id, d.place as warehouse_id, toString(l.on_hand) as on_hand, toString(l.reserved) as reserved,
      toString(l.on_hand - l.reserved) as available, toDecimalString(l.value, 2) as inventory_value,
      toString(d.stocked) as days_with_stock, toString(${days} - d.stocked) as days_without_stock,
      toString(d.units) as demand_units, toDecimalString(d.units * p.cost, 2) as demand_value,
      if(d.stocked = 0, null, d.mean) as demand_per_day, if(d.stocked < 2, null, d.deviation) as demand_deviation,
      d.mean_stock as mean_stock, if(mean_stock = 0, null, d.units / ${days} * 365 / mean_stock) as turnover,
      if(d.stocked = 0 or d.mean = 0, null, greatest(0, l.on_hand - l.reserved) / d.mean) as days_of_cover,
      if(d.stocked < 2, null, ${level} * d.deviation * sqrt(${leadTime})) as safety_stock,
      if(d.stocked < 2 or d.deviation = 0, null,
        (1 - erf((l.on_hand - l.reserved - d.mean * ${leadTime}) / d.deviation / sqrt(${leadTime} * 2))) / 2) as risk
    from demand as d
    left join levels as l on l.product_id = d.product_id and l.place = d.place
    left join marts.product_dimension as p on p.product_id = d.product_id`);
}

const EXACT = [
  ...['on_hand', 'reserved', 'available', 'inventory_value', 'days_with_stock', 'days_without_stock'],
  ...['demand_units', 'demand_value'],
];
const FIGURES = [...['demand_per_day', 'demand_deviation', 'mean_stock', 'turnover', 'days_of_cover', 'safety_stock']];

test('before anything is there, nothing is published; without stock there are no items', async () => {
  expect((await shop.app.inject('/v1/reports/inventory')).json()).toMatchObject({ code: 'API_NOTHING_PUBLISHED' });
  await shop.publish(0);
  expect(await ask()).toMatchObject({ data: [], meta: { window: null, items: '0' } });
  shop.shop.put('stock_levels', ['99', '1', '5', '1', '2024-01-01 00:00:00+00']);
  await shop.publish(0);
  // Never moved: nothing is known of its demand.
  expect((await ask()).data).toMatchObject([
    { product: '(unknown)', available: '4', status: 'dead', demand_per_day: null, reorder_point: null, turnover: null },
  ]);
  shop.shop.remove('stock_levels', '99', '1');
});

test(`every figure is that of the movements (seed ${SEED})`, async () => {
  await shop.publish(1_500);
  await shop.publish(300);
  for (const byProduct of [false, true]) {
    for (const days of [400, 1 + random.below(200)]) {
      const leadTime = 1 + random.below(40);
      const { data, meta } = await ask(
        `&window_days=${days}&lead_time_days=${leadTime}&service_level=0.95${byProduct ? '&by=product' : ''}`,
      );
      const [last] = await select('select toString(max(movement_date)) as day from marts.inventory_movement_fact');
      const end = String(last?.day);
      expect(meta.window?.to).toBe(end);
      const plain = await plainly({ end, days, leadTime, level: 1.6448536269514722, byProduct });
      const where = `seed ${SEED}, ${days} days, ${leadTime} of lead time, by product: ${byProduct}`;
      expect(data.length, where).toBe(plain.length);
      expect(data.length).toBeGreaterThan(10);
      const key = (row: Row) => `${row.product_id} ${byProduct ? '0' : row.warehouse_id}`;
      const found = new Map(data.map((row) => [key(row), row]));
      for (const row of plain) {
        const answered = found.get(key(row)) as Row;
        for (const name of EXACT) expect(answered[name], `${where}: ${key(row)} ${name}`).toBe(row[name]);
        for (const name of [...FIGURES, 'risk']) {
          const value = answered[name === 'risk' ? 'stock_out_risk' : name] as string | null;
          // A deviation of 0 leaves nothing to chance, which plain SQL does not know.
          if (name === 'risk' && row.risk === null && Number(row.demand_deviation) === 0) continue;
          if (row[name] === null) expect(value, `${where}: ${key(row)} ${name}`).toBeNull();
          else expect(Number(value), `${where}: ${key(row)} ${name}`).toBeCloseTo(Number(row[name]), 3);
        }
      }
      // The highest value of demand first, in which A comes before B and C.
      const values = data.map((row) => Number(row.demand_value));
      expect(values).toEqual([...values].sort((left, right) => right - left));
      expect(data.map(({ abc }) => abc).join('')).toMatch(/^(A+B*C*|C+)$/);
    }
  }
});

test('groups are the sums of their items, and the cube of stock says the same', async () => {
  const items = (await ask('&window_days=400')).data;
  for (const by of ['warehouse', 'category'] as const) {
    const key = by === 'warehouse' ? 'warehouse_id' : 'category';
    const { data } = await ask(`&window_days=400&by=${by}&order_by=inventory_value&direction=asc`);
    expect(data.map((row) => row[key]).sort()).toEqual([...new Set(items.map((item) => item[key]))].sort());
    for (const group of data) {
      const own = items.filter((item) => item[key] === group[key]);
      expect(group.items).toBe(String(own.length));
      for (const name of ['on_hand', 'reserved', 'available', 'inventory_value', 'demand_units', 'demand_value']) {
        const sum = own.reduce((total, item) => total + Number(item[name]), 0);
        expect(Number(group[name]), `seed ${SEED}: ${by} ${group[key]} ${name}`).toBeCloseTo(sum, 2);
      }
      for (const status of ['ok', 'reorder', 'out_of_stock', 'dead', 'idle']) {
        expect(group[`items_${status}`]).toBe(String(own.filter((item) => item.status === status).length));
      }
    }
    const values = data.map((row) => Number(row.inventory_value));
    expect(values).toEqual([...values].sort((left, right) => left - right));
    const cube = await shop.app.inject({
      method: 'POST',
      url: '/v1/cubes/inventory_position/query',
      payload: { measures: ['on_hand', 'inventory_value'] },
    });
    const [total] = (exactParse(cube.body) as Answer).data;
    const sum = (name: string) => data.reduce((all, row) => all + Number(row[name]), 0);
    expect(sum('on_hand')).toBe(Number(total?.on_hand));
    expect(sum('inventory_value')).toBeCloseTo(Number(total?.inventory_value), 2);
  }
});

test('filters, order, limit, a window that ended earlier', async () => {
  const all = (await ask()).data;
  const one = all[random.below(all.length)] as Row;
  const same = await ask(`&product_id=${one.product_id}&warehouse_id=${one.warehouse_id}`);
  expect(same.data).toHaveLength(1);
  expect(same.data[0]).toMatchObject({ on_hand: one.on_hand, demand_units: one.demand_units });
  const inCategory = await ask(`&category=${encodeURIComponent(String(one.category))}`);
  expect(inCategory.data.length).toBe(all.filter(({ category }) => category === one.category).length);
  for (const name of ['status', 'abc'] as const) {
    const some = await ask(`&${name}=${one[name]}`);
    expect(some.data.map((row) => [row.product_id, row.warehouse_id])).toEqual(
      all.filter((row) => row[name] === one[name]).map((row) => [row.product_id, row.warehouse_id]),
    );
  }
  const answer = await shop.app.inject(
    '/v1/reports/inventory?window_days=400&limit=2&order_by=days_of_cover&direction=asc',
  );
  const top = exactParse(answer.body) as Answer;
  // Those without a value come last, in either direction.
  const covers = (await ask('&window_days=400')).data.map((row) =>
    Number(row.days_of_cover ?? Number.POSITIVE_INFINITY),
  );
  const first = top.data.map((row) => Number(row.days_of_cover ?? Number.POSITIVE_INFINITY));
  expect(first).toEqual(covers.sort((left, right) => (left < right ? -1 : 1)).slice(0, 2));
  expect(top.meta).toMatchObject({ is_truncated: true, items: String(all.length) });
  const earlier = await ask('&window_end=2024-03-31&window_days=60');
  const end = { end: '2024-03-31', days: 60, leadTime: 14, level: 1.6448536269514722, byProduct: false };
  const shipped = (rows: Row[]) => rows.reduce((sum, row) => sum + Number(row.demand_units), 0);
  expect(earlier.meta.window).toMatchObject({ from: '2024-02-01', to: '2024-03-31' });
  expect(shipped(earlier.data)).toBe(shipped(await plainly(end)));
});

test('demand by run of days, and what a best order is', async () => {
  // Ten a day for forty days out of 500, at a cost of 4.00.
  shop.shop.put('products', ['77', 'S77', 'Seventy-seven', null, '9.00', '4.00', 't']);
  shop.shop.put('stock_levels', ['77', '1', '100', '0', '2024-10-10 00:00:00+00']);
  shop.shop.put('stock_movements', ['7700', '77', '1', 'receipt', '500', null, '2024-08-31 08:00:00+00']);
  for (let day = 0; day < 40; day++) {
    const on = new Date(Date.UTC(2024, 8, 1 + day)).toISOString().slice(0, 10);
    shop.shop.put('stock_movements', [`${7701 + day}`, '77', '1', 'shipment', '-10', null, `${on} 12:00:00+00`]);
  }
  await shop.publish(0);
  const { data } = await ask(
    '&product_id=77&method=empirical&lead_time_days=5&window_days=40&window_end=2024-10-10&order_cost=50&holding_rate=0.25',
  );
  expect(data).toMatchObject([
    {
      status: 'ok',
      abc: 'A',
      xyz: 'X',
      demand_per_day: '10',
      demand_deviation: '0',
      days_of_cover: '10',
      safety_stock: '0',
      reorder_point: '50',
      stock_out_risk: '0',
      days_since_sale: '0',
    },
  ]);
  expect(Number(data[0]?.economic_order_quantity)).toBeCloseTo(Math.sqrt((2 * 3650 * 50) / (0.25 * 4)), 3);
  const short = await ask('&product_id=77&lead_time_days=11&window_days=40&window_end=2024-10-10');
  expect(short.data).toMatchObject([{ status: 'reorder', reorder_point: '110', stock_out_risk: '1' }]);
});

test('every wrong parameter is named at once', async () => {
  const wrong = async (query: string) =>
    (await shop.app.inject(`/v1/reports/inventory?${query}`))
      .json()
      .errors.map(({ parameter }: { parameter: string }) => parameter);
  expect(await wrong('by=x&service_level=1&lead_time_days=0&order_cost=-1&window_days=731&abc=D&nothing=1')).toEqual([
    ...['by', 'abc', 'window_days', 'service_level', 'lead_time_days', 'order_cost', 'nothing'],
  ]);
  expect(
    await wrong('abc_a=0.9&abc_b=0.8&xyz_x=2&method=empirical&lead_time_deviation_days=1&lead_time_days=100'),
  ).toEqual(['abc_b', 'xyz_y', 'lead_time_deviation_days', 'lead_time_days']);
  expect(await wrong('by=category&order_by=reorder_point')).toEqual(['order_by']);
});
