import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../../runtime/backoff.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { KafkaClient } from './client/kafka-client.ts';
import { isMissingTopic } from './gone.ts';

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

/** A topic that is missing for so long was deleted: one that was just made is not known everywhere for a moment. */
export const MISSING_MS = 5_000;

/** As `retryWhilePassing`, but a topic that stays missing is not waited for: throws KAFKA_TOPIC_MISSING. */
export function retryUnlessMissing<T>(
  action: () => Promise<T>,
  options: { logger: Logger; signal: AbortSignal; missingMs?: number },
): Promise<T> {
  const { missingMs = MISSING_MS } = options;
  let sinceMs: number | null = null;
  const once = async (): Promise<Attempt<T>> => {
    try {
      return { value: await action() };
    } catch (error) {
      sinceMs = isMissingTopic(error) ? (sinceMs ?? performance.now()) : null;
      if (sinceMs === null || performance.now() - sinceMs < missingMs) throw error;
      return { missing: error };
    }
  };
  return retryWhilePassing(once, options).then((attempt) => {
    if ('missing' in attempt) throw attempt.missing;
    return attempt.value;
  });
}

type Attempt<T> = { readonly value: T } | { readonly missing: unknown };

/** The client, but what may pass is waited for. */
export function waitingClient(client: KafkaClient, options: { logger: Logger; signal: AbortSignal }): KafkaClient {
  return {
    ...client,
    ensureTopics: (topics) => retryWhilePassing(() => client.ensureTopics(topics), options),
    follow: (from, limits) => retryUnlessMissing(() => client.follow(from, limits), options),
    offsets: (topic) => retryUnlessMissing(() => client.offsets(topic), options),
    fetch: (from, limits) => retryUnlessMissing(() => client.fetch(from, limits), options),
  };
}
