import type { MillraceError } from '../../../runtime/errors.ts';
import { PACKAGE_VERSION } from '../../../runtime/package-version.ts';
import { createTurns } from '../../../runtime/turns.ts';
import type { Relation } from '../../change.ts';
import type { TableBuild } from '../../change-log.ts';
import type { TableFailure } from '../../table-failure.ts';
import type { TopicFacts } from '../client/kafka-client.ts';
import { createEnvelopeEncoder, type EnvelopeContext } from '../envelope/envelope.ts';
import type { EnvelopeOptions } from '../envelope/envelope-options.ts';
import { createExceptionWriter } from '../envelope/exceptions.ts';
import { relationId } from '../relation-record.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { Publisher } from './publisher.ts';
import { createRecordWriter } from './record-writer.ts';
import type { TableTopics } from './table-topics.ts';
import { createTableWriter, type TableWriter, type TransactionCounts } from './table-writer.ts';
import { topicFailure } from './topic-failure.ts';

/** Who writes which relation's rows into which topic, before, during and after its table is built anew. */
export interface RelationWriters {
  /**
   * Resolves when rows of this shape can be written; with a build they also reach the table beside. Without one a build of
   * this very relation goes on. Takes in again a table that had failed. Rejects as `TableTopics.open`.
   */
  define(relation: Relation, build?: TableBuild): Promise<void>;
  /** Null for a table that takes no rows until it is built anew. Throws for a relation that was not defined. */
  find(relation: Relation): TableWriter | null;
  /** Another writer of a defined relation, with a context of its own: for a chunk of its snapshot. */
  ofChunk(relation: Relation, context: EnvelopeContext, isBuild: boolean): TableWriter;
  /** Whether this is the last build that was begun of the relation's table. */
  isBuilding(relation: Relation, build: TableBuild): boolean;
  /** The build is over: from here on its relation's rows are the replica's, unless another one has begun. */
  endBuild(relation: Relation, build: TableBuild): Promise<void>;
  /** The topic does not take what it is sent: its table takes no more rows. Null when no table has the topic. */
  fail(topic: string, cause: MillraceError): { relation: Relation; failure: TableFailure } | null;
  failureOf(topic: string): TableFailure | undefined;
}

/** Room for the batch's own head, and for what compression may add to what it cannot compress. */
const BATCH_SLACK_BYTES = 4 << 10;

export function createRelationWriters(options: {
  database: string;
  format: EnvelopeOptions;
  maxBatchBytes: number;
  tables: TableTopics;
  publisher: Publisher;
  /** Of the stream. */
  context: EnvelopeContext;
  counts: TransactionCounts;
  /** Told when a transaction has its first message of a table. */
  onTransaction: (writer: TableWriter) => void;
  /** Told of each queue that something was put into. */
  onAdded: (queue: PartitionQueue) => void;
  /** Told of the relation (`relationId`) that a topic's rows are of from here on. */
  onDefined: (topic: TopicFacts, relation: string) => void;
}): RelationWriters {
  const { format, tables, publisher } = options;
  const writers = new Map<Relation, TableWriter>();
  /** Of relations that were defined: a chunk is opened without waiting. */
  const topicOf = new Map<Relation, TopicFacts>();
  const builds = new Map<Relation, TableBuild>();
  /** Id of the build that a table (`schema.table`) has now. */
  const buildIds = new Map<string, string>();
  const failedTopics = new Map<string, TableFailure>();
  /** A table's shapes come on record, and into watermarks, in the order in which they were asked for. */
  const opening = createTurns();
  let lastRelation: Relation | null = null;
  let lastWriter: TableWriter | null = null;

  function writerOf(
    relation: Relation,
    { topic, partitions, maxMessageBytes, cleanup }: TopicFacts,
    parts: { context: EnvelopeContext; counts: TransactionCounts; build: TableBuild | null },
  ): TableWriter {
    const maxBatchBytes = Math.min(options.maxBatchBytes, maxMessageBytes - BATCH_SLACK_BYTES);
    const { database, onAdded, onTransaction } = options;
    const encoder = createEnvelopeEncoder({ relation, database, version: PACKAGE_VERSION, format });
    const records = createRecordWriter({
      publisher,
      queues: Array.from({ length: partitions }, (_, partition) => publisher.queue(topic, partition, maxBatchBytes)),
      onAdded,
      relationId: relationId(relation, parts.build, format),
    });
    const exceptions = createExceptionWriter(relation, format);
    const isCompacted = cleanup.includes('compact');
    return createTableWriter({ relation, topic, encoder, records, exceptions, isCompacted, onTransaction, ...parts });
  }

  async function open(
    relation: Relation,
    build: TableBuild | null,
    isWanted: () => boolean = () => true,
  ): Promise<void> {
    const { id, facts } = await tables.open(relation, build);
    if (!isWanted()) return;
    failedTopics.delete(facts.topic);
    topicOf.set(relation, facts);
    writers.set(relation, writerOf(relation, facts, { context: options.context, counts: options.counts, build }));
    lastRelation = null;
    options.onDefined(facts, id);
  }

  return {
    define(relation, build) {
      // From here on one that began before is over, whatever it has come to.
      if (build !== undefined) buildIds.set(tableOf(relation), build.id);
      return opening.run(tableOf(relation), async () => {
        await open(relation, build ?? builds.get(relation) ?? null);
        if (build !== undefined) builds.set(relation, build);
      });
    },
    find(relation) {
      if (relation !== lastRelation) {
        lastWriter = writers.get(relation) ?? null;
        if (lastWriter === null) throw new Error(`relation ${tableOf(relation)} was not defined`);
        lastRelation = relation;
      }
      if (failedTopics.size > 0 && failedTopics.has((lastWriter as TableWriter).topic)) return null;
      return lastWriter;
    },
    ofChunk(relation, context, isBuild) {
      const facts = topicOf.get(relation);
      if (facts === undefined) throw new Error(`relation ${tableOf(relation)} was not defined`);
      const build = isBuild ? (builds.get(relation) ?? null) : null;
      return writerOf(relation, facts, { context, counts: { number: 0, total: 0 }, build });
    },
    isBuilding: (relation, build) => buildIds.get(tableOf(relation)) === build.id,
    endBuild(relation, build) {
      const isLast = (): boolean => buildIds.get(tableOf(relation)) === build.id;
      return opening.run(tableOf(relation), async () => {
        if (!isLast()) return;
        builds.delete(relation);
        await open(relation, null, isLast);
        if (isLast()) buildIds.delete(tableOf(relation));
      });
    },
    fail(topic, cause) {
      const writer = [...writers.values()].find((each) => each.topic === topic);
      if (writer === undefined) return null;
      const { relation } = writer;
      const failure = topicFailure(cause);
      failedTopics.set(topic, failure);
      return { relation, failure };
    },
    failureOf: (topic) => failedTopics.get(topic),
  };
}

function tableOf({ schema, table }: Relation): string {
  return `${schema}.${table}`;
}
