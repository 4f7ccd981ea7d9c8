import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isRunning } from '../../runtime/process-identity.ts';
import { type EmbeddedPostgres, startPostgres } from './embedded-postgres.ts';
import { parsePostmasterFile, withPid } from './postmaster-file.ts';

let folder: string;
const servers: EmbeddedPostgres[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-postgres-'));
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(port?: number): Promise<EmbeddedPostgres> {
  const server = await startPostgres(port === undefined ? { folder } : { folder, port });
  servers.push(server);
  return server;
}

async function query(server: EmbeddedPostgres, text: string): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString: server.url('postgres') });
  await client.connect();
  try {
    return (await client.query({ text, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

/** A process of its own that starts the server, and says its pid. */
async function startElsewhere(): Promise<{ parent: number; server: number; kill(): void }> {
  const script = `
    import { startPostgres } from ${JSON.stringify(join(import.meta.dirname, 'embedded-postgres.ts'))};
    const server = await startPostgres({ folder: ${JSON.stringify(folder)} });
    console.log(server.pid);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const server = await new Promise<number>((done, fail) => {
    child.stdout.once('data', (chunk) => done(Number(String(chunk))));
    child.once('exit', (code) => fail(new Error(`ended with ${code}`)));
  });
  return { parent: child.pid!, server, kill: () => child.kill('SIGKILL') };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(10);
}

describe('the embedded Postgres', () => {
  it('keeps its data when stopped and started again', async () => {
    const first = await start();
    expect(await query(first, "select current_setting('wal_level'), current_setting('listen_addresses')")).toEqual([
      ['logical', '127.0.0.1'],
    ]);
    await query(first, 'create table kept as select 7 as n');
    await first.stop();
    await first.stop();
    expect(isRunning(first.pid)).toBe(false);
    const second = await start();
    expect(await query(second, 'select n from kept')).toEqual([[7]]);
    expect(
      await query(
        second,
        "select datcollate, pg_encoding_to_char(encoding) from pg_database where datname = 'postgres'",
      ),
    ).toEqual([['C', 'UTF8']]);
  });

  it('lets nobody in without the password, which only its owner may read', async () => {
    const server = await start();
    const url = new URL(server.url('postgres'));
    expect(statSync(join(folder, 'password')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, 'password'), 'utf8').trim()).toBe(url.password);
    expect(existsSync(join(folder, 'initdb-password'))).toBe(false);
    url.password = 'wrong';
    const client = new pg.Client({ connectionString: url.href });
    await expect(client.connect()).rejects.toMatchObject({ code: '28P01' });
  });

  it('recovers when everything was killed', async () => {
    const elsewhere = await startElsewhere();
    elsewhere.kill();
    process.kill(elsewhere.server, 'SIGKILL');
    await until(() => !isRunning(elsewhere.server));
    expect(existsSync(join(folder, 'data', 'postmaster.pid'))).toBe(true);
    const server = await start();
    expect(await query(server, 'select 1')).toEqual([[1]]);
  });

  it('stops a server whose parent was killed, and starts its own', async () => {
    const elsewhere = await startElsewhere();
    elsewhere.kill();
    await until(() => !isRunning(elsewhere.parent));
    expect(isRunning(elsewhere.server)).toBe(true);
    const server = await start();
    expect(isRunning(elsewhere.server)).toBe(false);
    expect(server.pid).not.toBe(elsewhere.server);
    expect(await query(server, 'select 1')).toEqual([[1]]);
  });

  it('leaves a stranger alone that has the pid of a server that is gone', async () => {
    const first = await start();
    const file = join(folder, 'data', 'postmaster.pid');
    process.kill(first.pid, 'SIGKILL');
    await until(() => !isRunning(first.pid));
    await first.stop();
    const text = readFileSync(file, 'utf8');
    const stranger = spawn('sleep', ['60']);
    writeFileSync(file, withPid(text, stranger.pid!));
    const second = await start();
    expect(await query(second, 'select 1')).toEqual([[1]]);
    expect(isRunning(stranger.pid!)).toBe(true);
    stranger.kill();
  });

  it('refuses a folder that a living process uses', async () => {
    await start();
    await expect(startPostgres({ folder })).rejects.toMatchObject({ code: 'DEMO_FOLDER_IN_USE' });
  });

  it('refuses a folder that another living process uses', async () => {
    const elsewhere = await startElsewhere();
    await expect(startPostgres({ folder })).rejects.toMatchObject({ code: 'DEMO_FOLDER_IN_USE' });
    expect(isRunning(elsewhere.server)).toBe(true);
    elsewhere.kill();
    await until(() => !isRunning(elsewhere.parent));
    await start();
  });

  it('refuses a port that is taken, and can then start on another', async () => {
    const blocker = createServer();
    await new Promise<void>((done) => blocker.listen(0, '127.0.0.1', done));
    const { port } = blocker.address() as { port: number };
    await expect(startPostgres({ folder, port })).rejects.toMatchObject({ code: 'DEMO_PORT_IN_USE' });
    await new Promise((done) => blocker.close(done));
    expect((await start(port)).port).toBe(port);
  });

  it('begins anew when initialising was cut short', async () => {
    mkdirSync(join(folder, 'data.new'));
    writeFileSync(join(folder, 'data.new', 'PG_VERSION'), '18\n');
    expect(await query(await start(), 'select 1')).toEqual([[1]]);
  });

  it('works below a folder that only we may enter', async () => {
    const parent = folder;
    chmodSync(parent, 0o700);
    folder = join(parent, 'closed', 'deep');
    mkdirSync(join(parent, 'closed'), { mode: 0o700 });
    expect(await query(await start(), 'select 1')).toEqual([[1]]);
    await servers.pop()!.stop();
    folder = parent;
  });
});

describe('the file postmaster.pid', () => {
  const text = '4711\n/data\n1795234563\n5433\n\n127.0.0.1\n   180912         5\nready   \n';

  it('tells pid, port and readiness', () => {
    expect(parsePostmasterFile(text)).toEqual({ pid: 4711, port: 5433, ready: true });
    expect(parsePostmasterFile(text.replace('ready   ', 'starting'))).toMatchObject({ ready: false });
  });

  it('tells nothing before it is written', () => {
    expect(parsePostmasterFile('')).toBeNull();
    expect(parsePostmasterFile('\n')).toBeNull();
    expect(parsePostmasterFile('-12\n')).toEqual({ pid: 12, port: null, ready: false });
  });
});
