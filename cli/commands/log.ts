import { createKafkajsClient } from '../../changelog/kafka/client/kafkajs-client.ts';
import { connectionOf } from '../../changelog/kafka/client/kafkajs-connection.ts';
import { type RewindPoint, type RewoundTopic, rewindTopics } from '../../changelog/kafka/rewind.ts';
import type { Config } from '../../runtime/config/config.ts';
import { MillraceError } from '../../runtime/errors.ts';
import { createLogger } from '../../runtime/logger.ts';
import { CLI_ERRORS } from '../errors.ts';
import { topicsOf } from '../roles/kafka-log.ts';

const PATIENCE_MS = 30_000;

/**
 * Has a source or a table loaded again from Kafka, and says which topics. The loaders do it, when they run. Throws
 * CLI_NO_BROKER, CLI_SOURCE_UNKNOWN, KAFKA_TOPIC_UNKNOWN, or what the brokers answer.
 */
export async function log(options: { config: Config; name: string; to: RewindPoint; json: boolean }): Promise<void> {
  const { config, name, to, json } = options;
  if (config.log === 'direct') throw new MillraceError(CLI_ERRORS.noBroker, '`log` is direct');
  const [source = '', ...rest] = name.split('.');
  const sources = config.sources.map((each) => each.name);
  if (!sources.includes(source)) {
    throw new MillraceError(CLI_ERRORS.sourceUnknown, `${source}; there are ${sources.join(', ')}`);
  }
  const { kafka } = config.log;
  const logger = createLogger({ name: 'log', level: 'silent' });
  const client = createKafkajsClient({ connection: connectionOf(kafka, 'millrace-log'), logger });
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    const table = rest.length === 0 ? null : rest.join('.');
    const rewound = await rewindTopics({ client, topics: topicsOf(kafka), source, table, to, logger, signal });
    process.stdout.write(json ? `${JSON.stringify(documentOf(source, rewound))}\n` : textOf(rewound));
  } finally {
    await client.close();
  }
}

function documentOf(source: string, rewound: readonly RewoundTopic[]): unknown {
  const topics = rewound.map(({ topic, offsets, messages }) => ({ topic, offsets: offsets.map(String), messages }));
  return { source, topics };
}

function textOf(rewound: readonly RewoundTopic[]): string {
  if (rewound.length === 0) return 'nothing was put aside\n';
  return rewound.map(({ topic, messages }) => `${topic}: ${messages} messages will be loaded again\n`).join('');
}
