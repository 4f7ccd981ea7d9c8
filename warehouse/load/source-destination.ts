import type { ClickHouseClient } from '@clickhouse/client';
import type { Relation } from '../../changelog/change.ts';
import type { CaptureState } from '../../changelog/change-log.ts';
import type { Batch, RowBlock, SourceDestination, Truncation } from '../../changelog/destination.ts';
import { packVersion, versionFloor } from '../../changelog/version.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { PositionWriter } from './position-writer.ts';
import { createReplicaRegistry, type Journal } from './replica-registry.ts';
import { createReplicaWriter, type ReplicaWriter, type TruncationFences } from './replica-writer.ts';
import { retryWhileUnreachable } from './retry.ts';
import { createSnapshotBlock, type TabSeparatedSnapshotBlock } from './snapshot-block.ts';
import { createSourcePositions } from './source-positions.ts';
import { createTabSeparatedBlock, type TabSeparatedBlock } from './tab-separated-block.ts';

/** Inserts of one batch that run side by side. */
const PARALLEL_TABLES = 4;

export interface SourceDestinationOptions {
  readonly client: ClickHouseClient;
  readonly source: string;
  readonly logger: Logger;
  readonly journal: Journal;
  readonly writePosition: PositionWriter;
  readonly onLoaded?: (source: string) => void;
  readonly signal: AbortSignal;
}

/** One source's way into the warehouse: blocks to replicas, then the position that they reach. */
export async function createSourceDestination(options: SourceDestinationOptions): Promise<SourceDestination> {
  const { client, source, logger, onLoaded, signal } = options;
  const registry = await createReplicaRegistry(options);
  const positions = await createSourcePositions({ client, source, writePosition: options.writePosition });
  // By shape, not by table: rows of an older shape may still be on their way when a newer one is prepared.
  const writers = new Map<Relation, ReplicaWriter>();
  const fences: TruncationFences = new Map();
  const retry = <T>(action: () => Promise<T>) => retryWhileUnreachable(action, { logger, signal });

  const snapshotFacts = {
    isComplete: () => positions.isSnapshotComplete(),
    isGone(version: bigint) {
      const state = positions.captureState();
      return state?.consistentLsn == null || version < versionFloor(state.epoch, state.consistentLsn);
    },
  };

  /** Steps of one relation stay in order; different relations run side by side. */
  async function writeSteps(steps: Batch['steps']): Promise<number> {
    const queues = new Map<number, (RowBlock | Truncation)[]>();
    let rows = 0;
    for (const step of steps) {
      const { oid } = 'truncated' in step ? step.truncated : step.relation;
      const queue = queues.get(oid);
      if (queue === undefined) queues.set(oid, [step]);
      else queue.push(step);
      if (!('truncated' in step)) rows += step.rows;
    }
    const waiting = [...queues.values()];
    await Promise.all(
      Array.from({ length: Math.min(PARALLEL_TABLES, waiting.length) }, async () => {
        for (let queue = waiting.pop(); queue !== undefined; queue = waiting.pop()) {
          for (const step of queue) await writeStep(step);
        }
      }),
    );
    return rows;
  }

  async function writeStep(step: RowBlock | Truncation): Promise<void> {
    if ('truncated' in step) {
      await retry(() => writerOf(step.truncated).truncate(packVersion(step.version)));
    } else {
      const block = step as TabSeparatedBlock;
      await retry(() => writerOf(block.relation).write(block, snapshotFacts));
    }
  }

  function writerOf(relation: Relation): ReplicaWriter {
    const writer = writers.get(relation);
    if (writer === undefined) throw new Error(`relation ${relation.schema}.${relation.table} was not prepared`);
    return writer;
  }

  return {
    get state() {
      return positions.captureState();
    },
    async saveState(state: CaptureState) {
      await retry(() => positions.saveCaptureState(state));
    },
    async prepare(relation) {
      const name = await retry(() => registry.ensure(relation));
      writers.set(relation, await createReplicaWriter({ client, source, name, relation, fences, logger }));
    },
    openBlock: (relation) => createTabSeparatedBlock(relation),
    async write(batch) {
      const rows = await writeSteps(batch.steps);
      const { position } = batch;
      if (position !== null) await retry(() => positions.save(position, rows));
      else positions.count(rows);
      onLoaded?.(source);
    },
    openSnapshotBlock: createSnapshotBlock,
    async writeSnapshot(block) {
      await retry(() => writerOf(block.relation).writeSnapshot(block as TabSeparatedSnapshotBlock));
      positions.count(block.rows);
    },
  };
}
