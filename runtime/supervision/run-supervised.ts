import type { Logger } from '../logger.ts';
import { isMessage, type Message, READY, START } from './message.ts';

/** A child's side of the conversation with its supervisor. */
export interface Supervisor {
  /** Says that the work is being done; with what others need to know. */
  ready(details?: Record<string, unknown>): void;
  send(message: Message): void;
  onMessage(listener: (message: Message) => void): void;
}

const ORPHAN_GRACE_MS = 5_000;

/**
 * The main function of a supervised child: waits for the start message, runs, and exits with 0 when told to stop and 1
 * when it fails. SIGTERM aborts `signal`. So does the loss of the supervisor, and then the process is gone within
 * seconds, whatever it is doing.
 */
export async function runSupervised<Start>(options: {
  readonly run: (start: Start, supervisor: Supervisor, signal: AbortSignal) => Promise<void>;
  /** For what `run` throws. */
  readonly createLogger: (start: Start) => Logger;
}): Promise<void> {
  const stopping = new AbortController();
  process.on('SIGTERM', () => stopping.abort());
  process.on('SIGINT', () => {}); // the supervisor decides
  process.on('disconnect', () => {
    stopping.abort();
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), ORPHAN_GRACE_MS).unref();
  });
  const start = await firstMessage<Start>();
  const logger = options.createLogger(start);
  const supervisor: Supervisor = {
    ready: (details = {}) => supervisor.send({ ...details, type: READY }),
    send: (message) => {
      if (process.connected) process.send?.(message, undefined, {}, () => {});
    },
    onMessage: (listener) => {
      process.on('message', (message: unknown) => {
        if (isMessage(message)) listener(message);
      });
    },
  };
  try {
    await options.run(start, supervisor, stopping.signal);
    process.exitCode = 0;
  } catch (error) {
    if (!stopping.signal.aborted) logger.error({ err: error }, 'failed');
    process.exitCode = 1;
  }
  process.exit();
}

function firstMessage<Start>(): Promise<Start> {
  return new Promise((resolve, reject) => {
    if (!process.connected) {
      reject(new Error('this module is started by a supervisor, over IPC'));
      return;
    }
    process.once('message', (message: unknown) => {
      if (isMessage(message) && message.type === START) resolve(message as unknown as Start);
      else reject(new Error('the first message must be the start message'));
    });
  });
}
