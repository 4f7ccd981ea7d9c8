import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { DEMO_ERRORS } from '../errors.ts';
import { findPostgresBinaries, type PostgresBinaries } from './binaries.ts';
import { lockFolder } from './folder-lock.ts';
import { type PostmasterFile, parsePostmasterFile, withPid } from './postmaster-file.ts';
import { commandLine, isAlive } from './process-identity.ts';
import { chooseServerUser, type ServerUser, spawnAs } from './server-user.ts';

export interface EmbeddedPostgres {
  readonly port: number;
  /** Pid of the postmaster. */
  readonly pid: number;
  /** Connection URL with password; `user` is the superuser `postgres` unless another (with its password) is given. */
  url(database: string, user?: { name: string; password: string }): string;
  /** Fast shutdown; immediate if that takes over 15 s. A second call waits for the first. */
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** The server's own folder: `data/`, `postgres.log`, `password`, `owner.json`. Made if missing. */
  folder: string;
  /** 0 (the default) picks a free port. */
  port?: number;
  logger?: Logger;
}

const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  wal_level: 'logical',
  max_replication_slots: '50',
  max_wal_senders: '50',
  max_connections: '150',
  shared_buffers: '64MB',
  work_mem: '8MB',
  maintenance_work_mem: '32MB',
  logical_decoding_work_mem: '16MB',
  max_wal_size: '1GB',
  max_worker_processes: '4',
  io_method: 'sync',
  autovacuum_max_workers: '2',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  log_checkpoints: 'off',
};

const START_TIMEOUT_MS = 60_000;
const FAST_SHUTDOWN_MS = 15_000;
const MAX_LOG_BYTES = 8 * 1024 * 1024;

/**
 * Starts a real Postgres 18 over `folder`, initialising it the first time. It listens on 127.0.0.1 only, with a random
 * superuser password. A server left over by a process that was killed is stopped cleanly first. The server has a
 * process group of its own, so that Ctrl-C reaches us alone and we decide when it stops.
 * Throws DEMO_FOLDER_IN_USE, DEMO_PORT_IN_USE, DEMO_FOLDER_UNREACHABLE, DEMO_POSTGRES_FAILED and others of DEMO_ERRORS.
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const folder = resolve(options.folder);
  const dataFolder = join(folder, 'data');
  mkdirSync(folder, { recursive: true });
  const binaries = findPostgresBinaries();
  const unlock = lockFolder(folder);
  try {
    const left = await stopLeftover(dataFolder, options.logger);
    const user = prepareFolder(folder, dataFolder, binaries);
    const password = readOrMakePassword(folder);
    if (!existsSync(join(dataFolder, 'PG_VERSION'))) await initialise({ folder, dataFolder, binaries, user, password });
    const { child, port } = await start({ folder, dataFolder, binaries, user, left, port: options.port ?? 0 });
    const pid = child.pid!;
    options.logger?.info({ pid, port }, 'postgres started');
    let stopping: Promise<void> | undefined;
    child.once('exit', (code, signal) => {
      if (stopping === undefined) options.logger?.error({ pid, code, signal }, 'postgres ended by itself');
    });
    return {
      port,
      pid,
      url: (database, role = { name: 'postgres', password }) =>
        `postgres://${encodeURIComponent(role.name)}:${encodeURIComponent(role.password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
      stop() {
        stopping ??= endServer(pid).then(() => {
          unlock();
          options.logger?.info({ pid }, 'postgres stopped');
        });
        return stopping;
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Stops a server that outlived its parent. True when a lock file of an earlier run was there. */
async function stopLeftover(dataFolder: string, logger: Logger | undefined): Promise<boolean> {
  const file = join(dataFolder, 'postmaster.pid');
  const text = readIfThere(file);
  if (text === null) return false;
  const left = parsePostmasterFile(text);
  if (left === null || !isAlive(left.pid)) return true;
  if (commandLine(left.pid)?.includes(dataFolder)) {
    logger?.info({ pid: left.pid }, 'stopping a postgres that was left over');
    await endServer(left.pid);
  } else {
    // The pid now belongs to somebody else, which Postgres cannot tell.
    writeFileSync(file, withPid(text, process.pid));
  }
  return true;
}

function prepareFolder(folder: string, dataFolder: string, binaries: PostgresBinaries): ServerUser {
  if (process.getuid?.() !== 0) {
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
    return { uid: null, gid: null, prefix: [] };
  }
  const paths = [folder, binaries.postgres];
  const { uid, gid } = chooseServerUser({ dataFolder, paths: [] });
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  for (const own of [folder, dataFolder]) chownSync(own, uid!, gid!);
  return chooseServerUser({ dataFolder, paths });
}

function readOrMakePassword(folder: string): string {
  const file = join(folder, 'password');
  const password = readIfThere(file)?.trim();
  if (password) return password;
  const made = randomBytes(24).toString('base64url');
  writeFileSync(`${file}.new`, `${made}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return made;
}

async function initialise(options: {
  folder: string;
  dataFolder: string;
  binaries: PostgresBinaries;
  user: ServerUser;
  password: string;
}): Promise<void> {
  const { folder, dataFolder, user } = options;
  // What an initdb that was killed has left. PG_VERSION alone would not tell: it is written early.
  const fresh = `${dataFolder}.new`;
  rmSync(fresh, { recursive: true, force: true });
  rmSync(dataFolder, { recursive: true, force: true });
  const passwordFile = join(folder, 'initdb-password');
  mkdirSync(fresh, { mode: 0o700 });
  writeFileSync(passwordFile, `${options.password}\n`, { mode: 0o600 });
  if (user.uid !== null) for (const own of [fresh, passwordFile]) chownSync(own, user.uid, user.gid!);
  const log = openLog(folder);
  try {
    const {
      file,
      args,
      options: spawnOptions,
    } = spawnAs(user, [
      options.binaries.initdb,
      `--pgdata=${fresh}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
    ]);
    const child = spawn(file, args, { ...spawnOptions, stdio: ['ignore', log, log], env: { LC_ALL: 'C' } });
    const code = await new Promise<number | null>((done, fail) => child.once('error', fail).once('exit', done));
    if (code !== 0) throw new MillraceError(DEMO_ERRORS.postgresFailed, `initdb ended with code ${code} in ${folder}`);
    renameSync(fresh, dataFolder);
  } finally {
    closeSync(log);
    rmSync(passwordFile, { force: true });
  }
}

async function start(options: {
  folder: string;
  dataFolder: string;
  binaries: PostgresBinaries;
  user: ServerUser;
  left: boolean;
  port: number;
}): Promise<{ child: ChildProcess; port: number }> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (let attempt = 1; ; attempt++) {
    const port = options.port === 0 ? await freePort() : await checkPort(options.port);
    const child = startOnce({ ...options, port });
    const ready = await waitUntilReady(child, options.dataFolder, deadline);
    if (ready) return { child, port };
    // Somebody else took the free port, or backends of a killed postmaster were still ending.
    const again = (options.left || options.port === 0) && attempt < 20 && Date.now() < deadline;
    if (!again) throw new MillraceError(DEMO_ERRORS.postgresFailed, `postgres did not start in ${options.folder}`);
    await delay(250);
  }
}

function startOnce(options: {
  folder: string;
  dataFolder: string;
  binaries: PostgresBinaries;
  user: ServerUser;
  port: number;
}): ChildProcess {
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const command: [string, ...string[]] = [
    options.binaries.postgres,
    '-D',
    options.dataFolder,
    '-p',
    String(options.port),
    ...settings,
  ];
  const { file, args, options: spawnOptions } = spawnAs(options.user, command);
  const log = openLog(options.folder);
  try {
    const stdio: ['ignore', number, number] = ['ignore', log, log];
    const child = spawn(file, args, { ...spawnOptions, detached: true, stdio, env: { LC_ALL: 'C' } });
    child.on('error', () => {}); // `exit` or a missing pid tell the same; waitUntilReady sees it.
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** False when the server ended first. */
async function waitUntilReady(child: ChildProcess, dataFolder: string, deadline: number): Promise<boolean> {
  const file = join(dataFolder, 'postmaster.pid');
  while (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const text = readIfThere(file);
    const state: PostmasterFile | null = text === null ? null : parsePostmasterFile(text);
    if (state?.pid === child.pid && state.ready) return true;
    if (Date.now() > deadline) {
      await endServer(child.pid);
      throw new MillraceError(DEMO_ERRORS.postgresFailed, `postgres was not ready after ${START_TIMEOUT_MS / 1000} s`);
    }
    await delay(15);
  }
  return false;
}

/** Fast shutdown, then immediate (recovers at the next start), then SIGKILL. */
async function endServer(pid: number): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    const deadline = Date.now() + FAST_SHUTDOWN_MS;
    if (isAlive(pid)) process.kill(pid, signal);
    while (isAlive(pid) && Date.now() < deadline) await delay(15);
    if (!isAlive(pid)) return;
  }
}

function openLog(folder: string): number {
  const file = join(folder, 'postgres.log');
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG_BYTES) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function freePort(): Promise<number> {
  return listenOnce(0);
}

async function checkPort(port: number): Promise<number> {
  try {
    return await listenOnce(port);
  } catch (error) {
    throw new MillraceError(DEMO_ERRORS.portInUse, `port ${port} on 127.0.0.1`, { cause: error });
  }
}

function listenOnce(port: number): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}
