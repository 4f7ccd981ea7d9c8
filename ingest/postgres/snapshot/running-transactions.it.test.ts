import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sleep } from '../../../runtime/abortable.ts';
import { createLogger } from '../../../runtime/logger.ts';
import { startTestPostgres, type TestPostgres } from '../../testing/test-postgres.ts';
import { createCatalogConnection } from '../connection/catalog-connection.ts';
import { waitForRunningTransactions } from './running-transactions.ts';

const NAME = 'running';
/** Longer than a wait takes that has nothing to wait for. */
const WAITS_MS = 300;
const logger = createLogger({ name: 'test', level: 'error' });

let server: TestPostgres;
let client: pg.Client;

beforeAll(async () => {
  server = await startTestPostgres(['max_prepared_transactions=5']);
  await server.createDatabase(NAME);
  client = await server.connect(NAME);
  await client.query('create table t (id int)');
});

afterAll(() => server.stop());

/** What a wait came to, or null while it goes on. */
async function startWait(which: 'all' | 'committing', user?: pg.Client) {
  const control = createCatalogConnection(user ?? (await server.connect(NAME)));
  let oldest: string | null = null;
  const over = waitForRunningTransactions(which, control, logger, new AbortController().signal).then((answer) => {
    oldest = answer;
  });
  await sleep(WAITS_MS, new AbortController().signal);
  return { over, oldest: () => oldest };
}

async function begin(): Promise<{ session: pg.Client; xid: string }> {
  const session = await server.connect(NAME);
  await session.query('begin; insert into t values (1)');
  const { rows } = await session.query<{ xid: string }>('select pg_current_xact_id()::text as xid');
  return { session, xid: rows[0]!.xid };
}

test('a transaction that commits is waited for, also when none has ended since it began', async () => {
  await client.query(`alter system set synchronous_standby_names = 'nobody'`);
  await client.query('select pg_reload_conf()');
  const { session } = await begin();
  const committed = session.query('commit');
  const wait = await startWait('committing');
  expect(wait.oldest()).toBe(null);
  await client.query(`alter system reset synchronous_standby_names`);
  await client.query('select pg_reload_conf()');
  await committed;
  await wait.over;
});

test('a statement that runs is waited for, and so is what is prepared', async () => {
  const { session } = await begin();
  const busy = session.query('select pg_sleep(1)');
  const forBusy = await startWait('committing');
  expect(forBusy.oldest()).toBe(null);
  await busy;
  await forBusy.over;
  await session.query(`prepare transaction 'later'`);
  const forPrepared = await startWait('committing');
  expect(forPrepared.oldest()).toBe(null);
  await client.query(`commit prepared 'later'`);
  await forPrepared.over;
});

test('one that waits for its client is waited for by `all` alone; what ended lies before the answer', async () => {
  const { session, xid } = await begin();
  // Others have ended since.
  await client.query('insert into t values (2)');
  const committing = await startWait('committing');
  expect(committing.oldest()).toBe(xid);
  const all = await startWait('all');
  expect(all.oldest()).toBe(null);
  await session.query('commit');
  await all.over;
  expect(BigInt(all.oldest() ?? 0)).toBeGreaterThan(BigInt(xid));
});

test('one that begins later is not waited for', async () => {
  const first = await begin();
  const wait = await startWait('all');
  const later = await begin();
  await first.session.query('commit');
  await wait.over;
  expect(BigInt(wait.oldest() ?? 0)).toBeLessThanOrEqual(BigInt(later.xid));
  await later.session.query('rollback');
});

test('a role that may not see what others do waits for all of them', async () => {
  const little = await server.connect(NAME);
  await little.query('create role little; set role little');
  const { session } = await begin();
  const wait = await startWait('committing', little);
  expect(wait.oldest()).toBe(null);
  await session.query('commit');
  await wait.over;
});
