import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lackingForTestBroker, startTestBroker, type TestBroker } from '../../changelog/kafka/testing/test-broker.ts';
import { parseLsn } from '../../changelog/lsn.ts';
import { createWorkload, type Workload } from '../../demo/workload/random-workload.ts';
import {
  computeMarts,
  differencesOf,
  dumpRefunds,
  type MartRows,
  readMarts,
  useRefunds,
} from '../harness/compare-marts.ts';
import { kill } from '../harness/running-system.ts';
import { untilPublished } from '../harness/settle.ts';
import { openShopUnderTest, type ShopUnderTest } from '../harness/shop-under-test.ts';
import { SourceHistory } from '../harness/source-history.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const STEPS = 250;
const KILL_AT = 120;
/** It goes on until so many of the states that are published meanwhile have been caught. */
const SEEN_AT_LEAST = 15;
/** They commit in the order service twice: what lies between the two is recorded by nobody. */
const COMMITTING_TWICE = ['items before their order, in two transactions', 'refund of an order that is then deleted'];
const lacking = lackingForTestBroker();
const title = `watermarks over Kafka (seed ${SEED})`;

interface Published {
  readonly watermark: string;
  readonly lsn: ReadonlyMap<string, bigint>;
}

describe.skipIf(lacking !== null)(lacking === null ? title : `${title} (skipped: ${lacking})`, () => {
  let broker: TestBroker;
  let shop: ShopUnderTest;
  let workload: Workload;
  let order: Client;
  let payment: Client;

  beforeAll(async () => {
    broker = await startTestBroker();
    const kafka = { brokers: [broker.address], prefix: `marks-${SEED}.`, partitions: 6, replication: 1 };
    shop = await openShopUnderTest({ seed: SEED, connections: 1, interleaving: 'seeded', log: { kafka } });
    workload = createWorkload({ urls: shop.urls, seed: SEED + 1, exclude: COMMITTING_TWICE });
    order = new Client({ connectionString: shop.urls.order });
    payment = new Client({ connectionString: shop.urls.payment });
    await Promise.all([order.connect(), payment.connect()]);
    await untilPublished(shop.system(), shop.urls);
  }, 240_000);

  afterAll(async () => {
    await Promise.allSettled([workload?.close(), order?.end(), payment?.end()]);
    await shop?.stop();
    await broker?.stop();
  });

  async function published(): Promise<Published | null> {
    const result = await shop.system().client.query({
      query:
        'select toString(watermark) as watermark, source, lsn from millrace.watermarks as w order by w.watermark desc limit 1',
      format: 'JSONEachRow',
    });
    const [row] = await result.json<{ watermark: string; source: string[]; lsn: string[] }>();
    if (row === undefined) return null;
    return {
      watermark: row.watermark,
      lsn: new Map(row.source.map((source, i) => [source, parseLsn(row.lsn[i] as string)])),
    };
  }

  async function walEnd(): Promise<bigint> {
    const { rows } = await order.query<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
    return parseLsn(rows[0]?.lsn ?? '0/0');
  }

  async function dumpOrders(): Promise<string> {
    const { rows } = await order.query<{ dump: string }>(
      `select json_build_object('orders', (select json_agg(o order by id) from public.orders as o),
        'items', (select json_agg(i order by id) from public.order_items as i))::text as dump`,
    );
    return rows[0]?.dump ?? '';
  }

  /** As Postgres would have computed them from what the two services held. */
  async function martsOf(orders: string, refunds: string): Promise<MartRows> {
    const { orders: orderRows, items } = JSON.parse(orders) as { orders: unknown; items: unknown };
    await useRefunds(order, refunds);
    for (const [table, rows] of [
      ['orders', orderRows],
      ['order_items', items],
    ] as const) {
      await order.query(`drop table if exists pg_temp.${table}`);
      await order.query(
        `create temporary table ${table} as select * from json_populate_recordset(null::public.${table}, $1::json)`,
        [JSON.stringify(rows ?? [])],
      );
    }
    return computeMarts(order);
  }

  test('facts and cubes equal what the sources held at each position that is published, while ingest is killed', {
    timeout: 240_000,
  }, async () => {
    const orders = new SourceHistory();
    const refunds = new SourceHistory();
    let beforeLsn = 0n;
    async function record(): Promise<void> {
      const afterLsn = await walEnd();
      orders.record({ beforeLsn, afterLsn, text: await dumpOrders() });
      refunds.record({ beforeLsn, afterLsn, text: await dumpRefunds(payment) });
    }
    await record();

    let isWriting = true;
    const seen: { at: Published; marts: MartRows }[] = [];
    const watching = (async () => {
      while (isWriting) {
        const at = await published();
        if (at === null || at.watermark === seen.at(-1)?.at.watermark) continue;
        const marts = await readMarts(shop.system().client);
        // What was read is of one watermark if none was published meanwhile.
        if ((await published())?.watermark === at.watermark) seen.push({ at, marts });
      }
    })();
    for (let step = 0; step < STEPS || seen.length < SEEN_AT_LEAST; step++) {
      if (step === KILL_AT) kill(shop.system().pid('ingest'));
      beforeLsn = await walEnd();
      await workload.run({ steps: 1 });
      await record();
    }
    await untilPublished(shop.system(), shop.urls);
    isWriting = false;
    await watching;

    expect(seen.length).toBeGreaterThanOrEqual(SEEN_AT_LEAST);
    for (const { at, marts } of seen) {
      const found: string[][] = [];
      for (const ofOrders of orders.at(at.lsn.get('order') ?? 0n)) {
        for (const ofRefunds of refunds.at(at.lsn.get('payment') ?? 0n)) {
          found.push(differencesOf(await martsOf(ofOrders, ofRefunds), marts));
        }
      }
      // Of a position that the history does not know nothing would be compared.
      expect(found, `watermark ${at.watermark}, seed ${SEED}`).not.toEqual([]);
      const equal = found.find((differences) => differences.length === 0);
      expect(equal ?? found, `watermark ${at.watermark}, seed ${SEED}`).toEqual([]);
    }
  });
});
