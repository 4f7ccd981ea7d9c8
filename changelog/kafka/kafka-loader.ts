import type { Registry } from 'prom-client';
import { sleep } from '../../runtime/abortable.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Tracing } from '../../runtime/tracing/tracing.ts';
import type { OnTableFailure } from '../change-log.ts';
import type { Rounds } from '../rounds.ts';
import type { KafkaClient } from './client/kafka-client.ts';
import type { KafkaGroup } from './client/kafka-group.ts';
import type { LoaderWarehouse } from './load/loader-warehouse.ts';
import { runSession } from './load/session.ts';
import { createLoaderView, watchLoading } from './metrics.ts';
import { DEFAULT_TOPICS, type TopicSettings } from './topics.ts';

export interface KafkaLoaderOptions {
  readonly client: KafkaClient;
  readonly group: KafkaGroup;
  readonly warehouse: LoaderWarehouse;
  readonly sources: readonly string[];
  /** Of this loader, for whoever looks at who has what. */
  readonly name: string;
  readonly topics?: TopicSettings;
  /** Told of a table whose rows the warehouse will not take; they are left out once it has resolved. */
  readonly onTableFailure: OnTableFailure;
  /** Of all sources together; without them nobody follows what is loaded here. */
  readonly rounds?: Rounds | null;
  readonly metrics?: Registry;
  readonly tracing?: Tracing;
  readonly logger: Logger;
  readonly signal: AbortSignal;
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
