import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../../runtime/backoff.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { KafkaClient } from './client/kafka-client.ts';

const RETRY = { firstMs: 50, maxMs: 1_000 };
/** A topic or a group that was just made is not known everywhere for a moment. */
const QUIET_MS = 2_000;

/** Does it again while what it throws may pass (policy `retry`), until the signal aborts. Says so once, when it lasts. */
export async function retryWhilePassing<T>(
  action: () => Promise<T>,
  { logger, signal, limits = RETRY }: { logger: Logger; signal: AbortSignal; limits?: typeof RETRY },
): Promise<T> {
  const startedAt = performance.now();
  let isSaid = false;
  for (let attempt = 0; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof MillraceError) || error.policy !== 'retry' || signal.aborted) throw error;
      if (!isSaid && performance.now() - startedAt > QUIET_MS) {
        logger.warn({ code: error.code, err: error.message }, 'waiting for the brokers');
        isSaid = true;
      }
      await sleep(backoffMs(attempt + 1, limits), undefined, { signal });
    }
  }
}

/** The client, but what may pass is waited for. */
export function waitingClient(client: KafkaClient, options: { logger: Logger; signal: AbortSignal }): KafkaClient {
  return {
    ...client,
    ensureTopics: (topics) => retryWhilePassing(() => client.ensureTopics(topics), options),
    offsets: (topic) => retryWhilePassing(() => client.offsets(topic), options),
    follow: (from, limits) => retryWhilePassing(() => client.follow(from, limits), options),
    fetch: (from, limits) => retryWhilePassing(() => client.fetch(from, limits), options),
  };
}
