import type { Registry } from 'prom-client';
import { sleep } from '../../runtime/abortable.ts';
import { runSession, type SessionOptions } from './load/session.ts';
import { createLoaderView, watchLoading } from './metrics.ts';
import { DEFAULT_TOPICS, type TopicSettings } from './topics.ts';

export interface KafkaLoaderOptions extends Omit<SessionOptions, 'topics' | 'view'> {
  readonly topics?: TopicSettings;
  readonly metrics?: Registry;
}

const AGAIN_MS = 500;

/**
 * Loads sources out of Kafka into the warehouse until the signal aborts, beside any number of other loaders of the group:
 * each has some of the tables, and one has the position of a source. Rejects with the first failure that does not pass.
 */
export async function runKafkaLoader(options: KafkaLoaderOptions): Promise<void> {
  const { topics = DEFAULT_TOPICS, logger, signal } = options;
  const view = createLoaderView();
  if (options.metrics !== undefined) watchLoading(options.metrics, view);
  while (!signal.aborted) {
    if ((await runSession({ ...options, topics, view })) === 'left') return;
    // All that it had is another's by now: it begins as any other that joins.
    logger.warn('loader: the brokers had given it up; joins again');
    await sleep(AGAIN_MS, signal);
  }
}
