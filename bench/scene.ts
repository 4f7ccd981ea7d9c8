import type pg from 'pg';
import { parseLsn } from '../changelog/lsn.ts';
import { startTestPostgres, type TestPostgres } from '../ingest/testing/test-postgres.ts';
import type { SourceConfig } from '../runtime/config/config.ts';
import { startTemporaryWarehouse, type TemporaryWarehouse } from '../warehouse/testing/temporary-warehouse.ts';

/** A database with the table `purchases`, and a warehouse beside it. */
export interface Scene {
  readonly url: string;
  readonly database: pg.Client;
  readonly warehouse: TemporaryWarehouse;
  /** End of the WAL as it is now. */
  walEnd(): Promise<bigint>;
  /** Rows of the replica of `purchases` in the warehouse, current ones. */
  replicaRows(source: string): Promise<number>;
  stop(): Promise<void>;
}

export const COLUMNS = 10;

const TABLE = `
  create table purchases (
    id bigint primary key,
    customer_id bigint not null,
    product_id integer not null,
    quantity integer not null,
    unit_price numeric(12, 2) not null,
    status text not null,
    channel text not null,
    gift boolean not null,
    placed_at timestamptz not null,
    note text
  )`;

/** Ten columns for ids from $1 to $2, about 110 bytes of text a row. */
export function rowsFrom(first: string, last: string): string {
  return `
    select n, n % 50000, n % 997, 1 + n % 5, (n % 10000) * 0.37, 'delivered', 'web', n % 7 = 0,
      timestamptz '2025-01-01' + n * interval '1 second', 'purchase ' || n || ' of a customer'
    from generate_series(${first}, ${last}) n`;
}

/** Commits come quickly (nothing waits for the disk), so that writing takes no longer than reading. */
const SETTINGS = [
  'synchronous_commit=off',
  'max_wal_size=16GB',
  'checkpoint_timeout=1h',
  'autovacuum=off',
  'timezone=UTC',
];

export async function openScene(): Promise<Scene> {
  const server = await startTestPostgres(SETTINGS);
  try {
    const url = await server.createDatabase('bench');
    const database = await server.connect('bench');
    await database.query(TABLE);
    return withWarehouse({ server, url, database, warehouse: await startTemporaryWarehouse() });
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function withWarehouse(parts: {
  server: TestPostgres;
  url: string;
  database: pg.Client;
  warehouse: TemporaryWarehouse;
}): Scene {
  const { server, url, database, warehouse } = parts;
  return {
    url,
    database,
    warehouse,
    async walEnd() {
      const { rows } = await database.query<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
      return parseLsn(rows[0]?.lsn as string);
    },
    async replicaRows(source) {
      const result = await warehouse.client.query({
        query: `select toFloat64(count()) as rows from raw.${source}__purchases final`,
        format: 'JSONEachRow',
      });
      const [row] = await result.json<{ rows: number }>();
      return row?.rows ?? 0;
    },
    async stop() {
      await warehouse.stop();
      await server.stop();
    },
  };
}

export function sourceOf(scene: Scene, name: string): SourceConfig {
  return { name, url: scene.url, schemas: ['public'], tables: ['*'], exclude: [], snapshotConnections: 2 };
}

export async function createPublication(scene: Scene, source: string): Promise<void> {
  await scene.database.query(`create publication ${source}_publication for table purchases`);
}

/** Takes a source away whose ingest process has ended: nothing of it must slow down what is measured next. */
export async function dropSource(scene: Scene, source: string): Promise<void> {
  await scene.database.query(
    'select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1',
    [`millrace_${source}`],
  );
  await scene.warehouse.client.command({ query: `drop table raw.${source}__purchases sync` });
}

/** Throws unless the replica has exactly so many rows: a fast reader that loses rows is no reader. */
export async function verifyRows(scene: Scene, source: string, expected: number): Promise<void> {
  const found = await scene.replicaRows(source);
  if (found !== expected) throw new Error(`the replica of ${source} has ${found} rows, not ${expected}`);
}
