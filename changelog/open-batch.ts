import type { Relation } from './change.ts';
import type { Batch, Position, RowBlock, SourceDestination, Truncation } from './destination.ts';

/** The batch that is being filled: one block per relation, closed by a truncation of that relation. */
export interface OpenBatch {
  block(relation: Relation): RowBlock;
  truncate(truncation: Truncation): void;
  /** Sets the position that the batch reaches; kept until rows of a later transaction come. */
  reach(position: Position): void;
  bytes(): number;
  /** Nothing to write: no rows, no truncation, no new position. */
  isEmpty(): boolean;
  /** Takes what was collected; the batch is empty afterwards. */
  take(): Batch;
}

export function createOpenBatch(destination: SourceDestination): OpenBatch {
  let steps: (RowBlock | Truncation)[] = [];
  let position: Position | null = null;
  const blocks = new Map<Relation, RowBlock>();
  let lastRelation: Relation | null = null;
  let lastBlock: RowBlock | null = null;

  return {
    block(relation) {
      if (relation === lastRelation && lastBlock !== null) return lastBlock;
      let block = blocks.get(relation);
      if (block === undefined) {
        block = destination.openBlock(relation);
        blocks.set(relation, block);
        steps.push(block);
      }
      lastRelation = relation;
      lastBlock = block;
      return block;
    },
    truncate(truncation) {
      // Rows that follow belong behind the truncation: a new block.
      for (const relation of blocks.keys()) if (relation.oid === truncation.truncated.oid) blocks.delete(relation);
      lastRelation = null;
      lastBlock = null;
      steps.push(truncation);
    },
    reach(reached) {
      position = reached;
    },
    bytes() {
      let total = 0;
      for (const step of steps) if (!('truncated' in step)) total += step.bytes;
      return total;
    },
    isEmpty: () => steps.length === 0 && position === null,
    take() {
      const batch = { steps, position };
      steps = [];
      position = null;
      blocks.clear();
      lastRelation = null;
      lastBlock = null;
      return batch;
    },
  };
}
