import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../runtime/logger.ts';
import { startTemporaryWarehouse, type TemporaryWarehouse } from '../../warehouse/testing/temporary-warehouse.ts';
import { checkWarehouse } from './check-warehouse.ts';

let warehouse: TemporaryWarehouse;
beforeAll(async () => {
  warehouse = await startTemporaryWarehouse();
});
afterAll(() => warehouse.stop());

const logger = createLogger({ name: 'test', level: 'silent' });

test('finds nothing where the user may do everything, and each right that another lacks', async () => {
  const own = await checkWarehouse(warehouse.config, logger);
  expect(own.server).not.toBeNull();
  expect(own.findings).toEqual([]);
  const { host, httpPort, users } = warehouse.server.endpoint;
  const url = `http://reader:${users.reader}@${host}:${httpPort}`;
  const { at, findings } = await checkWarehouse({ ...warehouse.config, url }, logger);
  expect(at).not.toContain(users.reader);
  expect(findings.map(({ code, severity }) => `${severity} ${code}`)).toEqual(
    findings.map(() => 'error CHECK_WAREHOUSE_RIGHTS'),
  );
  expect(findings.find(({ detail }) => detail.endsWith('on raw'))).toMatchObject({
    detail: 'create database, create table, create view, drop table, drop view, alter, insert on raw',
    sql: 'grant create database, create table, create view, drop table, drop view, alter, select, insert on raw.* to `reader`;',
  });
});
