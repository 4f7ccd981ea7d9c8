import { setImmediate } from 'node:timers/promises';
import type { OpenBatch } from '../../open-batch.ts';
import type { LogBatch } from '../records/log-batch.ts';
import { LogMessage } from '../records/log-message.ts';
import { applyChange } from './apply-change.ts';
import type { LoadedRelation, LoadedRelations } from './loaded-relations.ts';
import type { RejectedMessages } from './rejected-messages.ts';
import { RowMessage } from './row-message.ts';
import { isUnreadable } from './topic-reader.ts';
import type { TopicUnit } from './topic-unit.ts';
import type { UnitShapes } from './unit-shapes.ts';

export const MAX_BATCH_BYTES = 8 << 20;
/** Of messages that are put into a batch without letting anything else have its turn. */
const PAUSE_BYTES = 256 << 10;

/** Puts a unit's changes that are complete into the batch. */
export function createUnitApplier(options: {
  batch: OpenBatch;
  relations: LoadedRelations;
  rejected: RejectedMessages;
  shapes: Pick<UnitShapes, 'begin'>;
  /** Begins to write what was collected. */
  write: (isWhole: boolean) => Promise<void>;
}): (unit: TopicUnit) => Promise<void> {
  const { batch, relations, rejected, shapes, write } = options;
  const change = new RowMessage();

  function applyOne(unit: TopicUnit, of: LoadedRelation | null): void {
    try {
      if (of === null) throw new RangeError(`relation ${change.relationId} is not on record`);
      unit.table = of.table;
      if (of.isFailed) return;
      applyChange(batch, change, of);
      unit.rows++;
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      const { partition, batch: of, index } = unit.cursor;
      if (of !== null) rejected.add(unit, partition, new LogMessage(of, index), error);
    }
  }

  return async (unit) => {
    const { cursor } = unit;
    let of: LoadedRelation | null = null;
    let passedBytes = 0;
    while (cursor.take()) {
      change.readAgain(cursor.batch as LogBatch, cursor.index); // There is one when it was taken.
      if (of === null || !change.isOf(of.idBytes)) {
        const { relationId } = change;
        const isSame = relationId === unit.relationId;
        of = (isSame ? relations.ready(relationId) : undefined) ?? (await shapes.begin(unit, relationId));
      }
      applyOne(unit, of);
      passedBytes += change.valueEnd - change.valueStart;
      if (passedBytes < PAUSE_BYTES) continue;
      passedBytes = 0;
      if (batch.bytes() >= MAX_BATCH_BYTES) await write(false);
      else await setImmediate(); // For what comes from the brokers and from the warehouse.
      of = null; // It may be another one by now.
    }
  };
}
