import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../../runtime/backoff.ts';
import type { Logger } from '../../runtime/logger.ts';
import { classifyError } from '../clickhouse/classify-error.ts';
import { isRetryable } from '../clickhouse/retryable.ts';

const RETRY = { firstMs: 100, maxMs: 5_000 };

/**
 * Runs the action until it succeeds or fails for good. A warehouse that is down or overloaded is waited for: what
 * waits is bounded by back-pressure, and the source keeps what it was not asked to forget.
 */
export async function retryWhileUnreachable<T>(
  action: () => Promise<T>,
  options: { logger: Logger; signal: AbortSignal },
): Promise<T> {
  const { logger, signal } = options;
  for (let attempt = 0; ; attempt++) {
    try {
      const result = await action();
      if (attempt > 0) logger.info({ attempts: attempt + 1 }, 'warehouse is available again');
      return result;
    } catch (error) {
      if (signal.aborted || !isRetryable(error)) throw error;
      const { code } = classifyError(error);
      if (attempt === 0) logger.warn({ code, err: error }, 'warehouse is not available, waiting for it');
      const delayMs = backoffMs(attempt + 1, RETRY);
      await sleep(delayMs / 2 + (Math.random() * delayMs) / 2, undefined, { signal }).catch(() => {});
    }
  }
}
