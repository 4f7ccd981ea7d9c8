import { failpoint } from '../../../runtime/failpoint.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { Relation, Tuple } from '../../change.ts';
import type { CaptureState, OnTableFailure, SourceLog, TableBuild } from '../../change-log.ts';
import type { RowVersion } from '../../destination.ts';
import { formatLsn } from '../../lsn.ts';
import { TableFailure } from '../../table-failure.ts';
import { takeUnchangedFromOld } from '../../unchanged.ts';
import { packVersion } from '../../version.ts';
import { createWaker } from '../../waker.ts';
import type { KafkaClient, TopicFacts } from '../client/kafka-client.ts';
import type { CompactTopic } from '../compact-topic.ts';
import { createEnvelopeEncoder, type EnvelopeContext } from '../envelope/envelope.ts';
import type { EnvelopeOptions } from '../envelope/envelope-options.ts';
import { createExceptionWriter } from '../envelope/exceptions.ts';
import { KAFKA_ERRORS } from '../errors.ts';
import type { KafkaLimits } from '../kafka-limits.ts';
import { relationId } from '../relation-record.ts';
import { type TopicSettings, transactionTopicSpec } from '../topics.ts';
import { captureStateJson, type Watermark, watermarkJson } from '../watermark.ts';
import type { PartitionQueue } from './partition-queue.ts';
import { createPublisher } from './publisher.ts';
import { createRecordWriter } from './record-writer.ts';
import type { TableTopics } from './table-topics.ts';
import { createTableWriter, type TableWriter, type TransactionCounts } from './table-writer.ts';
import { createTransactionTopic, type TransactionTopic } from './transaction-topic.ts';
import { createWatermarkWriter } from './watermark-writer.ts';

export interface KafkaSourceLog extends SourceLog {
  /** Writes what is pending, as far as whole transactions go, and stops. Rejects with an earlier failure. */
  drain(): Promise<void>;
}

export interface KafkaSourceLogOptions {
  readonly source: string;
  readonly database: string;
  readonly client: KafkaClient;
  readonly topics: TopicSettings;
  readonly format: EnvelopeOptions;
  readonly compression: 'zstd' | 'none';
  readonly hasTransactionTopic: boolean;
  readonly limits: KafkaLimits;
  readonly tables: TableTopics;
  readonly watermarks: CompactTopic;
  readonly states: CompactTopic;
  /** What earlier runs left. */
  readonly state: CaptureState | null;
  readonly former: Watermark | null;
  readonly logger: Logger;
  /** Aborted when nothing is waited for any more. */
  readonly closing: AbortController;
}

/** Room for the batch's own head, and for what compression may add to what it cannot compress. */
const BATCH_SLACK_BYTES = 4 << 10;
const VERSION = '0.1.0';
/** Nothing written after this moment of a stop is waited for. */
const DRAIN_MS = 5_000;

export function createKafkaSourceLog(options: KafkaSourceLogOptions): KafkaSourceLog {
  const { source, client, limits, tables, watermarks, states, former, logger } = options;
  const queues = new Set<PartitionQueue>();
  let touched = new Set<PartitionQueue>();
  const writers = new Map<Relation, TableWriter>();
  /** Of relations that were defined: a chunk is opened without waiting. */
  const topicOf = new Map<Relation, TopicFacts>();
  const builds = new Map<Relation, TableBuild>();
  /** Id of the build that a table (`schema.table`) has now. */
  const buildIds = new Map<string, string>();
  /** Topics that take no more rows until their table is built anew. */
  const failedTopics = new Map<string, TableFailure>();
  const publisher = createPublisher({ client, limits, compression: options.compression, logger, onTooLarge });
  const marks = createWatermarkWriter({ source, topic: watermarks, former, queues: () => queues });
  let transactions: TransactionTopic | null = null;

  let state = options.state;
  const version: RowVersion = { epoch: state?.epoch ?? 1, commitLsn: 0n, ordinal: 0 };
  const context: EnvelopeContext = {
    timeMicros: 0n,
    commitLsn: 0n,
    previousCommitLsn: null,
    transactionId: null,
    isSnapshot: false,
    madeAtMicros: 0n,
  };
  const counts: TransactionCounts = { number: 0, total: 0 };
  let inTransaction: TableWriter[] = [];
  let lastRelation: Relation | null = null;
  let lastWriter: TableWriter | null = null;

  let position = former !== null && former.epoch === version.epoch ? former.position : null;
  /** Reached by what was handed over, and not written yet. */
  let isBehind = false;
  let bytesSinceMark = 0;
  let committedAtMicros = position?.committedAtMicros ?? 0n;
  let through = former?.through ?? 0n;
  let durableLsn = 0n;
  let stopped = false;
  let isClosed = false;
  let isLingering = false;
  let failure: unknown = null;
  const waker = createWaker();
  const exclusive: (() => Promise<void>)[] = [];
  let onTableFailure: OnTableFailure = (_relation, tableFailure) => Promise.reject(tableFailure);
  const { promise: failed, reject: rejectFailed } = Promise.withResolvers<never>();
  failed.catch(() => {}); // Whoever cares awaits it.
  publisher.failed.catch(fail);
  const pumped = pump().catch(fail);

  function fail(error: unknown): void {
    if (isClosed) return;
    failure ??= error;
    rejectFailed(failure);
    waker.wake();
  }

  function throwIfFailed(): void {
    if (failure !== null) throw failure;
  }

  async function onTooLarge(topic: string, error: Error): Promise<boolean> {
    const writer = [...writers.values()].find((each) => each.topic === topic);
    if (writer === undefined) return false;
    const { schema, table } = writer.relation;
    const tableFailure = new TableFailure(KAFKA_ERRORS.messageTooLarge, `${schema}.${table}`, { cause: error });
    failedTopics.set(topic, tableFailure);
    // Remembered before its batch counts as durable: nobody will send the row again.
    await onTableFailure(writer.relation, tableFailure);
    return true;
  }

  /** One watermark behind the other; between two it lingers, so that they stay few. */
  async function pump(): Promise<void> {
    for (;;) {
      for (let run = exclusive.shift(); run !== undefined; run = exclusive.shift()) await run();
      if (failure !== null) return;
      const isLarge = bytesSinceMark >= limits.maxMarkBytes;
      if (!isBehind && !isLarge) {
        if (stopped) return;
        await waker.sleep(null);
        continue;
      }
      if (!isLarge && !stopped) {
        isLingering = true;
        await waker.sleep(limits.tickMs);
        isLingering = false;
      }
      await mark();
    }
  }

  /** What was handed over up to here is made durable, and that it is. */
  async function mark(): Promise<void> {
    if (version.commitLsn > 0n) through = packVersion(version);
    const point = { position, through, state };
    const waited = touched;
    touched = new Set();
    isBehind = false;
    bytesSinceMark = 0;
    await publisher.flushed(waited);
    failpoint('changelog.published');
    await marks.write(point);
    if (point.position !== null && point.position.lsn > durableLsn) durableLsn = point.position.lsn;
  }

  /** Loaders exchange the tables when they have everything up to here. */
  async function announceExchange(relation: Relation, build: TableBuild, fromLsn: bigint): Promise<void> {
    const name = `${relation.schema}.${relation.table}`;
    if (buildIds.get(name) !== build.id) return;
    const point = { position, through, state };
    await publisher.flushed(queues);
    await watermarks.put(`${source}/exchange/${name}`, {
      ...(watermarkJson(marks.describe(point)) as object),
      exchange: { relation: relationId(relation, build, options.format), build, from_lsn: formatLsn(fromLsn) },
    });
    builds.delete(relation);
    await define(relation, null);
    if (buildIds.get(name) === build.id) buildIds.delete(name);
  }

  function onAdded(queue: PartitionQueue): void {
    queues.add(queue);
    touched.add(queue);
  }

  function onBytes(bytes: number): void {
    bytesSinceMark += bytes;
    if (bytesSinceMark >= limits.maxMarkBytes) waker.wake();
  }

  function writerOf(
    relation: Relation,
    { topic, partitions, maxMessageBytes }: TopicFacts,
    parts: { context: EnvelopeContext; counts: TransactionCounts; build: TableBuild | null },
  ): TableWriter {
    const maxBatchBytes = Math.min(limits.maxBatchBytes, maxMessageBytes - BATCH_SLACK_BYTES);
    const encoder = createEnvelopeEncoder({
      relation,
      database: options.database,
      version: VERSION,
      format: options.format,
    });
    const records = createRecordWriter({
      publisher,
      queues: Array.from({ length: partitions }, (_, partition) => publisher.queue(topic, partition, maxBatchBytes)),
      onAdded,
      relationId: relationId(relation, parts.build, options.format),
    });
    const onTransaction = (writer: TableWriter): void => {
      if (inTransaction.length === 0) onBytes(transactions?.begin(context) ?? 0);
      inTransaction.push(writer);
    };
    const exceptions = createExceptionWriter(relation, options.format);
    return createTableWriter({ relation, topic, encoder, records, exceptions, onTransaction, ...parts });
  }

  async function define(relation: Relation, build: TableBuild | null): Promise<void> {
    if (options.hasTransactionTopic && transactions === null) await openTransactions();
    const { facts } = await tables.open(relation, build);
    failedTopics.delete(facts.topic);
    topicOf.set(relation, facts);
    writers.set(relation, writerOf(relation, facts, { context, counts, build }));
    if (build !== null) builds.set(relation, build);
    lastRelation = null;
  }

  async function openTransactions(): Promise<void> {
    const [made] = await client.ensureTopics([transactionTopicSpec(source, options.topics)]);
    if (made === undefined) throw new Error('a topic has no answer');
    const queue = publisher.queue(made.topic, 0, limits.maxBatchBytes);
    transactions = createTransactionTopic({ publisher, queue, onAdded });
  }

  function find(relation: Relation): TableWriter | null {
    if (relation !== lastRelation) {
      lastWriter = writers.get(relation) ?? null;
      if (lastWriter === null) throw new Error(`relation ${relation.schema}.${relation.table} was not defined`);
      lastRelation = relation;
    }
    if (failedTopics.size > 0 && failedTopics.has((lastWriter as TableWriter).topic)) return null;
    return lastWriter;
  }

  return {
    get state() {
      return state;
    },
    async saveState(saved) {
      await states.put(source, captureStateJson(saved));
      failpoint('changelog.capture-state-written');
      if (saved.epoch !== version.epoch) {
        position = null;
        version.commitLsn = 0n;
      }
      state = saved;
      version.epoch = saved.epoch;
      // Loaders hear of it with the next watermark.
      if (position !== null) reached();
    },
    reachedLsn: position?.lsn ?? 0n,
    defineRelation: (relation) => define(relation, builds.get(relation) ?? null),
    set onTableFailure(handler: OnTableFailure) {
      onTableFailure = handler;
    },
    get onTableFailure() {
      return onTableFailure;
    },

    begin(commitLsn, commitTimeMicros, transactionId) {
      throwIfFailed();
      version.commitLsn = commitLsn;
      version.ordinal = 0;
      context.previousCommitLsn = context.commitLsn === 0n ? null : context.commitLsn;
      context.commitLsn = commitLsn;
      context.timeMicros = commitTimeMicros;
      context.transactionId = transactionId ?? null;
      context.madeAtMicros = BigInt(Date.now()) * 1000n;
      counts.number++;
      counts.total = 0;
      inTransaction = [];
    },
    insert(relation, row) {
      version.ordinal++;
      const writer = find(relation);
      if (writer !== null) onBytes(writer.insert(version, row));
    },
    update(relation, oldKey, row) {
      version.ordinal++;
      if (oldKey !== null) takeUnchangedFromOld(row, oldKey);
      const writer = find(relation);
      if (writer !== null) onBytes(writer.update(version, oldKey, row));
    },
    delete(relation, oldKey) {
      version.ordinal++;
      const writer = find(relation);
      if (writer !== null) onBytes(writer.delete(version, oldKey));
    },
    truncate(relations) {
      version.ordinal++;
      for (const relation of relations) {
        const writer = find(relation);
        if (writer !== null) onBytes(writer.truncate(version));
      }
    },
    commit(endLsn) {
      if (inTransaction.length > 0) onBytes(transactions?.end(context, counts.total, inTransaction) ?? 0);
      committedAtMicros = context.timeMicros;
      position = { lsn: endLsn, committedAtMicros, caughtUpAtMicros: committedAtMicros };
      through = packVersion(version);
      reached();
    },
    advance(lsn, timeMicros) {
      throwIfFailed();
      position = { lsn, committedAtMicros, caughtUpAtMicros: timeMicros };
      reached();
    },

    room() {
      throwIfFailed();
      return publisher.room();
    },
    durableLsn: () => durableLsn,
    failed,

    openChunk(relation, fromLsn) {
      if (state === null) throw new Error('openChunk needs a saved state: the snapshot position is its rows version');
      const facts = topicOf.get(relation);
      if (facts === undefined) throw new Error(`relation ${relation.schema}.${relation.table} was not defined`);
      const lsn = fromLsn ?? state.snapshotLsn;
      const chunkVersion: RowVersion = { epoch: state.epoch, commitLsn: lsn, ordinal: 0 };
      const now = BigInt(Date.now()) * 1000n;
      const writer = writerOf(relation, facts, {
        context: {
          timeMicros: now,
          commitLsn: lsn,
          previousCommitLsn: null,
          transactionId: null,
          isSnapshot: true,
          madeAtMicros: now,
        },
        counts: { number: 0, total: 0 },
        build: fromLsn === undefined ? null : (builds.get(relation) ?? null),
      });
      return {
        row: (row: Tuple) => void writer.read(chunkVersion, row),
        room: () => {
          throwIfFailed();
          return publisher.room();
        },
        async done() {
          throwIfFailed();
          await publisher.flushed([...queues].filter(({ topic }) => topic === writer.topic));
          const tableFailure = failedTopics.get(writer.topic);
          if (tableFailure !== undefined) throw tableFailure;
        },
        abandon() {},
      };
    },

    async rebuild(relation, build) {
      await define(relation, build);
      buildIds.set(`${relation.schema}.${relation.table}`, build.id);
    },
    exchange(relation, build, fromLsn) {
      return new Promise((resolve, reject) => {
        if (stopped || failure !== null) {
          reject(failure ?? new Error('the log is closed'));
          return;
        }
        // What it rejects with is for whoever asked; the stream goes on.
        exclusive.push(() => announceExchange(relation, build, fromLsn).then(resolve, reject));
        waker.wake();
        failed.catch(reject);
      });
    },

    async drain() {
      stopped = true;
      waker.wake();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, DRAIN_MS);
      });
      await Promise.race([pumped, late]);
      clearTimeout(timer);
      isClosed = true;
      publisher.close();
      options.closing.abort();
      throwIfFailed();
    },
  };

  function reached(): void {
    isBehind = true;
    if (!isLingering) waker.wake();
  }
}
