import { expect, test } from 'vitest';
import type { Column, Relation } from '../../change.ts';
import { DEFAULT_ENVELOPE } from '../envelope/envelope-options.ts';
import { PartitionQueue } from './partition-queue.ts';
import { createRelationWriters } from './relation-writers.ts';

const ID: Column = { name: 'id', typeOid: 23, typeModifier: -1, typeName: 'integer' } as Column;

function relationOf(columns: readonly Column[]): Relation {
  return { source: 's', oid: 7, schema: 'public', table: 't', columns, keyColumns: [0] } as Relation;
}

// A watermark named the shape that came last, and loaders dropped the copy of a build that it was behind.
test('of a table the topic’s rows have the shape that was asked for last, however long the one before takes', async () => {
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const defined: Relation[] = [];
  const [plain, built] = [relationOf([ID]), relationOf([ID])];
  const relations = new Map<string, Relation>();
  const writers = createRelationWriters({
    database: 'd',
    format: DEFAULT_ENVELOPE,
    maxBatchBytes: 1 << 20,
    tables: {
      async open(relation, build) {
        if (build === null) await held;
        const id = build?.id ?? 'plain';
        relations.set(id, relation);
        return { id, facts: { topic: 't', partitions: 1, maxMessageBytes: 1 << 20, cleanup: [] } as never };
      },
      lose() {},
    },
    publisher: {
      queue: (topic: string, partition: number, maxBatchBytes: number) =>
        new PartitionQueue({ topic, partition, maxBatchBytes, reachedOffset: 0n }),
    } as never, // It is asked for queues only: nothing is sent.
    context: {} as never, // Of rows.
    counts: { number: 0, total: 0 },
    onTransaction: () => {},
    onAdded: () => {},
    onDefined: (_topic, id) => void defined.push(relations.get(id) as Relation),
  });
  const first = writers.define(plain);
  const second = writers.define(built, { id: 'b', keepsOld: true });
  await new Promise((resolve) => setImmediate(resolve));
  release();
  await Promise.all([first, second]);
  expect(defined).toHaveLength(2);
  expect(defined[1]).toBe(built);
});
