import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Destination } from '../../changelog/destination.ts';
import { createDirectChangeLog } from '../../changelog/direct/direct-change-log.ts';
import { createCapture } from '../../ingest/capture.ts';
import { sampleHeap } from '../../ingest/testing/heap-sampler.ts';
import { FAST, sourceConfig, until } from '../../ingest/testing/scene.ts';
import { startTestPostgres, type TestPostgres } from '../../ingest/testing/test-postgres.ts';
import { createLogger } from '../../runtime/logger.ts';
import { createWarehouseDestination } from '../../warehouse/load/destination.ts';
import {
  queryText,
  startTemporaryWarehouse,
  type TemporaryWarehouse,
} from '../../warehouse/testing/temporary-warehouse.ts';

/** Shorter than the stall: neither side may take the other for dead. */
const TIMEOUT_MS = 1500;
const STALL_MS = 5000;
const ROWS = 250_000;
const MAX_MIB = 160;

let postgres: TestPostgres;
let warehouse: TemporaryWarehouse;
beforeAll(async () => {
  const flags = [`wal_sender_timeout=${TIMEOUT_MS}ms`];
  [postgres, warehouse] = await Promise.all([startTestPostgres(flags), startTemporaryWarehouse()]);
});
afterAll(() => Promise.all([postgres?.stop(), warehouse?.stop()]));

/** A destination whose writes wait while the gate is closed. */
function gated(inner: Destination): { readonly destination: Destination; close(): void; open(): void } {
  let gate: Promise<void> = Promise.resolve();
  let release: () => void = () => {};
  const destination: Destination = {
    async openSource(source) {
      const opened = await inner.openSource(source);
      return new Proxy(opened, {
        get(target, property) {
          const value: unknown = Reflect.get(target, property, target);
          if (property !== 'write' && property !== 'writeSnapshot') return value;
          const write = value as (...args: unknown[]) => Promise<void>;
          return async (...args: unknown[]) => {
            await gate;
            return write.apply(target, args);
          };
        },
      });
    },
    close: () => inner.close(),
  };
  return {
    destination,
    close() {
      gate = new Promise((resolve) => {
        release = resolve;
      });
    },
    open: () => release(),
  };
}

test('a sink that takes nothing for a while costs no memory, no connection and no row', async () => {
  const url = await postgres.createDatabase('stalled');
  const client = await postgres.connect('stalled');
  const fill = (from: number): string =>
    `insert into t select i, repeat(md5(i::text), 20) from generate_series(${from}, ${from + ROWS - 1}) i`;
  await client.query(`create table t (id int primary key, v text); create table loose (v text);
    create publication stalled_publication for all tables; ${fill(0)}`);
  const logger = createLogger({ name: 'test', level: process.env.INGEST_TEST_LOG ?? 'silent' });
  const sink = gated(createWarehouseDestination({ client: warehouse.client, logger, journal: false }));
  const log = createDirectChangeLog({ destination: sink.destination });
  const timing = { ...FAST, watchdogMs: TIMEOUT_MS };
  const capture = createCapture({ source: sourceConfig('stalled', url), log, logger, timing });
  const stopping = new AbortController();
  sink.close();
  const ended = capture.run(stopping.signal);
  await until(
    'the slot',
    async () => (await client.query('select from pg_replication_slots where active')).rowCount === 1,
  );
  const heap = sampleHeap();
  const count = (): Promise<string> =>
    queryText(warehouse.client, 'select count(), sum(length(v)) from raw.stalled__t final');
  const durableLsn = async (): Promise<bigint> => {
    const { rows } = await client.query<{ lsn: string }>(`select pg_current_wal_insert_lsn() - '0/0' as lsn`);
    return BigInt(rows[0]?.lsn ?? 0);
  };
  const settled = async (): Promise<void> => {
    const lsn = await durableLsn();
    await client.query("select pg_logical_emit_message(false, 'test', '')");
    await until(
      'all rows',
      () => capture.progress().state === 'streaming' && capture.progress().durableLsn >= lsn,
      60_000,
    );
  };
  await sleep(STALL_MS);
  sink.open();
  await settled();
  expect(await count(), 'copied').toBe(`${ROWS}\t${ROWS * 640}\n`);
  sink.close();
  // One large transaction, small ones, and rows without a key, more than all of the memory that is allowed.
  await client.query(fill(ROWS));
  for (let n = 0; n < 20; n++)
    await client.query(`insert into loose select repeat('x', 1000) from generate_series(1, 1000)`);
  await sleep(STALL_MS);
  const { durableLsn: held } = capture.progress();
  expect(held).toBeLessThan((await durableLsn()) - 100_000_000n);
  sink.open();
  await settled();
  const mostMiB = heap.stop();
  expect(await count(), 'streamed').toBe(`${2 * ROWS}\t${2 * ROWS * 640}\n`);
  expect(await queryText(warehouse.client, 'select count() from raw.stalled__loose final')).toBe('20000\n');
  expect(capture.progress().reconnects).toBe(0);
  expect(mostMiB).toBeLessThan(MAX_MIB);
  stopping.abort();
  await ended;
  await log.close();
});
