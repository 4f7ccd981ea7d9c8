import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../runtime/logger.ts';
import { type Company, type CompanyOptions, startCompany } from './company.ts';
import { SERVICES, type Service } from './services.ts';

const logger = createLogger({ name: 'test', level: 'error' });
const UNTIL_MS = Date.UTC(2026, 0, 1);

let folder: string;
const companies: Company[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-company-'));
});

afterEach(async () => {
  for (const company of companies.splice(0)) await company.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Partial<CompanyOptions> = {}): Promise<Company> {
  const small = { historyOrders: 300, historyCustomers: 60, historyUntilMs: UNTIL_MS };
  const company = await startCompany({ folder, seed: 1, logger, ...small, ...options });
  companies.push(company);
  return company;
}

async function select(company: Company, service: Service, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: company.adminUrl(service) });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function one(company: Company, service: Service, expression: string): Promise<unknown> {
  return (await select(company, service, `select ${expression} as value`))[0]!.value;
}

async function fingerprint(company: Company): Promise<string[]> {
  const prints: string[] = [];
  for (const service of SERVICES) {
    const tables = await select(
      company,
      service,
      "select tablename as name from pg_tables where schemaname = 'public'",
    );
    const sums = tables.map(({ name }) => {
      // The migrations stamp templates with the time at which they ran.
      const row = name === 'templates' ? 't.name || t.body' : 't::text';
      return `select '${name} ' || coalesce(md5(string_agg(${row}, '|' order by ${row})), 'empty') as print from ${name} t`;
    });
    const rows = await select(company, service, `${sums.join(' union all ')} order by 1`);
    prints.push(...rows.map(({ print }) => `${service}.${print}`));
  }
  return prints;
}

/** What must hold between tables and services at any time that no transaction is under way. */
async function expectSound(company: Company): Promise<void> {
  const stock = `
    (select sum(on_hand) from stock_levels) = (select sum(quantity) from stock_movements)
    and (select sum(reserved) from stock_levels)
      = (select coalesce(sum(quantity), 0) from reservations where status = 'reserved')
    and (select min(on_hand) >= 0 and min(reserved) >= 0 from stock_levels)`;
  expect(await one(company, 'inventory', stock)).toBe(true);
  const amounts = '(select count(*)::int from order_items where round(quantity * unit_price, 2) <> gross_amount)';
  expect(await one(company, 'order', amounts)).toBe(0);
  const last = `(
    select count(*)::int
    from orders o
    where status <> (select to_status from order_status_history h where order_id = o.id order by h.id desc limit 1))`;
  expect(await one(company, 'order', last)).toBe(0);
  const totals = await select(
    company,
    'order',
    `
    select o.id, o.status, sum(gross_amount - discount_amount + tax_amount) as total
    from orders o join order_items i on order_id = o.id group by o.id`,
  );
  const totalOf = new Map(totals.map(({ id, status, total }) => [id, { status, total }]));
  const payments = await select(company, 'payment', 'select order_id, amount, status from payments');
  for (const { order_id, amount, status } of payments) {
    expect(totalOf.get(order_id)?.total).toBe(amount);
    if (status === 'captured') expect(totalOf.get(order_id)?.status).not.toBe('cancelled');
  }
  const refunded = `(
    select count(*)::int
    from payments p
    where amount < (select sum(r.amount) from refunds r where r.payment_id = p.id and r.status <> 'failed'))`;
  expect(await one(company, 'payment', refunded)).toBe(0);
}

describe('the company', () => {
  it('has a sound history that the same seed gives again', async () => {
    const first = await start();
    await expectSound(first);
    const print = await fingerprint(first);
    expect(await one(first, 'order', '(select count(*)::int from orders)')).toBe(300);
    expect(print.filter((line) => line.endsWith(' empty'))).toEqual([]);
    await first.stop();
    rmSync(folder, { recursive: true });
    expect(await fingerprint(await start())).toEqual(print);
    await companies.at(-1)!.stop();
    rmSync(folder, { recursive: true });
    expect(await fingerprint(await start({ seed: 2 }))).not.toEqual(print);
  });

  it('continues with what it has when started again', async () => {
    const first = await start();
    const print = await fingerprint(first);
    const before = await one(first, 'user', "current_setting('server_version')");
    expect(before).toMatch(/^18/);
    await first.stop();
    const progress: string[] = [];
    const second = await start({ seed: 9, onProgress: (text) => progress.push(text) });
    expect(progress).toEqual(['starting Postgres']);
    expect(await fingerprint(second)).toEqual(print);
  });

  it('makes its history anew when the first time was cut short', async () => {
    const first = await start();
    const print = await fingerprint(first);
    await select(first, 'order', 'delete from order_items where id % 2 = 0');
    const maintenance = new URL(first.adminUrl('order'));
    maintenance.pathname = '/postgres';
    const client = new pg.Client({ connectionString: maintenance.href });
    await client.connect();
    await client.query('delete from company_origin');
    await client.end();
    await first.stop();
    expect(await fingerprint(await start())).toEqual(print);
  });

  it('gives capture a role that reads, streams and no more', async () => {
    const company = await start();
    expect(company.sourceConfigs().map(({ name }) => name)).toEqual([...SERVICES]);
    for (const { name, url } of company.sourceConfigs()) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      const { rows } = await client.query('select tablename from pg_publication_tables where pubname = $1', [
        `${name}_publication`,
      ]);
      for (const { tablename } of rows) await client.query(`select from ${tablename} limit 1`);
      await expect(client.query('delete from saga_coordinator')).rejects.toMatchObject({ code: '42501' });
      await client.end();
    }
  });

  it('lives on at about the rate asked for, and carries open sagas over a restart', async () => {
    const first = await start();
    const open = "(select count(*)::int from saga_coordinator where saga_type = 'order' and finished_at is null)";
    const started = performance.now();
    const traffic = await first.startTraffic({ rate: 400, seed: 5 });
    while (traffic.counts().changes < 1200) await delay(20);
    const seconds = (performance.now() - started) / 1000;
    await traffic.stop();
    expect(traffic.counts().failures).toBe(0);
    expect(1200 / seconds).toBeLessThan(500);
    await expectSound(first);
    const openBefore = await one(first, 'order', open);
    expect(openBefore).toBeGreaterThan(0);
    const ids = await select(first, 'order', 'select id from saga_coordinator where finished_at is null');
    await first.stop();

    const second = await start();
    const again = await second.startTraffic({ rate: 2000, seed: 5 });
    const list = ids.map(({ id }) => `'${id}'`).join(',');
    const ended = `(select count(*)::int from saga_coordinator where id in (${list}) and finished_at is not null)`;
    while (((await one(second, 'order', ended)) as number) < ids.length / 2) await delay(50);
    await again.stop();
    expect(again.counts().failures).toBe(0);
    await expectSound(second);
  });

  it('lives on when its connections are cut', async () => {
    const company = await start();
    const traffic = await company.startTraffic({ rate: 1000, seed: 5 });
    for (let cut = 0; cut < 5; cut++) {
      const before = traffic.counts().changes;
      while (traffic.counts().changes < before + 300) await delay(10);
      const others =
        "pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()";
      await select(company, 'order', `select ${others}`);
    }
    await traffic.stop();
    expect(traffic.counts().failures).toBeGreaterThan(0);
    await expectSound(company);
  });

  it('replays a purchase log, and nothing else from then on', async () => {
    const purchasesFile = join(folder, 'log.txt');
    writeFileSync(purchasesFile, '1 19970101 2 10.00\n2 19970102 1 5.50\n');
    const first = await start({ purchasesFile });
    expect(await one(first, 'order', '(select sum(gross_amount) from order_items)')).toBe('15.50');
    const traffic = await first.startTraffic({ rate: 1000, seed: 1 });
    while (traffic.counts().changes < 500) await delay(20);
    await traffic.stop();
    expect(traffic.counts().failures).toBe(0);
    await first.stop();
    expect(await one(await start({ purchasesFile }), 'order', '(select count(*) > 2 from orders)')).toBe(true);
    await companies.at(-1)!.stop();
    writeFileSync(purchasesFile, '1 19970101 2 10.01\n');
    await expect(start({ purchasesFile })).rejects.toMatchObject({ code: 'DEMO_OTHER_HISTORY' });
  });

  it('touches nothing when the purchase log is malformed', async () => {
    const purchasesFile = join(folder, 'log.txt');
    writeFileSync(purchasesFile, '1 19970101 2\n');
    const inside = join(folder, 'company');
    await expect(start({ folder: inside, purchasesFile })).rejects.toMatchObject({ code: 'DEMO_PURCHASES_MALFORMED' });
    expect(() => rmSync(inside, { recursive: true })).toThrow('ENOENT');
  });
});
