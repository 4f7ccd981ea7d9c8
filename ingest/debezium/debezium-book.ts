import type { TableShape, TableStop } from '../postgres/snapshot/snapshot-book.ts';

/** What is remembered of the topics across restarts, inside `CaptureState.snapshot`; plain JSON. */
export interface DebeziumBook {
  readonly format: 'debezium-topics/1';
  /** Debezium's `topic.prefix`. */
  readonly prefix: string;
  /** Where to read on from: everything before is durable. */
  readonly reached: Checkpoint;
  /** By `schema.table`. */
  readonly tables: Readonly<Record<string, DebeziumTableBook>>;
  /** Whoever opens the log next reads the topics from their beginning. */
  readonly isToBeReadAnew?: boolean;
  /** The topics are read anew; left out: rows go to the replicas. */
  readonly build?: TopicsBuild;
}

/** All tables are built beside their replicas, and take their place together. */
export interface TopicsBuild {
  readonly id: string;
  /** Where the topics ended when it began: readers may have seen what lies before. */
  readonly until: TopicEnds;
  /** What the connector copied is in. */
  readonly isCopied: boolean;
  /** ISO time at which it began. */
  readonly since: string;
}

/** Offsets, decimal. */
export interface TopicEnds {
  /** In the transaction topic. */
  readonly transactions: string;
  /** By topic of a table, the offset of each partition. */
  readonly offsets: Readonly<Record<string, readonly string[]>>;
}

/** A point between two transactions: where to read on from. */
export interface Checkpoint extends TopicEnds {
  /** Decimal: every transaction whose commit ends here or before was handed over. */
  readonly endLsn: string;
}

export interface DebeziumTableBook {
  /** Its rows are passed over; null for a table that is captured. */
  readonly stop: TableStop | null;
  /** What the replica follows; null until it was looked at. */
  readonly shape: TableShape | null;
  /** Decimal: position of the snapshot that its rows are of; null while it has none. */
  readonly copiedLsn: string | null;
  /** Columns that were dropped while it was captured: messages from before have them still. */
  readonly dropped?: readonly string[];
}

export const EMPTY_TABLE_BOOK: DebeziumTableBook = { stop: null, shape: null, copiedLsn: null };

export function emptyBook(prefix: string): DebeziumBook {
  return {
    format: 'debezium-topics/1',
    prefix,
    reached: { endLsn: '0', transactions: '0', offsets: {} },
    tables: {},
  };
}

/** Reads what was saved; null when it is not a book of this format. */
export function readDebeziumBook(saved: unknown): DebeziumBook | null {
  if (typeof saved !== 'object' || saved === null || !('format' in saved)) return null;
  return saved.format === 'debezium-topics/1' ? (saved as DebeziumBook) : null; // Written by us only.
}

/** Topic of a table: what Kafka does not take in a name is an underscore. */
export function topicOf(prefix: string, table: string): string {
  return `${prefix}.${table}`.replace(/[^a-zA-Z0-9._-]/g, '_');
}
