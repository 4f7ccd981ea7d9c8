import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestPostgres, type TestPostgres } from '../../ingest/testing/test-postgres.ts';
import { startTemporaryWarehouse, type TemporaryWarehouse } from '../../warehouse/testing/temporary-warehouse.ts';
import { createDirectLine } from './direct-line.ts';
import type { Line } from './line.ts';

/** One Postgres and one ClickHouse for many seeds: each has a database of the one and replicas in the other. */
export interface Stage {
  readonly postgres: TestPostgres;
  readonly warehouse: TemporaryWarehouse;
  /** Between the two. */
  readonly line: Line;
  /** Folder of compiled code: processes are started by the dozen. */
  readonly compileCache: string;
  /** All of its clients lose their connections; one restart at a time. */
  restartPostgres(): Promise<void>;
  /** SIGKILL; it is started again by its keeper. */
  killWarehouse(): void;
  stop(): Promise<void>;
}

const SETTINGS = [
  'max_prepared_transactions=50',
  'max_connections=150',
  'max_replication_slots=50',
  'max_wal_senders=50',
  'deadlock_timeout=100ms',
  // A half-open connection holds its slot until the server notices.
  'wal_sender_timeout=2s',
];

/** Over Kafka it has a broker too. */
export async function openStage(options: { log: 'direct' | 'kafka' } = { log: 'direct' }): Promise<Stage> {
  const [postgres, warehouse] = await Promise.all([startTestPostgres(SETTINGS), startTemporaryWarehouse()]);
  // Who needs no broker does not load its client library.
  const line =
    options.log === 'direct'
      ? createDirectLine(warehouse.client)
      : await (await import('./kafka-line.ts')).startKafkaLine();
  const compileCache = mkdtempSync(join(tmpdir(), 'millrace-compiled-'));
  let restarting: Promise<void> | null = null;
  return {
    postgres,
    warehouse,
    line,
    compileCache,
    restartPostgres() {
      restarting ??= postgres.restart().finally(() => {
        restarting = null;
      });
      return restarting;
    },
    killWarehouse() {
      const pid = warehouse.server.pid();
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    },
    async stop() {
      await Promise.all([postgres.stop(), warehouse.stop(), line.stop()]);
      rmSync(compileCache, { recursive: true, force: true });
    },
  };
}
