import type { KafkaClient } from '../../../changelog/kafka/client/kafka-client.ts';
import { ByteSink } from '../../../changelog/kafka/records/byte-sink.ts';
import { RecordBatchBuilder, writeHeaders } from '../../../changelog/kafka/records/record-batch.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonRow = Readonly<Record<string, Json>>;

/** A change of one row, as a transaction has it. */
export interface WrittenChange {
  /** `schema.table`. */
  readonly table: string;
  readonly op: 'c' | 'u' | 'd' | 't';
  readonly key: JsonRow | null;
  readonly before?: JsonRow | null;
  readonly after?: JsonRow | null;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Message {
  readonly topic: string;
  readonly partition: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Writes topics as Debezium does, restarts and all: what was written can be written again from any point. */
export class TopicWriter {
  readonly #client: KafkaClient;
  readonly #prefix: string;
  readonly #partitions: number;
  readonly #withSchemas: boolean;
  /** Everything in the order in which it was emitted. */
  readonly emitted: Message[] = [];
  #written = 0;
  #lastEndLsn: bigint | null = null;
  #lsn: bigint;
  #xid = 700;

  constructor(options: {
    client: KafkaClient;
    prefix: string;
    partitions: number;
    lsn: bigint;
    withSchemas?: boolean;
  }) {
    this.#client = options.client;
    this.#prefix = options.prefix;
    this.#partitions = options.partitions;
    this.#withSchemas = options.withSchemas ?? false;
    this.#lsn = options.lsn;
  }

  async createTopics(tables: readonly string[], transactionPartitions = 1): Promise<void> {
    const spec = (name: string, partitions: number) => ({
      topic: `${this.#prefix}.${name}`,
      partitions,
      replication: 1,
      settings: { 'retention.ms': '-1' },
    });
    await this.#client.ensureTopics([
      ...tables.map((table) => spec(table, this.#partitions)),
      spec('transaction', transactionPartitions),
    ]);
  }

  /** Copied rows (`op: r`) at the position; `isWhole` when the last of them is the copy's last. */
  copy(rows: readonly { table: string; key: JsonRow; row: JsonRow }[], lsn: bigint, isWhole = true): void {
    for (const [i, { table, key, row }] of rows.entries()) {
      const snapshot = isWhole && i === rows.length - 1 ? 'last' : i === 0 ? 'first' : 'true';
      const source = this.#source(table, snapshot, null, lsn);
      this.#emit(table, key, { before: null, after: row, source, transaction: null, op: 'r', ts_ms: 1 });
    }
    if (lsn > this.#lsn) this.#lsn = lsn;
  }

  incremental(rows: readonly { table: string; key: JsonRow; row: JsonRow }[]): void {
    for (const { table, key, row } of rows) {
      const source = this.#source(table, 'incremental', this.#lastEndLsn, null);
      this.#emit(table, key, { before: null, after: row, source, transaction: null, op: 'r', ts_ms: 1 });
    }
  }

  /** Answers the end of its commit. `backMs`: its changes lie so far before. `skipped`: rows of tables that no topic has here. */
  transaction(changes: readonly WrittenChange[], options: { back?: bigint; withEnd?: boolean } = {}): bigint {
    const { back = 0n, withEnd = true } = options;
    const xid = ++this.#xid;
    const first = this.#lsn + 8n;
    const endLsn = first + BigInt(changes.length) * 8n + 40n;
    this.#status({
      status: 'BEGIN',
      id: `${xid}:${first}`,
      event_count: null,
      data_collections: null,
      ts_ms: 1_700_000_000_000,
    });
    const counts = new Map<string, number>();
    for (const [i, { table, op, key, before = null, after = null, headers = {} }] of changes.entries()) {
      const lsn = first + BigInt(i) * 8n - back;
      const order = (counts.get(table) ?? 0) + 1;
      counts.set(table, order);
      const transaction = { id: `${xid}:${lsn}`, total_order: i + 1, data_collection_order: order };
      const source = this.#source(table, 'false', this.#lastEndLsn, lsn);
      this.#emit(table, key, { before, after, source, transaction, op, ts_ms: 1 }, headers);
      if (op === 'd') this.#emit(table, key, null, headers);
    }
    const collections = [...counts].map(([name, count]) => ({ data_collection: name, event_count: count }));
    if (withEnd) {
      this.#status({
        status: 'END',
        id: `${xid}:${endLsn}`,
        event_count: changes.length,
        data_collections: collections,
        ts_ms: Date.now(),
      });
    }
    this.#lastEndLsn = endLsn;
    this.#lsn = endLsn;
    return endLsn;
  }

  /** The connector was killed, and begins again with what it had emitted as its `from`th message. */
  sendAgain(from: number): void {
    this.emitted.push(...this.emitted.slice(from));
  }

  /** Anything, into a topic of a table. */
  raw(table: string, partition: number, key: string | null, value: string): void {
    this.emitted.push({ topic: `${this.#prefix}.${table}`, partition, key, value, headers: {} });
  }

  /** Puts what was emitted since into the topics; up to the `until`th message. */
  async flush(until = this.emitted.length): Promise<void> {
    const batches = Map.groupBy(
      this.emitted.slice(this.#written, until),
      ({ topic, partition }) => `${topic}/${partition}`,
    );
    this.#written = Math.max(this.#written, until);
    const sealed = await Promise.all(
      [...batches.values()].map(async (messages) => {
        const { topic, partition } = messages[0] as Message;
        return { topic, partition, bytes: await batchOf(messages) };
      }),
    );
    for (let left = sealed; left.length > 0; ) {
      const answers = await this.#client.produce(left);
      for (const { error } of answers) if (error !== null && error.policy !== 'retry') throw error;
      // Brokers that are away come back, or the test ends by its own limit.
      left = left.filter((_, i) => answers[i]?.error !== null);
    }
  }

  #source(table: string, snapshot: string, previousLsn: bigint | null, lsn: bigint | null): Json {
    const [schema = '', name = ''] = table.split('.');
    const sequence = JSON.stringify([previousLsn?.toString() ?? null, (lsn ?? previousLsn)?.toString() ?? null]);
    return {
      version: '3.7.0.Final',
      ts_ms: 1_700_000_000_000,
      snapshot,
      db: 'd',
      sequence,
      schema,
      table: name,
      txId: 1,
      lsn: lsn === null ? null : Number(lsn),
    };
  }

  #emit(table: string, key: JsonRow | null, value: Json, headers: Readonly<Record<string, string>> = {}): void {
    const text = key === null ? null : JSON.stringify(key);
    this.emitted.push({
      topic: `${this.#prefix}.${table}`,
      partition: text === null ? 0 : hashOf(text) % this.#partitions,
      key: text === null ? null : this.#packed(text),
      value: value === null ? null : this.#packed(JSON.stringify(value)),
      headers,
    });
  }

  #status(value: Json): void {
    const topic = `${this.#prefix}.transaction`;
    this.emitted.push({ topic, partition: 0, key: null, value: this.#packed(JSON.stringify(value)), headers: {} });
  }

  #packed(json: string): string {
    return this.#withSchemas ? `{"schema":{"type":"struct","fields":[]},"payload":${json}}` : json;
  }
}

function hashOf(text: string): number {
  let hash = 7;
  for (let i = 0; i < text.length; i++) hash = (hash * 31 + text.charCodeAt(i)) >>> 0;
  return hash;
}

function batchOf(messages: readonly Message[]): Promise<Buffer> {
  const builder = new RecordBatchBuilder({ baseTimestampMs: 1_700_000_000_000, initialBytes: 1024 });
  const out = new ByteSink(4096);
  for (const { key, value, headers } of messages) {
    out.length = 0;
    const keyBytes = Buffer.from(key ?? '');
    const valueBytes = Buffer.from(value ?? '');
    out.append(keyBytes);
    out.append(valueBytes);
    const before = out.length;
    writeHeaders(
      out,
      Object.entries(headers).map(([name, text]) => ({ name: Buffer.from(name), value: Buffer.from(text) })),
    );
    builder.add(
      out.bytes,
      0,
      key === null ? -1 : keyBytes.length,
      value === null ? -1 : valueBytes.length,
      out.length - before,
    );
  }
  return builder.seal('none');
}
