import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { aborted } from '../../runtime/abortable.ts';
import { backoffMs } from '../../runtime/backoff.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { WAREHOUSE_DATABASES } from '../clickhouse/databases.ts';
import { serverConfiguration, usersConfiguration } from './configuration.ts';
import { type Endpoint, removeEndpoint, writeEndpoint, writePrivateFile } from './endpoint.ts';
import { EMBEDDED_ERRORS } from './errors.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { locateLibrary } from './native-library.ts';
import { claimPort } from './ports.ts';
import { loadOrCreateSecrets } from './secrets.ts';
import { writeShadowedFunctions } from './shadowed-functions.ts';

export type EmbeddedState = 'starting' | 'running' | 'restarting' | 'failed' | 'stopped';

export interface EmbeddedOptions {
  /** Everything of this server lives here: data, logs, configuration, secrets. */
  readonly folder: string;
  /** HTTP port on loopback; 0 for a free one. */
  readonly port: number;
  /** Native protocol port on loopback; 0 for a free one. */
  readonly nativePort: number;
  readonly maxMemoryBytes: number;
  readonly logger: Logger;
  /** Told of each change of state, in order. */
  readonly onState?: (state: EmbeddedState) => void;
}

export interface EmbeddedWarehouse {
  readonly endpoint: Endpoint;
  state(): EmbeddedState;
  /** Of the server process; undefined while none runs. */
  pid(): number | undefined;
  /** Ends the server in order and lets go of the folder. A second call waits for the first. */
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const START_DEADLINE_MS = 120_000;
const STOP_GRACE_MS = 10_000;
const RESTART_BACKOFF = { firstMs: 100, maxMs: 10_000 };
/** A server that ran this long was healthy: its next death starts the back-off anew. */
const HEALTHY_AFTER_MS = 30_000;
const MAX_FAILED_STARTS = 10;

/**
 * Starts a ClickHouse server in a process of its own and keeps it running: when it dies it is started again on the same
 * ports. Resolves when it answers and has its databases. Throws EMBEDDED_FOLDER_LOCKED, EMBEDDED_PORT_TAKEN,
 * EMBEDDED_UNSUPPORTED_PLATFORM, EMBEDDED_START_FAILED.
 */
export async function startEmbeddedWarehouse(options: EmbeddedOptions): Promise<EmbeddedWarehouse> {
  const folder = resolve(options.folder);
  const library = locateLibrary();
  mkdirSync(join(folder, 'logs'), { recursive: true, mode: 0o700 });
  const lock = await lockFolder({ folder, logger: options.logger });
  try {
    const endpoint: Endpoint = {
      host: HOST,
      httpPort: await claimPort(HOST, options.port),
      nativePort: await claimPort(HOST, options.nativePort),
      users: loadOrCreateSecrets(folder),
    };
    writeConfiguration(folder, endpoint, options.maxMemoryBytes);
    writeShadowedFunctions(join(folder, 'data'));
    return await new ServerKeeper({ ...options, folder }, library, lock, endpoint).start();
  } catch (error) {
    lock.release();
    throw error;
  }
}

function writeConfiguration(folder: string, endpoint: Endpoint, maxMemoryBytes: number): void {
  const usersFile = join(folder, 'users.xml');
  writePrivateFile(usersFile, usersConfiguration({ users: endpoint.users, maxMemoryBytes }));
  writePrivateFile(
    join(folder, 'config.xml'),
    serverConfiguration({ ...endpoint, usersFile, logFolder: join(folder, 'logs'), maxMemoryBytes }),
  );
}

class ServerKeeper implements EmbeddedWarehouse {
  readonly endpoint: Endpoint;
  readonly #options: EmbeddedOptions;
  readonly #library: string;
  readonly #lock: FolderLock;
  readonly #admin: ClickHouseClient;
  readonly #stopping = new AbortController();
  #state: EmbeddedState = 'starting';
  #child: ChildProcess | undefined;
  #kept: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  constructor(options: EmbeddedOptions, library: string, lock: FolderLock, endpoint: Endpoint) {
    this.#options = options;
    this.#library = library;
    this.#lock = lock;
    this.endpoint = endpoint;
    this.#admin = createClient({
      url: `http://${endpoint.host}:${endpoint.httpPort}`,
      username: 'millrace',
      password: endpoint.users.millrace,
      keep_alive: { enabled: false },
      request_timeout: 30_000,
      log: { level: ClickHouseLogLevel.OFF },
    });
  }

  state(): EmbeddedState {
    return this.#state;
  }

  pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<EmbeddedWarehouse> {
    this.#options.onState?.('starting');
    const startedAtMs = Date.now();
    const exit = this.#spawn();
    try {
      await this.#untilReady(exit);
      for (const database of WAREHOUSE_DATABASES) {
        await this.#admin.command({ query: `create database if not exists \`${database}\`` });
      }
    } catch (error) {
      await this.#end(exit);
      await this.#admin.close();
      this.#enter('failed');
      throw error;
    }
    writeEndpoint(this.#options.folder, this.endpoint);
    this.#enter('running');
    this.#options.logger.info(
      { serverPid: this.pid(), port: this.endpoint.httpPort, elapsedMs: Date.now() - startedAtMs },
      'warehouse server runs',
    );
    this.#kept = this.#keep(exit);
    return this;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    await this.#kept;
    await this.#admin.close();
    removeEndpoint(this.#options.folder);
    this.#lock.release();
    if (this.#state !== 'failed') this.#enter('stopped');
  }

  /** Waits for the server's death and starts it again, until stopped or until it fails too often in a row. */
  async #keep(firstExit: Promise<string>): Promise<void> {
    const { logger } = this.#options;
    const stopRequested = aborted(this.#stopping.signal).then(() => 'stop');
    let exit = firstExit;
    let failures = 0;
    let runningSinceMs = Date.now();
    for (;;) {
      const reason = await Promise.race([exit, stopRequested]);
      if (this.#stopping.signal.aborted) return this.#end(exit);
      if (Date.now() - runningSinceMs > HEALTHY_AFTER_MS) failures = 0;
      failures += 1;
      if (failures > MAX_FAILED_STARTS) {
        logger.error({ reason, failures }, 'warehouse server fails again and again; giving up');
        return this.#enter('failed');
      }
      const waitMs = backoffMs(failures, RESTART_BACKOFF);
      logger.warn({ reason, waitMs }, 'warehouse server died; starting it again');
      this.#enter('restarting');
      await Promise.race([delay(waitMs), stopRequested]);
      if (this.#stopping.signal.aborted) return;
      exit = this.#spawn();
      try {
        await this.#untilReady(exit);
      } catch (error) {
        if (this.#stopping.signal.aborted) return this.#end(exit);
        logger.warn({ err: error }, 'warehouse server did not come back');
        await this.#end(exit);
        continue;
      }
      runningSinceMs = Date.now();
      this.#enter('running');
      logger.info({ serverPid: this.pid() }, 'warehouse server runs again');
    }
  }

  /** Starts the process; the promise tells why it ended, and never rejects. */
  #spawn(): Promise<string> {
    const { folder } = this.#options;
    const output = openSync(join(folder, 'logs', 'process.log'), 'w', 0o600);
    const child = spawn(
      process.execPath,
      [
        fileURLToPath(new URL('./server-process.ts', import.meta.url)),
        this.#library,
        `--config-file=${join(folder, 'config.xml')}`,
        `--path=${join(folder, 'data')}`,
        '--log-level=warning',
      ],
      // Standard input stays open as long as this process lives; the lock is inherited as descriptor 3.
      {
        cwd: folder,
        stdio: ['pipe', output, output, this.#lock.descriptor],
        detached: true, // a terminal's Ctrl-C is for the parent, which stops its writers first
        env: { TZ: 'UTC' },
      },
    );
    closeSync(output);
    child.stdin?.on('error', () => {}); // the server's death is told by its exit
    this.#child = child;
    if (child.pid !== undefined) this.#lock.recordServer(child.pid);
    return new Promise((resolveExit) => {
      const ended = (reason: string): void => {
        if (this.#child === child) this.#child = undefined;
        resolveExit(reason);
      };
      child.once('error', (error) => ended(error.message));
      child.once('exit', (code, signal) => ended(signal ?? `exit code ${code}`));
    });
  }

  async #untilReady(exit: Promise<string>): Promise<void> {
    let ended: string | undefined;
    void exit.then((reason) => {
      ended = reason;
    });
    const deadlineMs = Date.now() + START_DEADLINE_MS;
    for (;;) {
      if (ended !== undefined) throw new MillraceError(EMBEDDED_ERRORS.startFailed, `the server ended with ${ended}`);
      // Our own user's secret is asked for, so that another server on this port is not taken for ours.
      const answer = await this.#admin.ping({ select: true });
      if (answer.success) return;
      if (this.#stopping.signal.aborted || Date.now() > deadlineMs) {
        throw new MillraceError(EMBEDDED_ERRORS.startFailed, 'the server does not answer', { cause: answer.error });
      }
      await delay(30);
    }
  }

  async #end(exit: Promise<string>): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
    await exit;
    clearTimeout(timer);
  }

  #enter(state: EmbeddedState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onState?.(state);
  }
}
