import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MillraceError } from '../../runtime/errors.ts';
import { isRunning } from '../../runtime/process-identity.ts';
import { DEMO_ERRORS } from '../errors.ts';
import { checkPort } from './port.ts';
import { type PostmasterFile, parsePostmasterFile } from './postmaster-file.ts';
import { openLog, readIfThere } from './server-files.ts';
import { type ServerUser, spawnAs } from './server-user.ts';

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

interface ServerOptions {
  /** Folder of the log. */
  folder: string;
  dataFolder: string;
  /** The program `postgres`. */
  program: string;
  user: ServerUser;
  port: number;
}

/** Starts the server and resolves when it takes connections. `left`: an earlier run may still be ending. */
export async function startServer(
  options: ServerOptions & { left: boolean },
): Promise<{ child: ChildProcess; port: number }> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (let attempt = 1; ; attempt++) {
    const port = await checkPort(options.port);
    const child = startOnce({ ...options, port });
    const ready = await waitUntilReady(child, options.dataFolder, deadline);
    if (ready) return { child, port };
    // Somebody else took the free port, or backends of a killed postmaster were still ending.
    const again = (options.left || options.port === 0) && attempt < 20 && Date.now() < deadline;
    if (!again) throw new MillraceError(DEMO_ERRORS.postgresFailed, `postgres did not start in ${options.folder}`);
    await delay(250);
  }
}

function startOnce(options: ServerOptions): ChildProcess {
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const command: [string, ...string[]] = [
    options.program,
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
export async function endServer(pid: number): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    const deadline = Date.now() + FAST_SHUTDOWN_MS;
    if (isRunning(pid)) process.kill(pid, signal);
    while (isRunning(pid) && Date.now() < deadline) await delay(15);
    if (!isRunning(pid)) return;
  }
}
