import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedPostgres, startPostgres } from '../postgres/embedded-postgres.ts';
import { databaseOf, prepareServiceDatabases, SERVICES, type Service } from '../services.ts';
import { readPurchaseLog, replayPurchases } from './replay.ts';

let folder: string;
let server: EmbeddedPostgres;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-replay-'));
  server = await startPostgres({ folder });
  await prepareServiceDatabases({ url: server.url, replicatorPassword: 'secret' });
});

afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function select(service: Service, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: server.url(databaseOf(service)) });
  await client.connect();
  try {
    return (await client.query({ text, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

describe('a purchase log', () => {
  it('becomes customers, orders and payments to the cent', async () => {
    const file = join(folder, 'log.txt');
    writeFileSync(file, '7 19970101 3 10.00\n7 19961231 1 0.00\n00012 19970315 2 29.33\n');
    const urls = Object.fromEntries(SERVICES.map((service) => [service, server.url(databaseOf(service))]));
    const result = await replayPurchases({ urls: urls as Record<Service, string>, purchases: readPurchaseLog(file) });
    expect(result).toEqual({ orders: 3, customers: 2, units: 6, cents: 3933n });
    expect(
      await select('user', 'select id::int, (created_at at time zone $$UTC$$)::text from users order by id'),
    ).toEqual([
      [7, '1996-12-31 12:00:00'],
      [12, '1997-03-15 12:00:00'],
    ]);
    expect(await select('user', 'select count(*)::int from profiles join users on user_id = id')).toEqual([[2]]);
    const lines = `
      select o.id::int, customer_id::int, status, (ordered_at at time zone 'UTC')::text, quantity, unit_price, gross_amount,
        discount_amount, tax_amount
      from orders o join order_items i on order_id = o.id order by 1`;
    expect(await select('order', lines)).toEqual([
      [1, 7, 'delivered', '1997-01-01 12:00:00', 3, '3.3333', '10.00', '0.00', '0.00'],
      [2, 7, 'delivered', '1996-12-31 12:00:00', 1, '0.0000', '0.00', '0.00', '0.00'],
      [3, 12, 'delivered', '1997-03-15 12:00:00', 2, '14.6650', '29.33', '0.00', '0.00'],
    ]);
    expect(await select('payment', 'select order_id::int, amount, status from payments order by 1')).toEqual([
      [1, '10.00', 'captured'],
      [2, '0.00', 'captured'],
      [3, '29.33', 'captured'],
    ]);
    const next = "insert into users (email) values ('next@example.com') returning id::int";
    expect(await select('user', next)).toEqual([[13]]);
  });

  it('is refused when there is no such file', () => {
    expect(() => readPurchaseLog(join(folder, 'none'))).toThrow(
      expect.objectContaining({ code: 'DEMO_PURCHASES_UNREADABLE' }),
    );
  });
});
