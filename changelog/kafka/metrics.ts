import { Counter, Gauge, type Registry } from 'prom-client';

/** What was published of one source; plain counters, which outlive its log. Read when they are scraped. */
export interface PublishView {
  messages: number;
  /** Of keys, values and headers. */
  payloadBytes: number;
  /** Of batches, compressed. */
  sentBytes: number;
  /** Batches that were sent again, because the brokers may not have them. */
  sentAgain: number;
  /** Taken over from capture and not acknowledged yet. */
  pendingBytes: () => number;
}

export function createPublishView(): PublishView {
  return { messages: 0, payloadBytes: 0, sentBytes: 0, sentAgain: 0, pendingBytes: () => 0 };
}

/** How far a loader is with one topic that it has. */
export interface LoadedTopic {
  readonly source: string;
  readonly topic: string;
  /** Since the topic was first loaded, by whichever loader. */
  readonly rows: number;
  readonly rejected: number;
  /** Messages below the newest watermark that are not loaded. */
  readonly behind: number;
}

/** What a loader does; it outlives its memberships in the group. */
export interface LoaderView {
  /** How often it was given its share of the topics anew. */
  assignments: number;
  topics: () => Iterable<LoadedTopic>;
}

export function createLoaderView(): LoaderView {
  return { assignments: 0, topics: () => [] };
}

export const KAFKA_METRICS = {
  publishedMessages: 'millrace_kafka_published_messages_total',
  publishedBytes: 'millrace_kafka_published_bytes_total',
  sentBytes: 'millrace_kafka_sent_bytes_total',
  sentAgain: 'millrace_kafka_batches_sent_again_total',
  pendingBytes: 'millrace_kafka_pending_bytes',
  loadedRows: 'millrace_loader_rows_total',
  rejectedMessages: 'millrace_loader_rejected_messages_total',
  behindMessages: 'millrace_loader_behind_messages',
  assignments: 'millrace_loader_assignments_total',
} as const;

/** Shows what is published, by source. */
export function watchPublishing(registry: Registry, views: ReadonlyMap<string, PublishView>): void {
  const show = (name: string, help: string, value: (view: PublishView) => number): void =>
    define(registry, { name, help, labels: ['source'] }, (add) => {
      for (const [source, view] of views) add({ source }, value(view));
    });
  show(KAFKA_METRICS.publishedMessages, 'Messages that the brokers have acknowledged', ({ messages }) => messages);
  show(KAFKA_METRICS.publishedBytes, 'Bytes of their keys, values and headers', ({ payloadBytes }) => payloadBytes);
  show(KAFKA_METRICS.sentBytes, 'Bytes of their batches, as compressed', ({ sentBytes }) => sentBytes);
  show(KAFKA_METRICS.sentAgain, 'Batches sent again: the brokers may not have them', ({ sentAgain }) => sentAgain);
  show(KAFKA_METRICS.pendingBytes, 'Bytes captured and not acknowledged by the brokers', (view) => view.pendingBytes());
}

/** Shows what this process loads, by topic. */
export function watchLoading(registry: Registry, view: LoaderView): void {
  const show = (name: string, help: string, value: (topic: LoadedTopic) => number): void =>
    define(registry, { name, help, labels: ['source', 'topic'] }, (add) => {
      for (const each of view.topics()) add({ source: each.source, topic: each.topic }, value(each));
    });
  show(KAFKA_METRICS.loadedRows, 'Rows loaded of a topic, by whichever loader', ({ rows }) => rows);
  show(KAFKA_METRICS.rejectedMessages, 'Messages put aside: they cannot be read', ({ rejected }) => rejected);
  show(KAFKA_METRICS.behindMessages, 'Messages below the newest watermark, not loaded', ({ behind }) => behind);
  const help = 'How often this loader was given its share of the topics';
  define(registry, { name: KAFKA_METRICS.assignments, help, labels: [] }, (add) => add({}, view.assignments));
}

function define(
  registry: Registry,
  { name, help, labels }: { name: string; help: string; labels: readonly string[] },
  collect: (add: (labels: Record<string, string>, value: number) => void) => void,
): void {
  const Metric = name.endsWith('_total') ? Counter : Gauge;
  new Metric({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect() {
      this.reset();
      collect((of, value) => this.inc(of, value));
    },
  });
}
