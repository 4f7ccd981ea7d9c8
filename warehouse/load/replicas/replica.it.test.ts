import { afterAll, beforeAll, expect, test } from 'vitest';
import { packVersion } from '../../../changelog/version.ts';
import { queryText, startTemporaryWarehouse, type TemporaryWarehouse } from '../../testing/temporary-warehouse.ts';
import { relationOf } from '../../testing/tuples.ts';
import { ensureReplica } from './replica.ts';

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

test('a replica has an added column, whatever a crash left of its making', async () => {
  const before = { id: 'bigint', note: 'text' };
  let number = 0;
  for (let isEnded = true; isEnded; number++) {
    const name = `s__t${number}`;
    const options = { client: warehouse.client, name };
    await ensureReplica({ ...options, relation: relationOf('s', `t${number}`, before) });
    const relation = relationOf('s', `t${number}`, { ...before, more: 'text', most: 'text' });
    const ending = ensureReplica({ ...options, client: endingBefore(number), relation });
    isEnded = await ending.then(
      () => false,
      () => true,
    );
    await ensureReplica({ ...options, relation });
    const version = packVersion({ epoch: 1, commitLsn: 5n, ordinal: 1 });
    await warehouse.client.command({
      query: `insert into raw.${name} (id, more, most, _version, _deleted) values (1, 'a', 'b', ${version}, 0)`,
    });
    expect(await queryText(warehouse.client, `select id, more, most from raw.${name}`)).toBe('1\ta\tb\n');
  }
  expect(number).toBeGreaterThan(2);
});
