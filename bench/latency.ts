import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { startTestBroker, type TestBroker } from '../changelog/kafka/testing/test-broker.ts';
import { type Company, startCompany } from '../demo/company.ts';
import { createLogger } from '../runtime/logger.ts';
import { startSystem } from '../test/harness/running-system.ts';
import { quantile, type Result } from './figures.ts';

const TARGET_MS = 700;
/** Of p99, over Kafka. */
const TARGET_P99_MS = 2_000;
/** A time is at most this much too long, and as much as an answer takes. */
const POLL_MS = 20;
const PROBE_TIMEOUT_MS = 60_000;
const WARM_UP_MS = 10_000;
const FIRST_CUSTOMER = 1;
const FIRST_PROBE_CUSTOMER = 900_000_000;

/**
 * Commit to visible: the whole running system over the example company with its traffic, and an order committed now and
 * then for a customer who has none. A probe's time is from the moment before COMMIT is sent until an answer of
 * /v1/reports/customer-ltv has the order. It asks with If-None-Match, as a page that refreshes itself does: the report is
 * computed anew when a watermark was published, not at every poll.
 */
export async function benchLatency(options: {
  probes: number;
  rate: number;
  /** Keep the change log in a broker of its own. */
  kafka: boolean;
  onProgress: (text: string) => void;
}): Promise<Result> {
  const { probes, rate, kafka, onProgress } = options;
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  const logger = createLogger({ name: 'bench', level: 'warn' });
  onProgress('starting the example company and the system');
  const company = await startCompany({ folder: join(folder, 'company'), seed: 1, logger });
  let broker: TestBroker | null = null;
  try {
    broker = kafka ? await startTestBroker() : null;
    const system = await startSystem({
      folder: join(folder, 'system'),
      sources: company.sourceConfigs(),
      ...(broker === null ? {} : { log: { kafka: { brokers: [broker.address] } } }),
    });
    try {
      // The first copy is another benchmark's.
      await untilKnown(system.api, FIRST_CUSTOMER);
      const traffic = await company.startTraffic({ rate, seed: 1 });
      // After the traffic has read whom there is: nobody else orders for these customers.
      await createCustomers(company, probes);
      await untilKnown(system.api, FIRST_PROBE_CUSTOMER + probes - 1);
      await delay(WARM_UP_MS);
      onProgress(`${probes} probes`);
      const before = { changes: traffic.counts().changes, at: performance.now() };
      const latenciesMs = await probe({ company, api: system.api, probes, onProgress });
      const seconds = (performance.now() - before.at) / 1000;
      const p50 = quantile(latenciesMs, 0.5);
      const p99 = quantile(latenciesMs, 0.99);
      return {
        name: `commit to visible through the API${kafka ? ', over Kafka' : ''}`,
        figures: {
          probes,
          'changes/s asked for': rate,
          'changes/s made': (traffic.counts().changes - before.changes) / seconds,
          'p50, ms': p50,
          'p90, ms': quantile(latenciesMs, 0.9),
          'p99, ms': p99,
          'longest, ms': Math.max(...latenciesMs),
        },
        target: kafka
          ? {
              text: `p50 under ${TARGET_MS} ms, p99 under ${TARGET_P99_MS} ms`,
              reached: p50 < TARGET_MS && p99 < TARGET_P99_MS,
            }
          : { text: `p50 under ${TARGET_MS} ms`, reached: p50 < TARGET_MS },
      };
    } finally {
      await system.stop();
    }
  } finally {
    await broker?.stop();
    await company.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function createCustomers(company: Company, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: company.adminUrl('user') });
  await client.connect();
  try {
    await client.query(`
      with made as (
        insert into users (id, email)
        select ${FIRST_PROBE_CUSTOMER} + n, 'probe' || n || '@example.com'
        from generate_series(0, ${count - 1}) n
        returning id
      )
      insert into profiles (user_id, first_name, last_name, segment, acquisition_channel)
      select id, 'Probe', 'Probe', 'consumer', 'web'
      from made`);
  } finally {
    await client.end();
  }
}

/** Resolves when reports know the customer; rejects after a minute, or as long as is said. */
export async function untilKnown(api: string, customerId: number, timeoutMs = PROBE_TIMEOUT_MS): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  const orders = watchOrders(api, customerId);
  while ((await orders()) === null) {
    if (performance.now() > deadline) throw new Error(`customer ${customerId} did not appear`);
    await delay(100);
  }
}

/** Asks for a customer's orders; answers null while the API does not know the customer, or has nothing new. */
function watchOrders(api: string, customerId: number): () => Promise<number | null> {
  let etag: string | null = null;
  return async () => {
    const answer = await fetch(`${api}/v1/reports/customer-ltv?customer_id=${customerId}`, {
      headers: etag === null ? {} : { 'if-none-match': etag },
    });
    if (!answer.ok) {
      await answer.text();
      return null;
    }
    etag = answer.headers.get('etag');
    const { data } = (await answer.json()) as { data: { orders: number }[] };
    return data[0]?.orders ?? null;
  };
}

async function probe(options: {
  company: Company;
  api: string;
  probes: number;
  onProgress: (text: string) => void;
}): Promise<number[]> {
  const { company, api, probes, onProgress } = options;
  const client = new pg.Client({ connectionString: company.adminUrl('order') });
  await client.connect();
  const latenciesMs: number[] = [];
  try {
    for (let i = 0; i < probes; i++) {
      const customerId = FIRST_PROBE_CUSTOMER + i;
      await client.query('begin');
      await client.query(
        `with made as (
          insert into orders (customer_id, status, channel, region, country, currency)
          values ($1, 'paid', 'web', 'EU', 'DE', 'EUR')
          returning id
        )
        insert into order_items (order_id, product_id, quantity, unit_price, unit_cost, gross_amount)
        select id, 1, 1, 10, 5, 10
        from made`,
        [customerId],
      );
      const orders = watchOrders(api, customerId);
      await orders();
      const startedAt = performance.now();
      await client.query('commit');
      while (((await orders()) ?? 0) < 1) {
        if (performance.now() - startedAt > PROBE_TIMEOUT_MS) throw new Error(`probe ${i} was not seen`);
        await delay(POLL_MS);
      }
      latenciesMs.push(performance.now() - startedAt);
      if (latenciesMs.length % 50 === 0)
        onProgress(`${latenciesMs.length}: p50 ${Math.round(quantile(latenciesMs, 0.5))} ms`);
      // A pause of uneven length, so that probes do not fall into step with batches.
      await delay(50 + ((i * 137) % 200));
    }
  } finally {
    await client.end();
  }
  return latenciesMs;
}
