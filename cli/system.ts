import { fileURLToPath } from 'node:url';
import { aborted } from '../runtime/abortable.ts';
import type { Config } from '../runtime/config/config.ts';
import { MillraceError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { type Message, READY } from '../runtime/supervision/message.ts';
import { type SupervisedChild, superviseChild } from '../runtime/supervision/supervise-child.ts';
import { embeddedFolder, warehouseLogin } from '../warehouse/clickhouse/connect.ts';
import { type EmbeddedWarehouse, startEmbeddedWarehouse } from '../warehouse/embedded/embedded-warehouse.ts';
import type { ChildStart } from './child.ts';
import { CLI_ERRORS } from './errors.ts';
import { type PartStatus, removeRunFile, type SourceProgress, writeRunFile } from './run-file.ts';

export interface SystemOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly logLevel: string;
  readonly signal: AbortSignal;
  /** Told what was done, with how long it took. */
  readonly onStep?: (text: string, elapsedMs: number) => void;
}

/** The parts of one running system. */
export interface System {
  readonly apiUrl: string;
  /** With user and password of `reader` where the warehouse is embedded. */
  readonly warehouseUrl: string;
  progress(): Readonly<Record<string, SourceProgress>>;
  parts(): Record<string, PartStatus>;
  /** Rejects when a part is given up for good; never resolves. */
  readonly failed: Promise<never>;
  /** Ingest first, so that what was captured is loaded; the warehouse last. A second call waits for the first. */
  stop(): Promise<void>;
}

const RUN_FILE_MS = 1_000;
const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));

/**
 * Starts the whole line: the embedded warehouse if there is one, then ingest, models and API, each in a process of its
 * own that is started again when it dies. Resolves when all of them answer; when stopped before, resolves with null.
 * Throws what the embedded warehouse throws.
 */
export async function startSystem(options: SystemOptions): Promise<System | null> {
  const { config, logger, signal, onStep } = options;
  const startedAtMs = Date.now();
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  failed.catch(() => {}); // told to whoever waits for it
  const embedded = await startWarehouse(options, fail);
  if (embedded !== null)
    onStep?.(`warehouse answers at http://127.0.0.1:${embedded.endpoint.httpPort}`, since(startedAtMs));
  const progress: Record<string, SourceProgress> = {};
  const children = new Map<ChildStart['role'], SupervisedChild>();
  let api = { ...config.api };

  /** Part to where its metrics are. */
  const metrics: Record<string, string> = {};

  const relay = (message: Message): void => {
    if (message.type === 'loaded') children.get('models')?.send(message);
    else if (message.type === 'followed' || message.type === 'asked') children.get('ingest')?.send(message);
    else if (message.type === 'published') children.get('api')?.send(message);
    else if (message.type === 'progress') Object.assign(progress, message.sources);
  };
  const supervise = (role: ChildStart['role']): SupervisedChild => {
    const child = superviseChild({
      name: role,
      module: CHILD,
      argv: [role],
      start: () => ({ role, config: { ...config, api }, logLevel: options.logLevel }) satisfies ChildStart,
      logger,
      onMessage: (message) => {
        if (message.type === READY) {
          if (typeof message.metrics === 'string') metrics[role] = message.metrics;
          children.get('api')?.send({ type: 'metrics', urls: metrics });
        }
        relay(message);
      },
    });
    children.set(role, child);
    return child;
  };

  let stopped: Promise<void> | undefined;
  let runFileTimer: NodeJS.Timeout | undefined;
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      clearInterval(runFileTimer);
      for (const role of ['ingest', 'models', 'api'] as const) await children.get(role)?.stop();
      await embedded?.stop();
      removeRunFile(config.warehouse.stateFolder);
    })();
    return stopped;
  };
  const parts = (): Record<string, PartStatus> => {
    const all: Record<string, PartStatus> = {};
    if (embedded !== null) all.warehouse = { state: embedded.state(), pid: embedded.pid() ?? null };
    for (const child of children.values()) {
      const url = metrics[child.name];
      all[child.name] = { state: child.state(), pid: child.pid() ?? null, ...(url !== undefined && { metrics: url }) };
    }
    return all;
  };

  const answers = ['ingest', ...(config.models === false ? [] : ['models']), 'api'].map(async (role) => {
    const child = supervise(role as ChildStart['role']);
    const message = await child.ready;
    onStep?.(role === 'api' ? `api answers at ${String(message.url)}` : `${role} runs`, since(startedAtMs));
    return message;
  });
  const all = await Promise.race([Promise.all(answers), aborted(signal).then(() => null)]);
  if (all === null) {
    await stop();
    return null;
  }
  const apiUrl = String(all.at(-1)?.url);
  // A free port, once picked, stays the same when the API is started again.
  api = { ...api, port: Number(new URL(apiUrl).port) };
  // What `status` reads, and nothing else depends on it: a full disk must not end the rest.
  let isRunFileStale = false;
  const writeRun = (): void => {
    try {
      writeRunFile(config.warehouse.stateFolder, { api: apiUrl, parts: parts(), sources: progress });
      isRunFileStale = false;
    } catch (error) {
      if (!isRunFileStale) logger.warn({ err: error }, 'run file not written: status shows an earlier state');
      isRunFileStale = true;
    }
  };
  writeRun();
  runFileTimer = setInterval(writeRun, RUN_FILE_MS);
  return { apiUrl, warehouseUrl: readerUrl(config), progress: () => progress, parts, failed, stop };
}

async function startWarehouse(
  options: SystemOptions,
  fail: (error: MillraceError) => void,
): Promise<EmbeddedWarehouse | null> {
  const { config, logger } = options;
  const folder = embeddedFolder(config.warehouse);
  if (folder === null) return null;
  const { port, nativePort, maxMemoryBytes } = config.warehouse;
  return startEmbeddedWarehouse({
    folder,
    port,
    nativePort,
    maxMemoryBytes,
    logger,
    onState: (state) => {
      if (state === 'failed') fail(new MillraceError(CLI_ERRORS.warehouseGone, folder));
    },
  });
}

/** Never the password of an external server. */
function readerUrl(config: Config): string {
  const login = warehouseLogin(config.warehouse, 'reader');
  const url = new URL(login.url);
  if (embeddedFolder(config.warehouse) !== null) {
    url.username = login.username;
    url.password = login.password;
  }
  return url.href.replace(/\/$/, '');
}

function since(startedAtMs: number): number {
  return Date.now() - startedAtMs;
}
