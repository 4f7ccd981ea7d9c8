import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createClient } from '@clickhouse/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger } from '../../runtime/logger.ts';
import { identify, isAlive } from '../../runtime/process-identity.ts';
import { connect } from '../clickhouse/connect.ts';
import { type EmbeddedState, type EmbeddedWarehouse, startEmbeddedWarehouse } from './embedded-warehouse.ts';
import { type Endpoint, readEndpoint, type WarehouseUser } from './endpoint.ts';

const logger = createLogger({ name: 'test', level: 'silent' });
const MEMORY = 1024 ** 3;
let folder: string;
const running: EmbeddedWarehouse[] = [];
const holders: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-embedded-'));
});

afterEach(async () => {
  for (const warehouse of running.splice(0)) await warehouse.stop();
  for (const holder of holders.splice(0)) holder.kill('SIGKILL');
  await until(() => {
    try {
      rmSync(folder, { recursive: true, force: true });
      return true;
    } catch {
      return false; // a server that is just ending still writes
    }
  });
});

async function start(options: { port?: number; onState?: (state: EmbeddedState) => void } = {}) {
  const { port = 0, onState = () => {} } = options;
  const warehouse = await startEmbeddedWarehouse({
    folder,
    port,
    nativePort: 0,
    maxMemoryBytes: MEMORY,
    logger,
    onState,
  });
  running.push(warehouse);
  return warehouse;
}

async function query(endpoint: Endpoint, user: WarehouseUser, sql: string, settings: Record<string, string> = {}) {
  const client = createClient({
    url: `http://${endpoint.host}:${endpoint.httpPort}`,
    username: user,
    password: endpoint.users[user],
    log: { level: 127 },
  });
  try {
    const result = await client.query({ query: sql, format: 'JSONCompactEachRow', clickhouse_settings: settings });
    return (await result.json<unknown[]>()) as unknown[][];
  } finally {
    await client.close();
  }
}

/** The code of ClickHouse's error, or `accepted`. */
async function refusal(endpoint: Endpoint, user: WarehouseUser, sql: string, settings: Record<string, string> = {}) {
  try {
    await query(endpoint, user, sql, settings);
    return 'accepted';
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

async function command(endpoint: Endpoint, sql: string): Promise<void> {
  const response = await fetch(`http://${endpoint.host}:${endpoint.httpPort}/`, {
    method: 'POST',
    headers: { 'x-clickhouse-user': 'millrace', 'x-clickhouse-key': endpoint.users.millrace },
    body: sql,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('the condition did not come true');
    await delay(20);
  }
}

test('gives a server with our databases, durable inserts and a memory limit', async () => {
  const states: EmbeddedState[] = [];
  const { endpoint } = await start({ onState: (state) => states.push(state) });
  expect(states).toEqual(['starting', 'running']);

  const databases = await query(endpoint, 'millrace', 'select name from system.databases order by name');
  expect(databases.flat()).toEqual(expect.arrayContaining(['bi', 'marts', 'millrace', 'raw', 'staging', 'store']));
  const fsync = await query(
    endpoint,
    'millrace',
    "select name, value from system.merge_tree_settings where name in ('fsync_after_insert', 'fsync_part_directory') order by name",
  );
  expect(fsync).toEqual([
    ['fsync_after_insert', '1'],
    ['fsync_part_directory', '1'],
  ]);
  const memory = await query(
    endpoint,
    'millrace',
    "select value from system.server_settings where name = 'max_server_memory_usage'",
  );
  expect(memory).toEqual([[String(MEMORY)]]);
  const tables = await query(endpoint, 'millrace', "select name from system.tables where name like '%_log'");
  expect(tables).toEqual([]);
});

test('keeps secrets to its owner, and the same across restarts', async () => {
  const first = await start();
  expect(readEndpoint(folder)).toEqual(first.endpoint);
  for (const file of ['endpoint.json', 'secrets.json', 'config.xml', 'users.xml', 'lock']) {
    expect(statSync(join(folder, file)).mode & 0o777, file).toBe(0o600);
  }
  expect(readFileSync(join(folder, 'users.xml'), 'utf8')).not.toContain(first.endpoint.users.reader);
  await first.stop();
  expect(() => readEndpoint(folder)).toThrow(expect.objectContaining({ code: 'EMBEDDED_ENDPOINT_MISSING' }));
  const second = await start();
  expect(second.endpoint.users).toEqual(first.endpoint.users);
});

test('lets each user do what it is for, and nothing else', async () => {
  const { endpoint } = await start();
  await command(endpoint, 'create table raw.t (a Int32) engine = MergeTree order by a');
  await command(endpoint, 'insert into raw.t values (1), (2)');
  await command(endpoint, 'create view bi.v as select a from raw.t');

  expect(await query(endpoint, 'reader', 'select sum(a) from raw.t')).toEqual([[3]]);
  expect(await refusal(endpoint, 'reader', 'create table raw.u (a Int32) engine = Memory')).toBe('497');
  expect(await refusal(endpoint, 'reader', 'drop table raw.t')).toBe('497');
  expect(await refusal(endpoint, 'reader', "select * from file('/etc/hosts', 'RawBLOB', 's String')")).toBe('497');
  expect(await refusal(endpoint, 'reader', 'select 1', { max_execution_time: '5' })).toBe('accepted');
  expect(await refusal(endpoint, 'reader', 'select 1', { max_execution_time: '100000' })).toBe('452');
  expect(await refusal(endpoint, 'reader', 'select 1', { max_execution_time: '0' })).toBe('452');
  expect(await refusal(endpoint, 'reader', 'select 1', { max_memory_usage: '0' })).toBe('452');
  expect(await refusal(endpoint, 'reader', 'select 1', { readonly: '0' })).toBe('164');

  expect(await query(endpoint, 'bi', 'select sum(a) from bi.v')).toEqual([[3]]);
  expect(await query(endpoint, 'bi', "select name from system.tables where database in ('bi', 'raw')")).toEqual([
    ['v'],
  ]);
  expect(await refusal(endpoint, 'bi', 'select * from raw.t')).toBe('497');
  expect(await refusal(endpoint, 'bi', 'drop view bi.v')).toBe('497');
  expect(await refusal(endpoint, 'bi', 'select query from system.processes')).toBe('497');
  expect(await refusal(endpoint, 'bi', 'select 1', { max_execution_time: '61' })).toBe('452');

  expect(await query(endpoint, 'bi', 'select quota_name from system.quota_usage')).toEqual([['bi']]);
});

test('somebody without a password can neither read anything nor stop the listeners', async () => {
  const { endpoint } = await start();
  await command(endpoint, 'create table raw.t (a Int32) engine = MergeTree order by a');
  for (const sql of [
    'select * from raw.t',
    'select name from system.tables',
    'select count() from numbers(10)',
    'show databases',
    'system stop listen http',
    'create table raw.u (a Int32) engine = Memory',
    "select file('/etc/hosts')",
    "select * apply(file) from (select '/etc/hosts' as path)",
    "select file('/etc/hosts') settings enable_analyzer = 0",
    "select * apply(file) from (select '/etc/hosts' as path) settings allow_experimental_analyzer = 0",
  ]) {
    const answer = await fetch(`http://${endpoint.host}:${endpoint.httpPort}/`, { method: 'POST', body: sql });
    await answer.text();
    expect(['201', '395', '452', '497'], sql).toContain(answer.headers.get('x-clickhouse-exception-code'));
  }
  expect(await query(endpoint, 'reader', 'select 1')).toEqual([[1]]);
});

test('lets nobody read files of this machine', async () => {
  const { endpoint } = await start();
  const path = join(folder, 'secrets.json');
  for (const sql of [
    `select file('${path}')`,
    `select * apply(file) from (select '${path}' as path)`,
    `select arrayMap(path -> file(path), ['${path}'])`,
    `select * from view(select file('${path}'))`,
    `with file('${path}') as content select content`,
  ]) {
    expect(await refusal(endpoint, 'bi', sql), sql).toBe('395');
    expect(await refusal(endpoint, 'reader', sql), sql).toBe('395');
  }
  expect(await refusal(endpoint, 'bi', `select file('${path}', 'none')`)).toBe('36');
  expect(await refusal(endpoint, 'bi', `select file('${path}')`, { enable_analyzer: '0' } as never)).toBe('164');
});

test('refuses NULL where a column has none, instead of a default', async () => {
  const { endpoint } = await start();
  await command(endpoint, 'create table raw.n (a Int32, b String) engine = MergeTree order by a');
  await expect(command(endpoint, 'insert into raw.n format TabSeparated\n1\t\\N\n\\N\tx\n')).rejects.toThrow();
  expect(await query(endpoint, 'millrace', 'select count() from raw.n')).toEqual([[0]]);
});

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

test('comes back on the same ports with every acknowledged row when the server is killed while it is written to', async () => {
  const states: EmbeddedState[] = [];
  const warehouse = await start({ onState: (state) => states.push(state) });
  const { endpoint } = warehouse;
  await command(endpoint, 'create table raw.k (a Int32) engine = MergeTree order by a');
  const acknowledged: number[] = [];
  let kills = 0;
  for (let row = 0; kills < 3 || acknowledged.length < 30; row += 1) {
    // A killer that does not wait for the insert which is under way.
    if (row % 15 === 10 && kills < 3) {
      kills += 1;
      const pid = warehouse.pid();
      if (pid !== undefined) setTimeout(() => killIfAlive(pid), row % 7);
    }
    try {
      await command(endpoint, `insert into raw.k values (${row})`);
      acknowledged.push(row);
    } catch {
      await until(() => warehouse.state() === 'running');
    }
  }
  // Two kills may meet one server, so states are not counted; the last one may still be on its way to be noticed.
  await until(() => states.includes('restarting') && warehouse.state() === 'running');
  await until(() => query(endpoint, 'reader', 'select 1').then(Boolean, () => false));
  const rows = await query(endpoint, 'reader', 'select a from raw.k order by a');
  const present = new Set(rows.flat());
  expect(acknowledged.filter((row) => !present.has(row))).toEqual([]);
  expect(states).toContain('restarting');
});

test('a client that was made before the server died goes on when it is back', async () => {
  const warehouse = await start();
  const client = await connect({
    config: { url: `embedded:${folder}`, port: 0, nativePort: 0, maxMemoryBytes: MEMORY, stateFolder: folder },
    role: 'reader',
    logger,
  });
  try {
    expect((await client.ping({ select: true })).success).toBe(true);
    process.kill(warehouse.pid()!, 'SIGKILL');
    await until(() => warehouse.state() === 'restarting');
    await until(async () => (await client.ping({ select: true })).success);
  } finally {
    await client.close();
  }
});

test('names the holder when the folder is in use', async () => {
  await start();
  await expect(start()).rejects.toMatchObject({
    code: 'EMBEDDED_FOLDER_LOCKED',
    message: expect.stringContaining(`process ${process.pid} `) as string,
  });
});

test('says which port is taken, and lets go of the folder', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const port = (other.address() as { port: number }).port;
  await expect(start({ port })).rejects.toMatchObject({ code: 'EMBEDDED_PORT_TAKEN' });
  other.close();
  await once(other, 'close');
  expect((await start({ port })).endpoint.httpPort).toBe(port);
});

/** A process of its own that starts the warehouse in the folder and stays. */
async function startInOtherProcess(): Promise<{ holder: ChildProcess; server: number }> {
  const script = `
    import { startEmbeddedWarehouse } from ${JSON.stringify(fileURLToPath(new URL('./embedded-warehouse.ts', import.meta.url)))};
    import { createLogger } from ${JSON.stringify(fileURLToPath(new URL('../../runtime/logger.ts', import.meta.url)))};
    const warehouse = await startEmbeddedWarehouse({ folder: ${JSON.stringify(folder)}, port: 0, nativePort: 0,
      maxMemoryBytes: ${MEMORY}, logger: createLogger({ name: 'holder', level: 'silent' }) });
    console.log(warehouse.pid());`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  holders.push(holder);
  const [line] = (await once(holder.stdout!, 'data')) as [Buffer];
  return { holder, server: Number(line.toString()) };
}

test('the server ends when its parent was killed, and the folder can be used again', async () => {
  const { holder, server } = await startInOtherProcess();
  const identity = identify(server);
  expect(isAlive(identity)).toBe(true);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const warehouse = await start();
  expect(isAlive(identity)).toBe(false);
  expect(warehouse.state()).toBe('running');
});

test('a server that cannot end itself after its parent was killed is ended by the next start', async () => {
  const { holder, server } = await startInOtherProcess();
  const identity = identify(server);
  process.kill(server, 'SIGSTOP');
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  await start();
  expect(isAlive(identity)).toBe(false);
});

test('ends the server when stopped', async () => {
  const warehouse = await start();
  const server = identify(warehouse.pid()!);
  await warehouse.stop();
  expect(isAlive(server)).toBe(false);
  expect(warehouse.state()).toBe('stopped');
  expect(existsSync(join(folder, 'endpoint.json'))).toBe(false);
});
