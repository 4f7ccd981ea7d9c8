import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { formatLsn, parseLsn } from '../changelog/lsn.ts';
import { type Company, startCompany } from '../demo/company.ts';
import { createLogger } from '../runtime/logger.ts';
import { type RunningSystem, startSystem } from '../test/harness/running-system.ts';
import type { Result } from './figures.ts';
import { untilKnown } from './latency.ts';
import { postgresProgram, timeProgram } from './postgres-client.ts';
import { statusBytes, watchMemory } from './process-usage.ts';

const TARGET = 0.3;
const REFERENCE = 'backlog_reference';
/** What one order of the backlog is in changed rows: itself and its next state, two items, two entries of its history. */
const CHANGES_PER_ORDER = 6;
const POLL_MS = 100;
const WAIT_MS = 30 * 60_000;

/**
 * Orders that came while the system was off, until all models are published with them: from `millrace up` on. The reference reads
 * the same WAL to /dev/null.
 */
export async function benchBacklog(options: { changes: number; onProgress: (text: string) => void }): Promise<Result> {
  const { onProgress } = options;
  const program = postgresProgram('pg_recvlogical');
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  const logger = createLogger({ name: 'bench', level: 'warn' });
  onProgress('starting the example company and the system');
  const company = await startCompany({ folder: join(folder, 'company'), seed: 1, logger });
  const start = () => startSystem({ folder: join(folder, 'system'), sources: company.sourceConfigs() });
  const database = new pg.Client({ connectionString: company.adminUrl('order') });
  try {
    await database.connect();
    const first = await start();
    await untilKnown(first.api, 1);
    await first.stop();
    const publication = await openReference(database);
    const orders = Math.ceil(options.changes / CHANGES_PER_ORDER);
    const changes = orders * CHANGES_PER_ORDER;
    onProgress(`writing ${changes} changes`);
    await writeOrders(database, orders);
    const end = await walEnd(database);
    const referenceSeconds = await timeReference({ program, company, publication, end });
    onProgress(`pg_recvlogical ${Math.round(changes / referenceSeconds)} changes/s`);
    const startedAt = performance.now();
    const system = await start();
    try {
      const memory = watchMemory(system.pid('models') as number);
      const readySeconds = (performance.now() - startedAt) / 1000;
      await untilPublished(system, end);
      const seconds = (performance.now() - startedAt) / 1000;
      const { anonymousBytes } = memory.peak();
      memory.end();
      const ratio = referenceSeconds / seconds;
      return {
        name: `a backlog of ${changes} changes, to the published watermark`,
        figures: {
          'pg_recvlogical changes/s': changes / referenceSeconds,
          'millrace changes/s': changes / seconds,
          ratio,
          'seconds until it is ready': readySeconds,
          seconds,
          'peak RssAnon of models, MiB': anonymousBytes / 2 ** 20,
          'peak RSS of ingest, MiB': statusBytes(system.pid('ingest') as number, 'VmHWM') / 2 ** 20,
        },
        target: { text: `ratio of at least ${TARGET}`, reached: ratio >= TARGET },
      };
    } finally {
      await system.stop();
    }
  } finally {
    await database.end();
    await company.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A slot of its own at where ours stands; answers the publication that both read. */
async function openReference(database: pg.Client): Promise<string> {
  await database.query(`select pg_create_logical_replication_slot('${REFERENCE}', 'pgoutput')`);
  const { rows } = await database.query<{ name: string }>(
    "select pubname as name from pg_publication where pubname like 'millrace%'",
  );
  return rows[0]?.name as string;
}

/** Each order a transaction, for customers and products that there are; its second state with it. */
async function writeOrders(database: pg.Client, orders: number): Promise<void> {
  await database.query(`
    do $$
    declare
      made bigint;
      customers bigint := (select max(customer_id) from orders);
      products bigint := (select max(product_id) from order_items);
    begin
      for n in 1..${orders} loop
        insert into orders (customer_id, status, channel, region, country, currency, ordered_at)
        values (1 + (hashint8(n)::bigint & 1073741823) % customers, 'pending', 'web', 'EU', 'DE', 'EUR', now() - (n % 700) * interval '1 day')
        returning id into made;
        insert into order_items (order_id, product_id, quantity, unit_price, unit_cost, gross_amount)
        select made, 1 + (n * 7 + i) % products, 1 + n % 3, 9.99, 5.5, (n % 5000) / 100.0 from generate_series(1, 2) i;
        insert into order_status_history (order_id, to_status) values (made, 'pending');
        update orders set status = 'paid' where id = made;
        insert into order_status_history (order_id, from_status, to_status) values (made, 'pending', 'paid');
        commit;
      end loop;
    end
    $$`);
  await database.query('checkpoint');
}

async function walEnd(database: pg.Client): Promise<bigint> {
  const { rows } = await database.query<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
  return parseLsn(rows[0]?.lsn as string);
}

async function timeReference(options: {
  program: string;
  company: Company;
  publication: string;
  end: bigint;
}): Promise<number> {
  return timeProgram(options.program, [
    `--dbname=${options.company.adminUrl('order')}`,
    `--slot=${REFERENCE}`,
    '--start',
    '--no-loop',
    '--plugin=pgoutput',
    '--option=proto_version=1',
    `--option=publication_names=${options.publication}`,
    `--endpos=${formatLsn(options.end)}`,
    '--file=/dev/null',
  ]);
}

async function untilPublished({ client }: RunningSystem, end: bigint): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const result = await client.query({
      query: `
        select arrayFirst((lsn, source) -> source = 'order', lsn, source) as reached
        from millrace.watermarks order by watermark desc limit 1`,
      format: 'JSONEachRow',
    });
    const [row] = await result.json<{ reached: string }>();
    if (row !== undefined && parseLsn(row.reached) >= end) return;
    if (performance.now() > deadline) throw new Error(`not published after ${WAIT_MS / 60_000} minutes`);
    await delay(POLL_MS);
  }
}
