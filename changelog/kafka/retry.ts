import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../../runtime/backoff.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';

const RETRY = { firstMs: 50, maxMs: 1_000 };

/** Does it again while what it throws may pass (policy `retry`), until the signal aborts. Says so once. */
export async function retryWhilePassing<T>(
  action: () => Promise<T>,
  { logger, signal }: { logger: Logger; signal: AbortSignal },
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof MillraceError) || error.policy !== 'retry' || signal.aborted) throw error;
      if (attempt === 0) logger.warn({ code: error.code, err: error.message }, 'waiting for the brokers');
      await sleep(backoffMs(attempt + 1, RETRY), undefined, { signal });
    }
  }
}
