import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WarehouseConfig } from '../../runtime/config/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { type EmbeddedWarehouse, startEmbeddedWarehouse } from '../embedded/embedded-warehouse.ts';
import { classifyError, wrapError } from './classify-error.ts';
import { connect } from './connect.ts';
import { quoteIdentifier, quoteString } from './quote.ts';

const logger = createLogger({ name: 'test', level: 'silent' });
let folder: string;
let server: EmbeddedWarehouse;
let config: WarehouseConfig;
const clients: ClickHouseClient[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-connect-'));
  config = { url: `embedded:${folder}`, port: 0, nativePort: 0, maxMemoryBytes: 1024 ** 3, stateFolder: folder };
  server = await startEmbeddedWarehouse({ folder, port: 0, nativePort: 0, maxMemoryBytes: 1024 ** 3, logger });
});

afterAll(async () => {
  for (const client of clients) await client.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function client(role: 'millrace' | 'reader' | 'bi', url = config.url): Promise<ClickHouseClient> {
  const made = await connect({ config: { ...config, url }, role, logger });
  clients.push(made);
  return made;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return classifyError(error).code;
  }
  return 'none';
}

test.each(['millrace', 'reader', 'bi'] as const)('logs in to the embedded server as %s', async (role) => {
  const result = await (await client(role)).query({ query: 'select currentUser() as u', format: 'JSONEachRow' });
  expect(await result.json()).toEqual([{ u: role }]);
});

test('takes user and password of an external server from its URL, decoded', async () => {
  const { host, httpPort, users } = server.endpoint;
  const url = `http://reader:${encodeURIComponent(users.reader)}@${host}:${httpPort}`;
  const result = await (await client('millrace', url)).query({
    query: 'select currentUser() as u',
    format: 'JSONEachRow',
  });
  expect(await result.json()).toEqual([{ u: 'reader' }]);
});

test('says which errors pass, which need an operator', async () => {
  const reader = await client('reader');
  const millrace = await client('millrace');
  expect(await codeOf(reader.query({ query: 'select * from raw.nothing' }))).toBe('CLICKHOUSE_REJECTED');
  expect(await codeOf(reader.query({ query: 'selekt 1' }))).toBe('CLICKHOUSE_REJECTED');
  expect(await codeOf(reader.command({ query: 'create database x' }))).toBe('CLICKHOUSE_DENIED');
  const slow = { query: 'select sleepEachRow(0.5) from numbers(10)', clickhouse_settings: { max_execution_time: 1 } };
  expect(await codeOf(reader.query({ ...slow, format: 'JSON' }).then((result) => result.text()))).toBe(
    'CLICKHOUSE_LIMITED',
  );
  const large = {
    query: 'select groupArray(number) from numbers(10000000)',
    clickhouse_settings: { max_memory_usage: '1000000' },
  };
  expect(await codeOf(millrace.query(large))).toBe('CLICKHOUSE_OVERLOADED');

  const { host, httpPort } = server.endpoint;
  const stranger = await client('reader', `http://reader:wrong@${host}:${httpPort}`);
  expect(await codeOf(stranger.query({ query: 'select 1' }))).toBe('CLICKHOUSE_DENIED');
  const closed = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => closed.once('listening', resolve));
  const { port } = closed.address() as { port: number };
  await new Promise((resolve) => closed.close(resolve));
  const away = await client('reader', `http://reader:x@127.0.0.1:${port}`);
  expect(await codeOf(away.query({ query: 'select 1' }))).toBe('CLICKHOUSE_UNREACHABLE');
});

test('keeps the first code when an error is wrapped twice', async () => {
  const reader = await client('reader');
  const error: unknown = await reader.query({ query: 'selekt 1' }).catch((caught: unknown) => caught);
  const wrapped = wrapError(error, 'reading');
  expect(wrapError(wrapped, 'doing more')).toBe(wrapped);
  expect(wrapped).toMatchObject({ code: 'CLICKHOUSE_REJECTED', policy: 'operator', cause: error });
});

test('quotes names and texts so that the server reads them back unchanged', async () => {
  const reader = await client('reader');
  const odd = 'a`b"c\\d\'e?f.g {h:String} \n';
  const result = await reader.query({
    query: `select ${quoteString(odd)} as ${quoteIdentifier(odd)}`,
    format: 'JSONEachRow',
  });
  expect(await result.json()).toEqual([{ [odd]: odd }]);
});

test('a request that is given up while it waits for a connection ends no other one later', async () => {
  const one = await connect({ config, role: 'reader', logger, maxConnections: 1 });
  clients.push(one);
  const sleep = (seconds: number, signal?: AbortSignal) =>
    one.query({ query: `select sleep(${seconds})`, ...(signal && { abort_signal: signal }) }).then((set) => set.text());
  const givenUp = new AbortController();
  const first = sleep(0.5);
  const waiting = sleep(0.1, givenUp.signal).catch(() => 'given up');
  await setTimeout(200);
  givenUp.abort();
  expect(await waiting).toBe('given up');
  await first;
  // Longer than the client keeps a connection that nobody uses.
  await Promise.all([sleep(1.5), sleep(1.5), sleep(1.5)]);
});
