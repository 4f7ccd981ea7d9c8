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
export type SystemTopic = 'watermarks' | 'relations' | 'capture-states' | 'loaded';

export function systemTopic(name: SystemTopic, { prefix }: TopicSettings): string {
  return `${prefix}millrace.${name}`;
}

export function systemTopicSpec(name: SystemTopic, settings: TopicSettings): TopicSpec {
  return {
    topic: systemTopic(name, settings),
    partitions: 1,
    replication: settings.replication,
    settings: { 'cleanup.policy': 'compact', 'max.message.bytes': String(16 << 20), 'segment.ms': '3600000' },
  };
}

export function tableTopicSpec(topic: string, settings: TopicSettings): TopicSpec {
  const { partitions, replication } = settings;
  return { topic, partitions, replication, settings: settings.settings };
}

/** One partition: its messages are in the order of commits. */
export function transactionTopicSpec(source: string, settings: TopicSettings): TopicSpec {
  return { ...tableTopicSpec(`${settings.prefix}${source}.transaction`, settings), partitions: 1 };
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
