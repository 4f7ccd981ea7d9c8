import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../runtime/logger.ts';
import { isRetryable } from '../clickhouse/retryable.ts';

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;

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
      return await action();
    } catch (error) {
      if (signal.aborted || !isRetryable(error)) throw error;
      if (attempt === 0) logger.warn({ err: error }, 'warehouse is not available, waiting for it');
      const delayMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
      await sleep(delayMs / 2 + (Math.random() * delayMs) / 2, undefined, { signal }).catch(() => {});
    }
  }
}
