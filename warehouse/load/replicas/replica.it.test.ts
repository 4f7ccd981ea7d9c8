import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Relation } from '../../../changelog/change.ts';
import { createLogger } from '../../../runtime/logger.ts';
import { journaled } from '../../testing/journaled.ts';
import { queryText, startTemporaryWarehouse, type TemporaryWarehouse } from '../../testing/temporary-warehouse.ts';
import { relationOf, tupleOf } from '../../testing/tuples.ts';
import { createWarehouseDestination } from '../destination.ts';
import { createReplicaRegistry } from './replica-registry.ts';

let warehouse: TemporaryWarehouse;
beforeAll(async () => {
  warehouse = await startTemporaryWarehouse();
});
afterAll(() => warehouse.stop());

/** The client of a process that ends before its command of this number. */
function endingBefore(number: number): TemporaryWarehouse['client'] {
  let commands = 0;
  return new Proxy(warehouse.client, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (property !== 'command') return typeof value === 'function' ? value.bind(target) : value;
      return (parameters: Parameters<typeof target.command>[0]) =>
        commands++ < number ? target.command(parameters) : Promise.reject(new Error('ended'));
    },
  });
}

async function ensure(client: TemporaryWarehouse['client'], relation: Relation): Promise<void> {
  const registry = await createReplicaRegistry({ client, source: 's', journal: true });
  await registry.ensure(relation);
}

test('a journal has the values of an added column, whatever a crash left of its making', async () => {
  const before = { id: 'bigint', note: 'text' };
  const logger = createLogger({ name: 'test', level: 'fatal' });
  const destination = await createWarehouseDestination({ client: warehouse.client, logger, journal: true }).openSource(
    's',
  );
  await destination.saveState({ epoch: 1, snapshotLsn: 1n, consistentLsn: 1n, snapshot: {} });
  let number = 0;
  for (let isEnded = true; isEnded; number++) {
    const name = `s__t${number}`;
    await ensure(warehouse.client, relationOf('s', `t${number}`, before));
    const added = { more: 'text', most: 'text', much: 'text', many: 'text' };
    const relation = relationOf('s', `t${number}`, { ...before, ...added });
    isEnded = await ensure(endingBefore(number), relation).then(
      () => false,
      () => true,
    );
    await destination.prepare(relation);
    const block = destination.openBlock(relation);
    block.upsert({ epoch: 1, commitLsn: BigInt(5 + number), ordinal: 1 }, tupleOf(['1', null, 'a', 'b', null, null]));
    const position = { lsn: BigInt(6 + number), committedAtMicros: 0n, caughtUpAtMicros: 0n };
    await destination.write({ steps: [block], position }, (_relation, failure) => Promise.reject(failure));
    const columns = 'id, more, most';
    expect(await queryText(warehouse.client, `select ${columns} from raw.${name}`)).toBe('1\ta\tb\n');
    const changes = journaled(name, columns.split(', '));
    expect(await queryText(warehouse.client, `select ${columns} from ${changes}`)).toBe('1\ta\tb\n');
  }
  expect(number).toBeGreaterThan(5);
});
