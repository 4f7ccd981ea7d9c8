import type { Relation, Tuple } from '../../change.ts';
import type { SnapshotChunk } from '../../change-log.ts';
import type { RowVersion } from '../../destination.ts';
import type { EnvelopeContext } from '../envelope/envelope.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { Publisher } from './publisher.ts';
import type { RelationWriters } from './relation-writers.ts';

/** A chunk of a snapshot on its way into its table's topic: durable when the brokers have its rows. */
export function createKafkaChunk(options: {
  relation: Relation;
  /** Of all its rows. */
  version: RowVersion;
  /** Its rows are for the table beside the replica. */
  isBuild: boolean;
  writers: Pick<RelationWriters, 'ofChunk' | 'failureOf'>;
  publisher: Pick<Publisher, 'room' | 'flushed'>;
  /** Every queue that was ever added to. */
  queues: Iterable<PartitionQueue>;
  throwIfFailed: () => void;
}): SnapshotChunk {
  const { relation, version, isBuild, writers, publisher, queues, throwIfFailed } = options;
  const madeAtMs = Date.now();
  const context: EnvelopeContext = {
    timeMicros: BigInt(madeAtMs) * 1000n,
    commitLsn: version.commitLsn,
    previousCommitLsn: null,
    transactionId: null,
    isSnapshot: true,
    madeAtMs,
  };
  const writer = writers.ofChunk(relation, context, isBuild);
  return {
    row: (row: Tuple) => void writer.read(version, row),
    room: () => {
      throwIfFailed();
      return publisher.room();
    },
    async done() {
      throwIfFailed();
      await publisher.flushed([...queues].filter(({ topic }) => topic === writer.topic));
      const tableFailure = writers.failureOf(writer.topic);
      if (tableFailure !== undefined) throw tableFailure;
    },
    abandon() {},
  };
}
