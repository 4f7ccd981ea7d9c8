import { randomUUID } from 'node:crypto';
import type { Registry } from 'prom-client';
import { NEVER } from '../../runtime/abortable.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Tracing } from '../../runtime/tracing/tracing.ts';
import type { ChangeLog } from '../change-log.ts';
import { createSourceLogs } from '../source-logs.ts';
import { ensureCheckedTopics } from './checked-topics.ts';
import type { KafkaClient } from './client/kafka-client.ts';
import { type CompactTopic, createCompactTopic } from './compact-topic.ts';
import { DEFAULT_ENVELOPE, type EnvelopeOptions } from './envelope/envelope-options.ts';
import { KAFKA_ERRORS } from './errors.ts';
import { KAFKA_LIMITS, type KafkaLimits } from './kafka-limits.ts';
import { identityKey, judgeLog, type LogIdentity } from './log-identity.ts';
import { createPublishView, type PublishView, watchPublishing } from './metrics.ts';
import { createKafkaSourceLog, type KafkaSourceLog } from './publish/kafka-source-log.ts';
import { readPartitionCounts } from './publish/topic-memory.ts';
import { topicsOnRecord } from './relation-record.ts';
import { retryWhilePassing } from './retry.ts';
import { createSourceTracing } from './source-tracing.ts';
import { DEFAULT_TOPICS, type SystemTopic, systemTopic, systemTopicSpec, type TopicSettings } from './topics.ts';
import { readCaptureState, readWatermark } from './watermark.ts';

export interface KafkaChangeLogOptions {
  readonly client: KafkaClient;
  readonly logger: Logger;
  /** Name of each source's database, for `source.db`. */
  readonly databases?: Readonly<Record<string, string>>;
  readonly topics?: TopicSettings;
  readonly format?: EnvelopeOptions;
  readonly compression?: 'zstd' | 'none';
  /** Write `<service>.transaction`. */
  readonly transactions?: boolean;
  readonly limits?: KafkaLimits;
  readonly metrics?: Registry;
  readonly tracing?: Tracing;
}

/**
 * The change log in Kafka: a position is confirmed once the brokers have everything before it, and a watermark that says
 * so. Nothing of the warehouse is needed to capture. The client is closed with the log.
 */
export function createKafkaChangeLog(options: KafkaChangeLogOptions): ChangeLog {
  const { client, logger, topics = DEFAULT_TOPICS, format = DEFAULT_ENVELOPE } = options;
  const views = new Map<string, PublishView>();
  if (options.metrics !== undefined) watchPublishing(options.metrics, views);
  const sources = createSourceLogs<KafkaSourceLog>(() => client.close());

  /** Until it is open the signal ends the waiting; afterwards its own end does. */
  async function openUntil(source: string, signal: AbortSignal): Promise<KafkaSourceLog> {
    const closing = new AbortController();
    const giveUp = (): void => closing.abort();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await openSource(source, closing);
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  async function openSource(source: string, closing: AbortController): Promise<KafkaSourceLog> {
    const child = logger.child({ source });
    const waiting = { logger: child, signal: closing.signal };
    const specs = SYSTEM_TOPICS.map((name) => systemTopicSpec(name, topics));
    await retryWhilePassing(() => ensureCheckedTopics({ client, kind: 'system', specs, logger: child }), waiting);
    const open = (name: SystemTopic): CompactTopic =>
      createCompactTopic({ client, topic: systemTopic(name, topics), ...waiting });
    const watermarks = open('watermarks');
    const relations = open('relations');
    const states = open('capture-states');
    const [marks, records, remembered] = await Promise.all([watermarks.load(), relations.load(), states.load()]);
    const [former, state] = [marks.get(source), remembered.get(source)];
    const condition = judgeLog({
      inStates: remembered.get(identityKey(source)) as LogIdentity | undefined,
      inWatermarks: marks.get(identityKey(source)) as LogIdentity | undefined,
      hasState: state !== undefined,
      hasWatermark: former !== undefined,
      remembered: readPartitionCounts(source, remembered).keys(),
      recorded: topicsOnRecord(source, records),
    });
    if (condition.kind === 'gone') throw new MillraceError(KAFKA_ERRORS.stateGone, `${source}: ${condition.detail}`);
    /** Makes the log whole, from here on. */
    const name = async (): Promise<void> => {
      const identity: LogIdentity = { id: randomUUID() };
      await watermarks.put(identityKey(source), identity);
      await states.put(identityKey(source), identity);
    };
    if (condition.kind === 'nameless') await name();
    const view = views.get(source) ?? createPublishView();
    views.set(source, view);
    return createKafkaSourceLog({
      source,
      view,
      tracing: options.tracing === undefined ? null : createSourceTracing(options.tracing, source),
      database: options.databases?.[source] ?? '',
      client,
      topics,
      format,
      compression: options.compression ?? 'zstd',
      hasTransactionTopic: options.transactions ?? true,
      limits: options.limits ?? KAFKA_LIMITS,
      relations,
      records,
      watermarks,
      states,
      remembered,
      state: state === undefined ? null : readCaptureState(state),
      former: former === undefined ? null : readWatermark(former),
      incomplete: condition.kind === 'incomplete' ? { detail: condition.detail, name } : null,
      logger: child,
      closing,
    });
  }

  return {
    openSource: (source, signal = NEVER) => sources.open(source, () => openUntil(source, signal)),
    close: () => sources.close(),
  };
}

const SYSTEM_TOPICS = ['watermarks', 'relations', 'capture-states'] as const satisfies readonly SystemTopic[];
