import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Random } from '../../demo/random.ts';
import { startTestPostgres, type TestPostgres } from '../../ingest/testing/test-postgres.ts';
import { startTemporaryWarehouse, type TemporaryWarehouse } from '../../warehouse/testing/temporary-warehouse.ts';
import { changeAtRandom, RANDOM_DDL_SETUP } from './random-ddl.ts';
import { type ReplicatedDatabase, replicateDatabase } from './replicated-database.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const ROUNDS = Number(process.env.MILLRACE_ROUNDS ?? 2);

let postgres: TestPostgres;
let warehouse: TemporaryWarehouse;
beforeAll(async () => {
  [postgres, warehouse] = await Promise.all([startTestPostgres(), startTemporaryWarehouse()]);
});
afterAll(async () => {
  await Promise.all([postgres.stop(), warehouse.stop()]);
});

/** Columns that the replicas have, but for those that the source dropped; their order is that in which they came. */
async function columnsOf(database: ReplicatedDatabase): Promise<string[]> {
  const text = await database.warehouse(`
    select replaceOne(table, '${database.name}__', ''), name, type from system.columns
    where database = 'raw' and table like '${database.name}\\\\_\\\\_%' and comment <> 'dropped in the source'
    order by all`);
  return text.split('\n');
}

/** Tables that do not stream, with the reason. */
function troubles(database: ReplicatedDatabase): string[] {
  const { tables } = database.capture().progress();
  return tables
    .filter(({ phase }) => phase !== 'streaming')
    .map(({ name, phase, code, detail }) => `${name} ${phase} ${code} ${detail}`);
}

test(`replicas end as a fresh copy would be after random changes of rows and shapes (seed ${SEED})`, {
  timeout: 240_000,
}, async () => {
  const setup = `${RANDOM_DDL_SETUP} create publication ddl_publication for all tables; create publication fresh_publication for all tables`;
  const timing = { chunkBlocks: 2 };
  const database = await replicateDatabase({ name: 'ddl', setup, postgres, warehouse, timing });
  const random = new Random(SEED, 'rounds');
  database.start();
  const [shapes, rows] = await Promise.all([database.connect(), database.connect()]);
  for (let round = 0; round < ROUNDS; round++) {
    const changing = [
      changeAtRandom(shapes, new Random(SEED, `shapes ${round}`), 40, true),
      changeAtRandom(rows, new Random(SEED, `rows ${round}`), 150, false),
    ];
    if (random.between(0, 1) === 0) {
      await sleep(random.between(0, 500));
      await database.stop();
      await sleep(random.between(0, 200));
      database.start();
    }
    await Promise.all(changing);
    // A change of shape without rows behind it is seen by the next look at the catalog.
    await expect
      .poll(async () => [...(await database.differences()), ...troubles(database)], {
        timeout: 30_000,
        interval: 200,
        message: `round ${round}, seed ${SEED}`,
      })
      .toEqual([]);
  }
  const fresh = await replicateDatabase({ name: 'fresh', database: 'ddl', setup: 'select 1', postgres, warehouse });
  fresh.start();
  expect(await fresh.differences()).toEqual([]);
  expect(await columnsOf(database), `seed ${SEED}`).toEqual(await columnsOf(fresh));
  await Promise.all([database.stop(), fresh.stop()]);
});
