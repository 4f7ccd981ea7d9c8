import type { TopicSpec } from './client/kafka-client.ts';

export interface TopicSettings {
  /** Stands before every topic's name, those of Millrace included. */
  readonly prefix: string;
  /** Of a table's topic. */
  readonly partitions: number;
  /** -1: the broker's default. */
  readonly replication: number;
  /** More settings of tables' topics, such as `retention.ms` or `cleanup.policy`. */
  readonly settings: Readonly<Record<string, string>>;
}

export const DEFAULT_TOPICS: TopicSettings = {
  prefix: '',
  partitions: 6,
  replication: -1,
  // Nothing is forgotten by itself: what a rebuild needs is for its owner to decide.
  settings: { 'retention.ms': '-1' },
};

/** Topics of Millrace itself: one partition, and the last message of each key is kept. */
export type SystemTopic = 'watermarks' | 'relations' | 'capture-states';

export function systemTopic(name: SystemTopic, { prefix }: TopicSettings): string {
  return `${prefix}millrace.${name}`;
}

export function systemTopicSpec(name: SystemTopic, settings: TopicSettings): TopicSpec {
  return {
    topic: systemTopic(name, settings),
    partitions: 1,
    replication: settings.replication,
    // Read from its beginning by each process that starts: it has to stay short.
    settings: {
      'cleanup.policy': 'compact',
      'max.message.bytes': String(16 << 20),
      'segment.ms': '3600000',
      'segment.bytes': String(32 << 20),
    },
  };
}

export function tableTopicSpec(topic: string, settings: TopicSettings): TopicSpec {
  const { partitions, replication } = settings;
  return { topic, partitions, replication, settings: settings.settings };
}

/** Where messages of a topic go that cannot be loaded. Kept for ever, and takes whatever the topic took. */
export function rejectedTopicSpec(topic: string, { replication }: TopicSettings): TopicSpec {
  const settings = { 'retention.ms': '-1', 'max.message.bytes': String(128 << 20) };
  return { topic: `${topic}.dlq`, partitions: 1, replication, settings };
}

/** One partition: its messages are in the order of commits. */
export function transactionTopicSpec(source: string, settings: TopicSettings): TopicSpec {
  return { ...tableTopicSpec(transactionTopic(source, settings), settings), partitions: 1 };
}

export function transactionTopic(source: string, { prefix }: TopicSettings): string {
  return `${prefix}${source}.transaction`;
}

/**
 * Topic of a table: `<service>.<table>`, or `<service>.<schema>.<table>` when that name is another table's already or the
 * transactions'. `taken` has the topics of the source's tables (`schema.table`): once given, a name stays.
 */
export function tableTopic(
  table: { source: string; schema: string; table: string },
  taken: ReadonlyMap<string, string>,
  { prefix }: TopicSettings,
): string {
  const name = `${table.schema}.${table.table}`;
  const given = taken.get(name);
  if (given !== undefined) return given;
  const short = `${prefix}${legal(table.source)}.${legal(table.table)}`;
  const others = new Set(taken.values());
  if (!others.has(short) && table.table !== 'transaction') return short;
  const long = `${prefix}${legal(table.source)}.${legal(table.schema)}.${legal(table.table)}`;
  if (!others.has(long)) return long;
  // Names that differ only in letters that a topic cannot have.
  for (let n = 2; ; n++) if (!others.has(`${long}_${n}`)) return `${long}_${n}`;
}

/** A topic's name has letters, digits, `.`, `_` and `-`; Debezium puts `_` for the others as well. */
function legal(name: string): string {
  return name.replace(/[^a-zA-Z0-9._-]/g, '_');
}
