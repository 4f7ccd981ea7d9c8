import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client';
import type { Relation } from '../../changelog/change.ts';
import type { CaptureState, OnTableFailure } from '../../changelog/change-log.ts';
import type { Batch, RowBlock, SourceDestination, Truncation } from '../../changelog/destination.ts';
import { BuildSuperseded, TableFailure } from '../../changelog/table-failure.ts';
import { packVersion, versionFloor } from '../../changelog/version.ts';
import { failpoint } from '../../runtime/failpoint.ts';
import type { Logger } from '../../runtime/logger.ts';
import { isRetryable } from '../clickhouse/retryable.ts';
import { LOAD_ERRORS } from './errors.ts';
import { createJournalWriter, type InsertChanges } from './journal/journal-writer.ts';
import type { SourcePositions } from './positions/source-positions.ts';
import { createReplicaRegistry, type Journal } from './replicas/replica-registry.ts';
import { createTableTargets, type Targets, tableName } from './replicas/table-targets.ts';
import { retryWhileUnreachable } from './retry.ts';
import { ByteWriter } from './values/byte-writer.ts';
import { createSnapshotBlock, type TabSeparatedSnapshotBlock } from './values/snapshot-block.ts';
import { createSpareBuffers } from './values/spare-buffers.ts';
import { createTabSeparatedBlock, type TabSeparatedBlock } from './values/tab-separated-block.ts';

/** A block as large as this is likely to be followed by another of its table: while there is a backlog. */
const LARGE_BLOCK_BYTES = 1 << 20;
/** One part in so many more than the last one had. */
const ROOM_SHARE = 16;

/** Inserts of one batch that run side by side. */
const PARALLEL_TABLES = 4;

/** Of all sources of the process: of what their snapshots have in memory at most. */
const SPARE_BUFFERS = createSpareBuffers({ count: 5, maxBytes: 8 << 20 });

export interface SourceDestinationOptions {
  readonly client: ClickHouseClient;
  readonly source: string;
  readonly logger: Logger;
  readonly journal: Journal;
  readonly insertChanges: InsertChanges;
  readonly positions: SourcePositions;
  readonly signal: AbortSignal;
}

/** A destination whose tables several processes have in turn. */
export interface SharedSourceDestination extends SourceDestination {
  /** Another process has had the table (`schema.table`) since; none of its rows is on its way. */
  forget(table: string): Promise<void>;
}

/** One source's way into the warehouse: blocks to replicas, then the position that they reach. */
export async function createSourceDestination(options: SourceDestinationOptions): Promise<SharedSourceDestination> {
  const { client, source, logger, positions, signal } = options;
  const registry = await createReplicaRegistry(options);
  /** The last large block: the next one has room from the start, where it would grow through twice as much. */
  let large: { readonly relation: Relation; readonly bytes: number } | null = null;
  const waiting = new AbortController();
  const whileWaiting = AbortSignal.any([signal, waiting.signal]);
  const journal = createJournalWriter(options.insertChanges);
  const targets = createTableTargets({ client, source, registry, positions, journal, logger, signal: whileWaiting });
  const retry = <T>(action: () => Promise<T>) => retryWhileUnreachable(action, { logger, signal });

  function isGone(version: bigint): boolean {
    const state = positions.captureState();
    return state?.consistentLsn == null || version < versionFloor(state.epoch, state.consistentLsn);
  }

  /** Steps of one relation stay in order; different relations run side by side. */
  async function writeSteps(steps: Batch['steps'], onTableFailure: OnTableFailure): Promise<number> {
    const queues = new Map<string, (RowBlock | Truncation)[]>();
    let rows = 0;
    for (const step of steps) {
      const name = tableName('truncated' in step ? step.truncated : step.relation);
      const queue = queues.get(name);
      if (queue === undefined) queues.set(name, [step]);
      else queue.push(step);
      if ('truncated' in step) continue;
      rows += step.rows;
      if (step.bytes >= LARGE_BLOCK_BYTES) large = { relation: step.relation, bytes: step.bytes };
      else if (step.relation === large?.relation) large = null;
    }
    const waiting = [...queues.values()];
    await Promise.all(
      Array.from({ length: Math.min(PARALLEL_TABLES, waiting.length) }, async () => {
        for (let queue = waiting.pop(); queue !== undefined; queue = waiting.pop()) {
          for (const step of queue) await writeOrFail(step, onTableFailure);
        }
      }),
    );
    return rows;
  }

  async function writeOrFail(step: RowBlock | Truncation, onTableFailure: OnTableFailure): Promise<void> {
    const relation = 'truncated' in step ? step.truncated : step.relation;
    if (targets.isFailed(relation)) return;
    const before = targetsOf(relation);
    try {
      await writeStep(step, before);
      failpoint('warehouse.table-written');
    } catch (error) {
      // The table beside was begun anew under the rows: where they go now is another place.
      await targets.settled(relation);
      if (targets.of(relation) !== before && !signal.aborted) return writeOrFail(step, onTableFailure);
      const failure = tableFailureOf(error, relation);
      if (failure === null || signal.aborted) throw error;
      // Remembered before the batch counts as durable: nobody will send these rows again.
      await onTableFailure(relation, failure);
      targets.fail(relation);
    }
  }

  async function writeStep(step: RowBlock | Truncation, { replica, beside }: Targets): Promise<void> {
    targets.throwIfCutShort('truncated' in step ? step.truncated : step.relation);
    if ('truncated' in step) {
      const version = packVersion(step.version);
      if (beside !== null) await retry(() => beside.truncate(version));
      if (replica !== null) await retry(() => replica.truncate(version));
      return;
    }
    const block = step as TabSeparatedBlock;
    const isCopied = () => positions.isCopied(tableName(block.relation));
    if (beside !== null) {
      const elsewhere = replica === null ? {} : { elsewhere: replica.lookUp };
      // Before the exchange its chunks, and so the rows that went before they were read, may be of any age.
      await retry(() => beside.write(block, { isComplete: isCopied, isGone: () => true, ...elsewhere }));
    }
    // A replica with a table beside it had all of its rows before.
    const isComplete = beside === null ? isCopied : () => true;
    if (replica !== null) await retry(() => replica.write(block, { isComplete, isGone }));
  }

  function targetsOf(relation: Relation): Targets {
    const found = targets.of(relation);
    if (found === undefined) throw new Error(`relation ${tableName(relation)} was not prepared`);
    return found;
  }

  return {
    get state() {
      return positions.captureState();
    },
    reachedLsn: positions.reachedLsn(),
    async saveState(state: CaptureState) {
      await retry(() => positions.saveCaptureState(state));
      failpoint('warehouse.capture-state-written');
    },
    prepare: (relation) => asTableFailure(relation, () => retry(() => targets.prepare(relation))),
    rebuild: (relation, build) => asTableFailure(relation, () => retry(() => targets.rebuild(relation, build))),
    exchange: (relation, build, fromLsn) =>
      asTableFailure(relation, () => retry(() => targets.exchange(relation, build, fromLsn))),
    forget: (table) => retry(() => targets.forget(table)),
    openBlock(relation) {
      if (relation !== large?.relation) return createTabSeparatedBlock(relation);
      return createTabSeparatedBlock(relation, {
        writer: new ByteWriter(large.bytes + Math.ceil(large.bytes / ROOM_SHARE)),
      });
    },
    async write(batch, onTableFailure, gathered) {
      const rows = await writeSteps(batch.steps, onTableFailure);
      await gathered?.();
      await retry(() => journal.flush());
      failpoint('warehouse.rows-written');
      const { position } = batch;
      if (position !== null) await retry(() => positions.save(position, rows));
      else positions.count(rows);
      failpoint('warehouse.position-written');
    },
    endWaiting: () => waiting.abort(),
    openSnapshotBlock: (relation, version) => createSnapshotBlock(relation, version, SPARE_BUFFERS),
    async writeSnapshot(block, target) {
      const { replica } = targetsOf(block.relation);
      const writer = target === 'rebuild' ? targets.built(block.relation) : replica;
      await asTableFailure(block.relation, async () => {
        targets.throwIfCutShort(block.relation);
        if (writer === null)
          throw new BuildSuperseded(LOAD_ERRORS.tableRefused, `${tableName(block.relation)}: built anew since`);
        await retry(() => writer.writeSnapshot(block as TabSeparatedSnapshotBlock));
      });
      positions.count(block.rows);
      (block as TabSeparatedSnapshotBlock).release();
    },
  };
}

/** Answers that are about us, not about a table, from src/Common/ErrorCodes.cpp. */
const NOT_OF_A_TABLE = new Set(
  [
    81, // UNKNOWN_DATABASE
    192, // UNKNOWN_USER
    193, // WRONG_PASSWORD
    194, // REQUIRED_PASSWORD
    497, // ACCESS_DENIED
    516, // AUTHENTICATION_FAILED
  ].map(String),
);

/** What the server refuses for good concerns the table that it was asked for; null for a fault of another kind. */
function tableFailureOf(error: unknown, relation: Relation): TableFailure | null {
  if (error instanceof TableFailure) return error;
  if (!(error instanceof ClickHouseError) || NOT_OF_A_TABLE.has(error.code) || isRetryable(error)) return null;
  const detail = `${tableName(relation)}: ClickHouse ${error.code} ${error.type ?? ''}`.trim();
  return new TableFailure(LOAD_ERRORS.tableRefused, detail, { cause: error });
}

async function asTableFailure<T>(relation: Relation, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw tableFailureOf(error, relation) ?? error;
  }
}
