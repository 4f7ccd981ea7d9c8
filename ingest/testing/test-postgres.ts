import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { findPostgresBinaries } from '../../demo/postgres/binaries.ts';
import { endServer } from '../../demo/postgres/server-process.ts';
import { chooseServerUser, type ServerUser, spawnAs } from '../../demo/postgres/server-user.ts';
import { freePort } from '../../runtime/free-port.ts';

/** The oldest and the newest Postgres that capture is made for. */
export const OLDEST_POSTGRES = 14;
export const NEWEST_POSTGRES = 18;
export type PostgresMajor = typeof OLDEST_POSTGRES | typeof NEWEST_POSTGRES;

export interface TestPostgres {
  readonly major: PostgresMajor;
  readonly port: number;
  /** A superuser's url for a database. */
  url(database: string): string;
  createDatabase(name: string): Promise<string>;
  /** A connected superuser; closed with the server. */
  connect(database: string): Promise<pg.Client>;
  /** Stops the server (connections with it) and starts it over the same data, with more `-c` settings if given. */
  restart(settings?: readonly string[]): Promise<void>;
  /** A standby that streams from this server, with copies of its slots. Restarts this server. */
  standby(): Promise<TestPostgres>;
  /** A promoted standby: the same cluster up to now, on a timeline of its own from here on. Restarts this server. */
  promotedCopy(): Promise<TestPostgres>;
  stop(): Promise<void>;
}

export interface TestPostgresOptions {
  /** Default: MILLRACE_TEST_POSTGRES, else the newest. */
  readonly major?: PostgresMajor;
  /** Files of the data folder by name, readable by the server alone: certificates, pg_hba.conf. */
  readonly files?: Readonly<Record<string, string>>;
}

const START_TIMEOUT_MS = 60_000;

/** A throwaway Postgres with logical WAL on a free port. `settings` are `name=value`. */
export async function startTestPostgres(
  settings: readonly string[] = [],
  options: TestPostgresOptions = {},
): Promise<TestPostgres> {
  const major = options.major ?? (process.env.MILLRACE_TEST_POSTGRES === '14' ? OLDEST_POSTGRES : NEWEST_POSTGRES);
  const folder = mkdtempSync(join(tmpdir(), 'millrace-ingest-'));
  chmodSync(folder, 0o755); // The server's own account has to reach its folder.
  const dataFolder = join(folder, 'data');
  const programs = programsOf(major);
  const user = chooseServerUser({ dataFolder, paths: [folder, programs.postgres] });
  const own = (path: string): void => {
    if (user.uid !== null) chownSync(path, user.uid, user.gid!);
  };
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, 'secret\n');
  mkdirSync(dataFolder, { mode: 0o700 });
  own(dataFolder);
  await run(user, [
    programs.initdb,
    `--pgdata=${dataFolder}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  ]);
  for (const [name, content] of Object.entries(options.files ?? {})) {
    writeFileSync(join(dataFolder, name), content, { mode: 0o600 });
    own(join(dataFolder, name));
  }
  return runServer({ major, folder, program: programs.postgres, user, settings });
}

/** Over a data folder that is there. */
async function runServer(options: {
  major: PostgresMajor;
  folder: string;
  program: string;
  user: ServerUser;
  settings: readonly string[];
}): Promise<TestPostgres> {
  const { major, folder, program, user, settings } = options;
  const dataFolder = join(folder, 'data');
  const always = ['wal_level=logical', 'fsync=off', 'max_wal_senders=20', 'max_replication_slots=20', ...settings];
  let port = await freePort();
  let server = await start({ user, program, dataFolder, port, settings: always });
  while (server === null) {
    port = await freePort(); // Somebody else took it.
    server = await start({ user, program, dataFolder, port, settings: always });
  }
  const clients: pg.Client[] = [];
  const url = (database: string): string => `postgres://postgres:secret@127.0.0.1:${port}/${database}`;
  const connect = async (database: string): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url(database) });
    client.on('error', () => {});
    await client.connect();
    clients.push(client);
    return client;
  };
  const copyAsStandby = async (more: readonly string[]): Promise<TestPostgres> => {
    const copyFolder = mkdtempSync(join(tmpdir(), 'millrace-ingest-'));
    chmodSync(copyFolder, 0o755);
    await endServer(server!.pid!);
    execFileSync('cp', ['-a', dataFolder, join(copyFolder, 'data')]);
    writeFileSync(join(copyFolder, 'data', 'standby.signal'), '', { mode: 0o600 });
    if (user.uid !== null) chownSync(join(copyFolder, 'data', 'standby.signal'), user.uid, user.gid!);
    for (server = null; server === null; ) {
      server = await start({ user, program, dataFolder, port, settings: always });
    }
    return runServer({ major, folder: copyFolder, program, user, settings: [...settings, ...more] });
  };
  return {
    major,
    port,
    url,
    connect,
    async createDatabase(name) {
      const client = await connect('postgres');
      await client.query(`create database ${pg.escapeIdentifier(name)}`);
      return url(name);
    },
    async restart(more = []) {
      await endServer(server!.pid!);
      const again = [...always, ...more];
      for (server = null; server === null; ) {
        server = await start({ user, program, dataFolder, port, settings: again });
      }
    },
    standby: () => copyAsStandby([`primary_conninfo=host=127.0.0.1 port=${port} user=postgres password=secret`]),
    async promotedCopy() {
      const copy = await copyAsStandby([]);
      const client = await copy.connect('postgres');
      await client.query('select pg_promote(true)');
      return copy;
    },
    async stop() {
      await Promise.all(clients.map((client) => client.end().catch(() => {})));
      await endServer(server!.pid!);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function programsOf(major: PostgresMajor): { initdb: string; postgres: string } {
  if (major === NEWEST_POSTGRES) return findPostgresBinaries();
  const entry = createRequire(import.meta.url).resolve(`postgres-${major}`);
  const folder = join(dirname(entry), '..', 'native', 'bin');
  const programs = { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') };
  for (const file of Object.values(programs)) chmodSync(file, 0o755);
  return programs;
}

async function run(user: ServerUser, command: readonly [string, ...string[]]): Promise<void> {
  const { file, args, options } = spawnAs(user, command);
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'], env: { LC_ALL: 'C' } });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const code = await new Promise((done, fail) => child.once('error', fail).once('close', done));
  if (code !== 0) throw new Error(`initdb ended with ${code}: ${errors}`);
}

/** Resolves when connections are accepted; with null when the server ended by itself. */
async function start(options: {
  user: ServerUser;
  program: string;
  dataFolder: string;
  port: number;
  settings: readonly string[];
}): Promise<ChildProcess | null> {
  const flags = options.settings.flatMap((setting) => ['-c', setting]);
  const command = [options.program, '-D', options.dataFolder, '-p', String(options.port), '-h', '127.0.0.1', '-k', ''];
  const { file, args, options: spawning } = spawnAs(options.user, [...command, ...flags] as [string, ...string[]]);
  // Its log is read, lest the server waits for a full pipe.
  const child = spawn(file, args, { ...spawning, stdio: ['ignore', 'ignore', 'pipe'], env: { LC_ALL: 'C' } });
  return new Promise((resolve, reject) => {
    let log = '';
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`postgres is not ready: ${log}`));
    }, START_TIMEOUT_MS);
    child.once('error', reject);
    child.once('exit', () => {
      clearTimeout(late);
      if (/Address already in use|shared memory block|lock file/.test(log)) resolve(null);
      else reject(new Error(`postgres did not start: ${log}`));
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      if (log.length < 16_384) log += chunk.toString();
      if (!/ready to accept (read-only )?connections/.test(log)) return;
      clearTimeout(late);
      resolve(child);
    });
  });
}
