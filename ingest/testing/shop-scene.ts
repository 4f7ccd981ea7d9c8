import type pg from 'pg';
import { expect } from 'vitest';
import type { SourceConfig } from '../../runtime/config/config.ts';
import { RecordedSource, RecordingLog } from './recording-log.ts';
import { type RunningCapture, sourceConfig, sourceRows, startCapture } from './scene.ts';
import type { TestPostgres } from './test-postgres.ts';

/** A source that was captured, into a log that outlives its captures. */
export interface Shop {
  readonly client: pg.Client;
  readonly config: SourceConfig;
  readonly recorded: RecordedSource;
  start(over?: Partial<SourceConfig>, resync?: boolean): RunningCapture;
}

const TABLES = ['public.orders', 'public.items'];

export async function openShop(server: TestPostgres, name: string): Promise<Shop> {
  const url = await server.createDatabase(name);
  const client = await server.connect(name);
  await client.query(`
    create table orders (id int primary key, v text, big text);
    alter table orders alter big set storage external;
    create table items (a int, b int, primary key (a, b));
    create publication ${name}_publication for table orders, items;
    insert into orders select n, 'first', repeat('x', 3000) from generate_series(1, 300) n;
    insert into items select n, n from generate_series(1, 300) n`);
  const config = sourceConfig(name, url);
  const recorded = new RecordedSource();
  return {
    client,
    config,
    recorded,
    start: (over = {}, resync = false) =>
      startCapture({ ...config, ...over }, new RecordingLog({}, recorded), {}, { resync }),
  };
}

/** What nobody streams: inserts, deletes, key changes, truncates. */
export async function changeUnseen(client: pg.Client): Promise<void> {
  await client.query(`
    delete from orders where id <= 20;
    update orders set v = 'unseen' where id between 50 and 90;
    update orders set id = id + 10000 where id > 280;
    insert into orders values (9999, 'unseen', null);
    truncate items; insert into items values (1, 7), (8, 8)`);
}

export async function expectEqual({ client, recorded }: Shop): Promise<void> {
  for (const table of TABLES) expect(recorded.rows(table)).toEqual(await sourceRows(client, table));
}
