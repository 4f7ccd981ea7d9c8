import type { Logger } from './logger.ts';

/** A terminal's Ctrl-C reaches a process and its parents, and npm and wrappers pass theirs on: those are one signal. */
const SAME_SIGNAL_MS = 1_000;

/**
 * Runs until it is done or told to stop. The first SIGINT, SIGTERM or SIGHUP, or the end of the parent that holds this
 * process's IPC channel, aborts `signal`, and `run` is expected to drain and return; a second signal ends the process
 * at once. Rejects with what `run` rejects with.
 */
export async function runUntilSignal(options: {
  readonly logger: Logger;
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** What a second signal does; the default ends the process with 130. */
  readonly force?: () => void;
}): Promise<void> {
  const { logger, run, force = () => process.exit(130) } = options;
  const stopping = new AbortController();
  let firstAtMs = 0;
  const stop = (reason: string): void => {
    if (!stopping.signal.aborted) {
      firstAtMs = Date.now();
      logger.info({ reason }, 'stopping');
      stopping.abort();
    } else if (Date.now() - firstAtMs > SAME_SIGNAL_MS && reason !== 'disconnect') {
      logger.warn({ reason }, 'stopping at once');
      force();
    }
  };
  const onDisconnect = (): void => stop('disconnect');
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop).on('disconnect', onDisconnect);
  process.channel?.unref();
  try {
    await run(stopping.signal);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGHUP', stop).off('disconnect', onDisconnect);
  }
}
