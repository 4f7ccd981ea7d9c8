import type { Logger } from '../../runtime/logger.ts';
import type { OnTableFailure } from '../change-log.ts';
import type { Destination } from '../destination.ts';
import type { KafkaClient } from './client/kafka-client.ts';
import { createCompactTopic } from './compact-topic.ts';
import { loadSource } from './load/source-loader.ts';
import { retryWhilePassing } from './retry.ts';
import { DEFAULT_TOPICS, type SystemTopic, systemTopic, systemTopicSpec, type TopicSettings } from './topics.ts';

const TOPICS = ['watermarks', 'relations', 'loaded'] as const satisfies readonly SystemTopic[];

/**
 * Loads sources out of Kafka into a destination until the signal aborts. One process at a time has a source. Rejects with
 * the first failure that does not pass by itself.
 */
export async function runKafkaLoader(options: {
  client: KafkaClient;
  destination: Destination;
  sources: readonly string[];
  topics?: TopicSettings;
  /** Told of a table whose rows the destination will not take; they are left out once it has resolved. */
  onTableFailure: OnTableFailure;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { client, destination, sources, topics = DEFAULT_TOPICS, onTableFailure, logger, signal } = options;
  const specs = TOPICS.map((name) => systemTopicSpec(name, topics));
  await retryWhilePassing(() => client.ensureTopics(specs), { logger, signal });
  await Promise.all(
    sources.map(async (source) => {
      const waiting = { logger: logger.child({ source }), signal };
      const open = (name: SystemTopic) => createCompactTopic({ client, topic: systemTopic(name, topics), ...waiting });
      await loadSource({
        source,
        client,
        destination: await destination.openSource(source, signal),
        watermarkTopic: systemTopic('watermarks', topics),
        relations: open('relations'),
        loaded: open('loaded'),
        onTableFailure,
        ...waiting,
      });
    }),
  );
}
