import pg from 'pg';
import { SERVICES, type Service } from '../services.ts';
import type { CopyBuffer } from './copy.ts';

export interface Loader {
  /** Copies the buffers, in their order, in one transaction. */
  load(buffers: readonly CopyBuffer[]): Promise<void>;
}

/**
 * One loading connection for each service while `work` runs. Rows are taken at their word: foreign keys are not checked
 * and commits do not wait for the disk (a crash starts the load anew). Afterwards every identity column continues after
 * its highest value and statistics are fresh. `urls` are a superuser's.
 */
export async function withLoaders(
  urls: Record<Service, string>,
  work: (loaders: Record<Service, Loader>) => Promise<void>,
): Promise<void> {
  const options = '-c session_replication_role=replica -c synchronous_commit=off';
  const clients = SERVICES.map((service) => new pg.Client({ connectionString: urls[service], options }));
  try {
    await Promise.all(clients.map((client) => client.connect()));
    const entries = SERVICES.map((service, index) => [service, loader(clients[index]!)]);
    await work(Object.fromEntries(entries) as Record<Service, Loader>);
    await Promise.all(clients.map(finish));
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => {})));
  }
}

function loader(client: pg.Client): Loader {
  return {
    async load(buffers) {
      await client.query('begin');
      for (const buffer of buffers) await buffer.flush(client);
      await client.query('commit');
    },
  };
}

async function finish(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ table: string; column: string }>(`
    select table_name as table, column_name as column
    from information_schema.columns
    where table_schema = 'public'
      and is_identity = 'YES'`);
  for (const { table, column } of rows) {
    const [name, id] = [pg.escapeIdentifier(table), pg.escapeIdentifier(column)];
    await client.query(
      `select setval(pg_get_serial_sequence($1, $2), (select coalesce(max(${id}), 0) + 1 from ${name}), false)`,
      [table, column],
    );
  }
  // This commit waits for the disk, and so for everything before it.
  await client.query('set synchronous_commit = on');
  await client.query('analyze');
}
