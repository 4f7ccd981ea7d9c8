import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PUBLISHED_ERRORS } from '../warehouse/published/errors.ts';
import { modelAt, partsAt, readPublished } from '../warehouse/published/published.ts';
import { createRandom } from '../warehouse/testing/random.ts';
import { createDirectReading } from './direct-client.ts';
import { type ModelledShop, openModelledShop } from './fixture/modelled-shop.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);

let shop: ModelledShop;
beforeAll(async () => {
  shop = await openModelledShop(createRandom(SEED));
  await shop.publish(400);
});
afterAll(() => shop?.close());

/** A client, and every query that the server was asked through it. */
function watched(): { client: ClickHouseClient; asked: string[] } {
  const asked: string[] = [];
  const query = (each: { query: string }) => {
    asked.push(each.query);
    return shop.warehouse.client.query(each as Parameters<ClickHouseClient['query']>[0]);
  };
  return { client: createDirectReading({ query } as unknown as ClickHouseClient).client, asked };
}

const published = async (): Promise<string> => (await readPublished(shop.warehouse.client))?.watermark ?? '';

/** Rows of a relation in one text, in their order. */
async function rowsOf(client: ClickHouseClient, relation: string, watermark: string): Promise<string> {
  const result = await client.query({
    query: `select * from ${relation} order by all`,
    query_params: { watermark },
    format: 'TabSeparated',
  });
  return result.text();
}

async function relations(): Promise<string[]> {
  const result = await shop.warehouse.client.query({
    query: `select name from system.tables where database = 'store' and engine = 'View' and name not like '%history%'`,
    format: 'JSONEachRow',
  });
  return (await result.json<{ name: string }>()).map(({ name }) =>
    name.endsWith('_parts_at') ? partsAt(name.slice(0, -'_parts_at'.length)) : modelAt(name.slice(0, -'_at'.length)),
  );
}

test(`every model is read without its view, and has the rows of its view (seed ${SEED})`, async () => {
  const earlier = await published();
  await shop.publish(60);
  const now = await published();
  expect(BigInt(now)).toBeGreaterThan(BigInt(earlier));
  const { client, asked } = watched();
  for (const relation of await relations()) {
    for (const watermark of [now, earlier]) {
      const rows = await rowsOf(client, relation, watermark);
      expect(asked.at(-1), relation).not.toContain('_at`(');
      expect(rows, relation).toBe(await rowsOf(shop.warehouse.client, relation, watermark));
    }
  }
  // Now and then what was read before is too old.
  expect(asked.filter((sql) => sql.includes('as_select')).length).toBeLessThan(asked.length / 10);
});

test('a view that is another at a newer watermark is noticed, and views that are the same are not read again', async () => {
  const { client, asked } = watched();
  const admin = shop.warehouse.client;
  const relation = modelAt('reporting_currency');
  const lookUps = () => asked.filter((sql) => sql.includes('as_select')).length;
  expect(await rowsOf(client, relation, await published())).toBe('USD\n');
  await shop.publish(20);
  expect(await rowsOf(client, relation, await published())).toBe('USD\n');
  expect(lookUps()).toBe(1);
  const view = await admin.query({
    query: `select as_select from system.tables where database = 'store' and name = 'reporting_currency_at'`,
    format: 'JSONEachRow',
  });
  const [row] = await view.json<{ as_select: string }>();
  const replace = (sql = '') =>
    admin.command({ query: `create or replace view store.reporting_currency_at as ${sql}` });
  await replace(row?.as_select.replace('SELECT currency FROM', "SELECT concat(currency, ' too') AS currency FROM"));
  await shop.publish(20);
  expect(await rowsOf(client, relation, await published())).toBe('USD too\n');
  expect(lookUps()).toBe(2);
  expect(asked.at(-1)).not.toContain('_at`(');
  await replace(row?.as_select);
});

test('a watermark that the views refuse is refused', async () => {
  await shop.warehouse.client.command({
    query: `insert into millrace.readable_from (store_table, watermark) values ('', 1000000)`,
  });
  try {
    const { client } = watched();
    await expect(rowsOf(client, modelAt('sales_fact'), await published())).rejects.toThrow(
      PUBLISHED_ERRORS.stateGone.code,
    );
  } finally {
    await shop.warehouse.client.command({ query: 'delete from millrace.readable_from where watermark = 1000000' });
  }
});

test('models that are exchanged between looking up and asking are read through their views', async () => {
  const { client, asked } = watched();
  const relation = modelAt('customer_dimension');
  const now = await published();
  const before = await rowsOf(client, relation, now);
  const [, former = ''] = /store\.(customer_dimension__g\d+)/.exec(asked.at(-1) ?? '') ?? [];
  const admin = shop.warehouse.client;
  const view = await admin.query({
    query: `select as_select from system.tables where database = 'store' and name = 'customer_dimension_at'`,
    format: 'JSONEachRow',
  });
  const [row] = await view.json<{ as_select: string }>();
  await admin.command({ query: `rename table store.${former} to store.customer_dimension__g9999` });
  await admin.command({
    query: `create or replace view store.customer_dimension_at as ${row?.as_select.replaceAll(former, 'customer_dimension__g9999')}`,
  });
  expect(before).not.toBe('');
  expect(await rowsOf(client, relation, now)).toBe(before);
  expect(asked.at(-1)).toContain('customer_dimension_at');
  // The next one looks again.
  expect(await rowsOf(client, relation, now)).toBe(before);
  expect(asked.at(-1)).toContain('customer_dimension__g9999');
});
