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
}

/** A point between two transactions. */
export interface Checkpoint {
  /** Decimal: every transaction whose commit ends here or before was handed over. */
  readonly endLsn: string;
  /** Offset behind its end in the transaction topic. */
  readonly transactions: string;
  /** By topic, the offset of each partition to read on from. */
  readonly offsets: Readonly<Record<string, readonly string[]>>;
}

export interface DebeziumTableBook {
  /** Its rows are passed over; null for a table that is captured. */
  readonly stop: TableStop | null;
  /** What the replica follows; null until it was looked at. */
  readonly shape: TableShape | null;
  /** Decimal: position of the snapshot that its rows are of; null while it has none. */
  readonly copiedLsn: string | null;
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
