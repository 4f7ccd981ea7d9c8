import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { backoffMs } from '../backoff.ts';
import type { Logger } from '../logger.ts';
import { isMessage, type Message, READY, START } from './message.ts';

export type ChildState = 'starting' | 'running' | 'restarting' | 'stopped';

export interface SupervisedChild {
  readonly name: string;
  state(): ChildState;
  /** Undefined while none runs. */
  pid(): number | undefined;
  /** How often it died so far. */
  deaths(): number;
  /** The ready message of the first start that succeeds. Never rejects; does not resolve when stopped before. */
  readonly ready: Promise<Message>;
  /** Lost when the child does not run: what is said must be a hint that can be found out otherwise. */
  send(message: Message): void;
  /** SIGTERM, and SIGKILL after the grace time. Resolves when it is gone. A second call waits for the first. */
  stop(): Promise<void>;
}

export interface SuperviseOptions {
  readonly name: string;
  /** Module that the child runs, and its arguments. */
  readonly module: string;
  readonly argv?: readonly string[];
  /** What the child is told when it starts; asked for each time. */
  readonly start: () => Record<string, unknown>;
  readonly logger: Logger;
  readonly onMessage?: (message: Message) => void;
  readonly onState?: (state: ChildState) => void;
  readonly graceMs?: number;
  readonly backoff?: { readonly firstMs: number; readonly maxMs: number };
}

const BACKOFF = { firstMs: 200, maxMs: 15_000 };
/** A child that was ready for this long was healthy: its next death starts the back-off anew. */
const HEALTHY_AFTER_MS = 30_000;

/**
 * Starts a Node process and starts it again whenever it dies, with exponential back-off. The child lives in a process
 * group of its own, so that a terminal's Ctrl-C reaches the supervisor alone, which stops its children in order; it
 * ends itself when the IPC channel breaks, so that it never outlives its supervisor (run-supervised.ts).
 */
export function superviseChild(options: SuperviseOptions): SupervisedChild {
  const { name, logger, backoff = BACKOFF, graceMs = 15_000 } = options;
  const { promise: ready, resolve: becomeReady } = Promise.withResolvers<Message>();
  const stopping = new AbortController();
  let state: ChildState = 'starting';
  let child: ChildProcess | undefined;
  let deaths = 0;

  const enter = (next: ChildState): void => {
    if (state === next) return;
    state = next;
    options.onState?.(next);
  };

  /** Resolves when the process is gone, with how long it was ready. */
  const runOnce = (): Promise<number> => {
    const { promise, resolve } = Promise.withResolvers<number>();
    let readySinceMs = 0;
    const started = fork(options.module, options.argv ?? [], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      detached: true,
      execArgv: [],
    });
    child = started;
    started.on('message', (message: unknown) => {
      if (!isMessage(message)) return;
      if (message.type === READY && readySinceMs === 0) {
        readySinceMs = Date.now();
        enter('running');
        becomeReady(message);
        logger.info({ child: name, childPid: started.pid }, 'child is ready');
      }
      options.onMessage?.(message);
    });
    const gone = (reason: string): void => {
      if (child === started) child = undefined;
      if (!stopping.signal.aborted) logger.warn({ child: name, childPid: started.pid, reason }, 'child died');
      resolve(readySinceMs === 0 ? 0 : Date.now() - readySinceMs);
    };
    started.once('error', (error) => {
      if (started.pid === undefined) gone(error.message);
    });
    started.once('exit', (code, signal) => gone(signal ?? `exit code ${code}`));
    send({ ...options.start(), type: START });
    return promise;
  };

  // `connected` may still be true for a moment after the death: the callback takes the error.
  const send = (message: Message): void => {
    if (child?.connected) child.send(message, () => {});
  };

  const keep = async (): Promise<void> => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const readyMs = await runOnce();
      if (stopping.signal.aborted) break;
      deaths += 1;
      failures = readyMs > HEALTHY_AFTER_MS ? 1 : failures + 1;
      enter('restarting');
      await delay(backoffMs(failures, backoff), undefined, { signal: stopping.signal }).catch(() => {});
    }
    enter('stopped');
  };

  const kept = keep();
  let stopped: Promise<void> | undefined;
  return {
    name,
    state: () => state,
    pid: () => child?.pid,
    deaths: () => deaths,
    ready,
    send,
    stop: () => {
      stopped ??= stopChild();
      return stopped;
    },
  };

  async function stopChild(): Promise<void> {
    stopping.abort();
    const last = child;
    last?.kill('SIGTERM');
    const timer = setTimeout(() => {
      logger.warn({ child: name, childPid: last?.pid, graceMs }, 'child does not stop; killing it');
      last?.kill('SIGKILL');
    }, graceMs);
    await kept;
    clearTimeout(timer);
  }
}
