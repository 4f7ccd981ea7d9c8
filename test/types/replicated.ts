import type { ClickHouseClient } from '@clickhouse/client';
import type pg from 'pg';
import { createDirectChangeLog } from '../../changelog/direct/direct-change-log.ts';
import { parseLsn } from '../../changelog/lsn.ts';
import { createCapture } from '../../ingest/capture.ts';
import { FAST } from '../../ingest/testing/scene.ts';
import { startTestPostgres, type TestPostgres } from '../../ingest/testing/test-postgres.ts';
import type { SourceConfig } from '../../runtime/config/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { createWarehouseDestination } from '../../warehouse/load/destination.ts';
import { startTemporaryWarehouse, type TemporaryWarehouse } from '../../warehouse/testing/temporary-warehouse.ts';

/** A database and a warehouse, and what replicates the one into the other, in this process. */
export interface Replicated {
  readonly postgres: TestPostgres;
  readonly database: pg.Client;
  readonly client: ClickHouseClient;
  /** Begins to capture everything; what is committed by now is the snapshot. `changes` to the source's configuration. */
  start(changes?: Partial<SourceConfig>): void;
  /** Waits until all that is committed is in the replicas. Rejects when the capture ended. */
  caughtUp(): Promise<void>;
  /** Tables that are not taken, or not any more, with the code of the reason. */
  tableCodes(): Readonly<Record<string, string>>;
  /** Ends the capture (not the servers); `start` begins again on what it left. */
  end(): Promise<void>;
  stop(): Promise<void>;
}

const LIMIT_MS = 60_000;

export async function openReplicated(source: Omit<SourceConfig, 'url'>): Promise<Replicated> {
  const [postgres, warehouse] = await Promise.all([startTestPostgres(), startTemporaryWarehouse()]);
  const url = await postgres.createDatabase('replicated');
  const database = await postgres.connect('replicated');
  // Values are compared as the capture's sessions print them.
  await database.query("set timezone = 'UTC'; set extra_float_digits = 3; set lc_monetary = 'C'");
  await database.query(`create publication ${source.name}_publication for all tables`);
  return run({ ...source, url }, postgres, database, warehouse);
}

function run(
  source: SourceConfig,
  postgres: TestPostgres,
  database: pg.Client,
  warehouse: TemporaryWarehouse,
): Replicated {
  const logger = createLogger({ name: 'test', level: process.env.MILLRACE_TEST_LOG ?? 'silent' });
  const { client } = warehouse;
  let running: { capture: ReturnType<typeof createCapture>; end: () => Promise<void>; failure: unknown } | null = null;
  return {
    postgres,
    database,
    client,
    start(changes = {}) {
      const log = createDirectChangeLog({
        destination: createWarehouseDestination({ client, logger, journal: false }),
      });
      const capture = createCapture({ source: { ...source, ...changes }, log, logger, timing: FAST });
      const stopping = new AbortController();
      const ended = capture.run(stopping.signal);
      const now = {
        capture,
        failure: null as unknown,
        async end() {
          stopping.abort();
          await ended;
          await log.close();
        },
      };
      ended.catch((error: unknown) => {
        now.failure = error;
      });
      running = now;
    },
    async caughtUp() {
      const { rows } = await database.query<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
      const lsn = parseLsn(rows[0]?.lsn as string);
      await database.query("select pg_logical_emit_message(false, 'test', '')");
      const deadline = performance.now() + LIMIT_MS;
      for (;;) {
        if (running === null) throw new Error('nothing is captured');
        if (running.failure !== null) throw running.failure;
        const { state, durableLsn, lastError } = running.capture.progress();
        if (state === 'streaming' && durableLsn >= lsn) return;
        if (performance.now() > deadline) throw new Error(`not caught up: ${state} ${JSON.stringify(lastError)}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    tableCodes() {
      const tables = running?.capture.progress().tables ?? [];
      return Object.fromEntries(tables.flatMap(({ name, code }) => (code === null ? [] : [[name, code]])));
    },
    async end() {
      await running?.end();
      running = null;
    },
    async stop() {
      await running?.end().catch(() => {});
      await warehouse.stop();
      await postgres.stop();
    },
  };
}
