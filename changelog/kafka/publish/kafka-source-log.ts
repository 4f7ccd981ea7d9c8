import type { MillraceError } from '../../../runtime/errors.ts';
import { failpoint } from '../../../runtime/failpoint.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { Relation } from '../../change.ts';
import type { CaptureState, OnTableFailure, SourceLog, TableBuild } from '../../change-log.ts';
import type { RowVersion } from '../../destination.ts';
import { takeUnchangedFromOld } from '../../unchanged.ts';
import { packVersion } from '../../version.ts';
import type { KafkaClient } from '../client/kafka-client.ts';
import type { CompactTopic } from '../compact-topic.ts';
import type { EnvelopeContext } from '../envelope/envelope.ts';
import type { EnvelopeOptions } from '../envelope/envelope-options.ts';
import { KAFKA_ERRORS } from '../errors.ts';
import type { KafkaLimits } from '../kafka-limits.ts';
import { EXCHANGE, exchangeJson } from '../mark.ts';
import type { PublishView } from '../metrics.ts';
import { type RelationRecord, relationId } from '../relation-record.ts';
import type { SourceTracing } from '../source-tracing.ts';
import { type TopicSettings, transactionTopic } from '../topics.ts';
import { captureStateJson, type Watermark, watermarkJson } from '../watermark.ts';
import { createKafkaChunk } from './kafka-chunk.ts';
import { createMarkPump, type HandedOver } from './mark-pump.ts';
import type { PartitionQueue } from './partition-queue.ts';
import { createPublisher } from './publisher.ts';
import { createRelationWriters } from './relation-writers.ts';
import { createTableTopics } from './table-topics.ts';
import type { TableWriter, TransactionCounts } from './table-writer.ts';
import { openTransactionTopic, type TransactionTopic } from './transaction-topic.ts';
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
  readonly view: PublishView;
  /** Null: nobody looks at traces. */
  readonly tracing: SourceTracing | null;
  readonly relations: CompactTopic;
  readonly watermarks: CompactTopic;
  readonly states: CompactTopic;
  /** What `relations` and `states` have. */
  readonly records: ReadonlyMap<string, unknown>;
  readonly remembered: ReadonlyMap<string, unknown>;
  /** What was lost, and what makes it whole once all is copied anew. */
  readonly incomplete: { readonly detail: string; name(): Promise<void> } | null;
  /** What earlier runs left. */
  readonly state: CaptureState | null;
  readonly former: Watermark | null;
  readonly logger: Logger;
  /** Aborted when nothing is waited for any more. */
  readonly closing: AbortController;
}

/** Nothing written after this moment of a stop is waited for. */
const DRAIN_MS = 5_000;

export function createKafkaSourceLog(options: KafkaSourceLogOptions): KafkaSourceLog {
  const { source, client, limits, watermarks, states, former, logger } = options;
  const publisher = createPublisher({
    client,
    limits,
    compression: options.compression,
    view: options.view,
    logger,
    reachedOffset: (topic, partition) => marks.reached(topic)[partition] ?? 0n,
    onRefused,
  });
  let state = options.state;
  let incomplete = options.incomplete;
  const version: RowVersion = { epoch: state?.epoch ?? 1, commitLsn: 0n, ordinal: 0 };
  const context: EnvelopeContext = {
    timeMicros: 0n,
    commitLsn: 0n,
    previousCommitLsn: null,
    transactionId: null,
    isSnapshot: false,
    madeAtMs: 0,
  };
  const counts: TransactionCounts = { number: 0, total: 0 };
  let inTransaction: TableWriter[] = [];
  let transactions: TransactionTopic | null = null;
  let position = former !== null && former.epoch === version.epoch ? former.position : null;
  let committedAtMicros = position?.committedAtMicros ?? 0n;
  /** Of what no watermark was asked for yet. */
  let firstCommittedAtMicros: bigint | null = null;
  let through = former?.through ?? 0n;
  /** Version of the last row of the last complete transaction, where `through` does not say it yet; else without an LSN. */
  const committed: RowVersion = { epoch: 0, commitLsn: 0n, ordinal: 0 };
  let stopped = false;
  let isClosed = false;
  let failure: unknown = null;
  let onTableFailure: OnTableFailure = (_relation, tableFailure) => Promise.reject(tableFailure);
  const { promise: failed, reject: rejectFailed } = Promise.withResolvers<never>();
  failed.catch(() => {}); // Whoever cares awaits it.
  const queues = new Set<PartitionQueue>();
  const marks = createWatermarkWriter({ source, topic: watermarks, former, queues, epoch: () => version.epoch });
  const pump = createMarkPump({
    limits,
    publisher,
    marks,
    queues,
    handedOver,
    state: () => state,
    tracing: options.tracing,
    hasFailed: () => failure !== null,
    onFailure: fail,
  });
  const tables = createTableTopics({
    ...options,
    reached: (topic) => marks.reached(topic),
    onAnew: forget,
    epoch: () => version.epoch,
    signal: options.closing.signal,
  });
  const refusals = new Map<string, Promise<boolean>>();
  let refusal = Promise.withResolvers<void>();
  const writers = createRelationWriters({
    database: options.database,
    format: options.format,
    maxBatchBytes: limits.maxBatchBytes,
    tables,
    publisher,
    context,
    counts,
    onTransaction(writer) {
      if (inTransaction.length === 0) pump.count(transactions?.begin(context) ?? 0);
      inTransaction.push(writer);
    },
    onAdded: pump.added,
    onDefined({ topic, partitions }, relation) {
      // Without a row of it, loaders hear of it by the next watermark alone.
      if (marks.define(topic, partitions, relation) && position !== null) pump.reached();
    },
  });
  publisher.failed.catch(fail);
  // A process that ended after a shape was put on record, and before a watermark named it: capture counts it as followed.
  for (const [topic, { id, build }] of lastRecords(source, options.records)) {
    const named = former?.shapes[topic];
    if (build === null && named !== undefined && named.relation !== id) marks.define(topic, 0, id);
  }

  function fail(error: unknown): void {
    if (isClosed) return;
    failure ??= error;
    rejectFailed(failure);
    pump.wake();
  }

  function throwIfFailed(): void {
    if (failure !== null) throw failure;
  }

  /** Several of its partitions may refuse at once: its table fails once. */
  function onRefused(topic: string, error: MillraceError): Promise<boolean> {
    refusal.resolve();
    refusal = Promise.withResolvers<void>();
    const refused = refusals.get(topic) ?? refuse(topic, error).finally(() => refusals.delete(topic));
    refusals.set(topic, refused);
    return refused;
  }

  /** A refusal waits for a state to be saved, and the watermark for the refusal: that state is not waited with. */
  async function snapshotsMarked(): Promise<void> {
    if (stopped || refusals.size > 0 || !marks.hasUnwrittenSnapshots()) return;
    const marked = pump.markSnapshots();
    marked.catch(() => {}); // Told by `failed`, or to whoever still waits.
    await Promise.race([marked, failed, refusal.promise]);
  }

  async function refuse(topic: string, error: MillraceError): Promise<boolean> {
    const isLost = error.code === KAFKA_ERRORS.topicLost.code;
    if (isLost && topic === transactionTopic(source, options.topics)) {
      logger.warn({ topic, code: error.code, err: error.message }, 'the topic of transactions begins anew');
      forget(topic);
      transactions = null;
      await openTransactions();
      return true;
    }
    const failing = writers.fail(topic, error);
    if (failing === null) return false;
    if (isLost) {
      tables.lose(topic);
      forget(topic);
    }
    // Remembered before its batch counts as durable: nobody will send the row again.
    await onTableFailure(failing.relation, failing.failure);
    return true;
  }

  /** What waits for the topic is not sent, and what it had reached means nothing any more. */
  function forget(topic: string): void {
    publisher.abandon(topic);
    pump.forget(topic);
    marks.forget(topic);
  }

  /** Packed when somebody asks, not for each transaction. */
  function takeCommitted(): void {
    if (committed.commitLsn > 0n) through = packVersion(committed);
    committed.commitLsn = 0n;
  }

  function handedOver(): HandedOver {
    takeCommitted();
    if (version.commitLsn > 0n) through = packVersion(version);
    const handed = { position, through, state, firstCommittedAtMicros };
    firstCommittedAtMicros = null;
    return handed;
  }

  /** Loaders exchange the tables when they have everything up to here. */
  async function announceExchange(relation: Relation, build: TableBuild, fromLsn: bigint): Promise<void> {
    if (!writers.isBuilding(relation, build)) return;
    takeCommitted();
    const point = { position, through, state };
    await publisher.flushed(queues);
    // Another build may have begun meanwhile, and watermarks say so.
    if (!writers.isBuilding(relation, build)) return;
    await watermarks.put(`${source}${EXCHANGE}${relation.schema}.${relation.table}`, {
      ...(watermarkJson(marks.describe(point)) as object),
      ...exchangeJson({ relation: relationId(relation, build, options.format), build, fromLsn }),
    });
    await writers.endBuild(relation, build);
  }

  async function openTransactions(): Promise<void> {
    if (!options.hasTransactionTopic || transactions !== null) return;
    transactions = await openTransactionTopic({
      ...options,
      publisher,
      reached: marks.reached,
      onAnew: forget,
      onAdded: pump.added,
      signal: options.closing.signal,
    });
  }

  return {
    get state() {
      return state;
    },
    async saveState(saved) {
      // What is remembered as copied is not sent again: loaders have to hear of it.
      if (saved.epoch === version.epoch) await snapshotsMarked();
      await states.put(source, captureStateJson(saved));
      failpoint('changelog.capture-state-written');
      if (saved.epoch !== version.epoch) {
        position = null;
        version.commitLsn = 0n;
        // From here on all is copied anew.
        await incomplete?.name();
        incomplete = null;
      }
      state = saved;
      version.epoch = saved.epoch;
      // Loaders hear of it with the next watermark.
      if (position !== null) pump.reached();
    },
    reachedLsn: position?.lsn ?? 0n,
    incomplete: options.incomplete?.detail ?? null,
    async defineRelation(relation) {
      await openTransactions();
      await writers.define(relation);
    },
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
      context.madeAtMs = Date.now();
      counts.number++;
      counts.total = 0;
      inTransaction = [];
    },
    insert(relation, row) {
      version.ordinal++;
      const writer = writers.find(relation);
      if (writer !== null) pump.count(writer.insert(version, row));
    },
    update(relation, oldKey, row) {
      version.ordinal++;
      if (oldKey !== null) takeUnchangedFromOld(row, oldKey);
      const writer = writers.find(relation);
      if (writer !== null) pump.count(writer.update(version, oldKey, row));
    },
    delete(relation, oldKey) {
      version.ordinal++;
      const writer = writers.find(relation);
      if (writer !== null) pump.count(writer.delete(version, oldKey));
    },
    truncate(relations) {
      version.ordinal++;
      for (const relation of relations) {
        const writer = writers.find(relation);
        if (writer !== null) pump.count(writer.truncate(version));
      }
    },
    commit(endLsn) {
      if (inTransaction.length > 0) pump.count(transactions?.end(context, counts.total, inTransaction) ?? 0);
      committedAtMicros = context.timeMicros;
      firstCommittedAtMicros ??= committedAtMicros;
      position = { lsn: endLsn, committedAtMicros, caughtUpAtMicros: committedAtMicros };
      committed.epoch = version.epoch;
      committed.commitLsn = version.commitLsn;
      committed.ordinal = version.ordinal;
      pump.reached();
    },
    advance(lsn, timeMicros) {
      throwIfFailed();
      position = { lsn, committedAtMicros, caughtUpAtMicros: timeMicros };
      pump.advanced();
    },

    room() {
      throwIfFailed();
      return publisher.room();
    },
    durableLsn: pump.durableLsn,
    failed,

    openChunk(relation, fromLsn) {
      if (state === null) throw new Error('openChunk needs a saved state: the snapshot position is its rows version');
      return createKafkaChunk({
        relation,
        version: { epoch: state.epoch, commitLsn: fromLsn ?? state.snapshotLsn, ordinal: 0 },
        isBuild: fromLsn !== undefined,
        writers,
        publisher,
        queues,
        throwIfFailed,
      });
    },

    async rebuild(relation, build) {
      await openTransactions();
      await writers.define(relation, build);
    },
    async exchange(relation, build, fromLsn) {
      throwIfFailed();
      if (stopped) throw new Error('the log is closed');
      await Promise.race([pump.exclusive(() => announceExchange(relation, build, fromLsn)), failed]);
    },

    async drain() {
      stopped = true;
      const pumped = pump.stop();
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
}

/** By topic, the last shape on record. */
function lastRecords(source: string, records: ReadonlyMap<string, unknown>): ReadonlyMap<string, RelationRecord> {
  const last = new Map<string, RelationRecord>();
  for (const record of records.values() as Iterable<RelationRecord>) {
    if (record.relation.source === source) last.set(record.topic, record);
  }
  return last;
}
