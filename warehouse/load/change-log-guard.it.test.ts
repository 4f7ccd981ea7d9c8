import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTemporaryWarehouse, type TemporaryWarehouse } from '../testing/temporary-warehouse.ts';
import { ensureBookkeeping } from './bookkeeping.ts';
import { refuseLoadedSource, refuseLogsOfKafka } from './change-log-guard.ts';

let warehouse: TemporaryWarehouse;
let client: ClickHouseClient;
beforeAll(async () => {
  warehouse = await startTemporaryWarehouse();
  ({ client } = warehouse);
});
afterAll(() => warehouse.stop());

test('a source goes on in the change log that it was loaded from only', async () => {
  // Nothing was ever loaded: not even the bookkeeping is there.
  await refuseLoadedSource(client, 'order');
  await refuseLogsOfKafka(client, 'order');
  await ensureBookkeeping(client);
  await refuseLoadedSource(client, 'order');
  await client.insert({
    table: 'millrace.positions',
    values: [{ source: 'order', lsn: '0/1', sequence: 1 }],
    format: 'JSONEachRow',
  });
  await expect(refuseLoadedSource(client, 'order')).rejects.toMatchObject({ code: 'MR-LOAD-017' });
  await refuseLoadedSource(client, 'user');
  await refuseLogsOfKafka(client, 'order');
  await client.insert({
    table: 'millrace.loader_progress',
    values: [{ source: 'order', topic: 'order.orders' }],
    format: 'JSONEachRow',
  });
  await expect(refuseLogsOfKafka(client, 'order')).rejects.toMatchObject({ code: 'MR-LOAD-017' });
  await refuseLogsOfKafka(client, 'user');
});
