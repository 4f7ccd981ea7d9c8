import { sleep } from '../runtime/abortable.ts';
import { MillraceError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { INGEST_ERRORS } from './errors.ts';
import { reconnectDelayMs } from './postgres/connection/reconnect-delay.ts';
import type { CaptureProgress } from './progress.ts';

/**
 * Captures a source epoch after epoch: `capture` resolves with false when it is to begin anew. `onEnd` is told of the end, with what it
 * failed with, or null; a failure is thrown as well.
 */
export async function runEpochs(options: {
  capture: (signal: AbortSignal) => Promise<boolean>;
  onEnd: (failure: MillraceError | null) => void;
  /** A source that has to be copied again and again is not copied without a pause. */
  rest: { readonly firstMs: number; readonly maxMs: number };
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { capture, onEnd, rest, logger, signal } = options;
  try {
    for (let epochs = 1; !(await capture(signal)); epochs++) {
      if (epochs > 1) await sleep(reconnectDelayMs(epochs, rest, Math.random()), signal);
    }
    onEnd(null);
  } catch (error) {
    const failure = captureFailure(error);
    onEnd(failure);
    logger.error({ code: failure.code, err: failure.message, remedy: failure.remedy }, 'capture failed');
    throw failure;
  }
}

/** What a capture ends with: errors of the source are out of the catalogue by now; others are the log's. */
function captureFailure(cause: unknown): MillraceError {
  if (cause instanceof MillraceError) return cause;
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new MillraceError(INGEST_ERRORS.logFailed, detail, { cause });
}

/** For who watches. */
export function shownError(error: MillraceError | null): CaptureProgress['lastError'] {
  return error && { code: error.code, message: error.message, remedy: error.remedy };
}
