import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Random } from '../../demo/random.ts';
import { until } from '../../ingest/testing/scene.ts';
import { startTestPostgres, type TestPostgres } from '../../ingest/testing/test-postgres.ts';
import { journaled } from '../../warehouse/testing/journaled.ts';
import { startTemporaryWarehouse, type TemporaryWarehouse } from '../../warehouse/testing/temporary-warehouse.ts';
import { type ReplicatedDatabase, replicateDatabase } from './replicated-database.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);

let postgres: TestPostgres;
let warehouse: TemporaryWarehouse;
beforeAll(async () => {
  [postgres, warehouse] = await Promise.all([startTestPostgres(), startTemporaryWarehouse()]);
});
afterAll(async () => {
  await Promise.all([postgres.stop(), warehouse.stop()]);
});

const SETUP = (name: string) => `
  create table t (id int primary key, n int, big text);
  alter table t alter big set storage external;
  create table u (a int, b int, v text, primary key (b, a));
  insert into t select n, 0, repeat(n::text, 800) from generate_series(1, 600) n;
  insert into u select n, n % 7, 'v' from generate_series(1, 600) n;
  create publication ${name}_publication for all tables`;

/** A random transaction over both tables; out-of-line values, key changes and truncates among it. */
function statement(random: Random): string {
  const id = random.between(1, 800);
  switch (random.between(0, 8)) {
    case 0:
      return `insert into t values (${id}, 1, repeat('n', ${random.between(0, 5000)})) on conflict (id) do update set n = t.n + 1`;
    case 1:
      return `update t set n = n + 1 where id between ${id} and ${id + 20}`;
    case 2:
      return `delete from t where id between ${id} and ${id + 3}`;
    case 3:
      return `update t set id = id + 10000 where id = ${id}`;
    case 4:
      return `update t set big = repeat('b', ${random.between(0, 5000)}) where id = ${id}`;
    case 5:
      return `update u set a = a + 10000 where a = ${id}`;
    case 6:
      return `insert into u values (${id}, ${random.between(0, 6)}, 'new') on conflict do nothing`;
    case 7:
      return random.between(0, 60) === 0 ? 'truncate t' : `delete from u where a = ${id}`;
    default:
      return `savepoint s; delete from t where id < ${id}; rollback to savepoint s`;
  }
}

/** Writes until told to stop. */
async function writeOn(client: pg.Client, random: Random, goesOn: () => boolean): Promise<void> {
  while (goesOn()) {
    const statements = Array.from({ length: random.between(1, 4) }, () => statement(random));
    await client.query(`begin; ${statements.join('; ')}; commit`).catch(() => client.query('rollback'));
    await sleep(random.between(0, 10));
  }
}

async function whileWriting(database: ReplicatedDatabase, seed: number, work: () => Promise<void>): Promise<void> {
  let writing = true;
  const clients = await Promise.all([database.connect(), database.connect()]);
  const writers = clients.map((client, i) => writeOn(client, new Random(seed, `writer ${i}`), () => writing));
  try {
    await work();
  } finally {
    writing = false;
    await Promise.all(writers);
  }
}

/** Row by row what the journal makes of an empty table, for each journaled table: what the models would have. */
async function journalDifferences(database: ReplicatedDatabase, table: string): Promise<string> {
  const name = `${database.name}__${table}`;
  const key = table === 't' ? 'id' : 'b, a';
  const names = table === 't' ? ['id', 'n', 'big'] : ['a', 'b', 'v'];
  const columns = names.join(', ');
  const texts = names.map((column) => `formatRowNoNewline('TabSeparated', ${column}) as ${column}`).join(', ');
  return database.warehouse(`
    with played as (
      select ${columns} from (
        select ${columns}, _deleted, row_number() over (partition by ${key} order by _version desc) as newest
        from ${journaled(name, names)}
      ) where newest = 1 and not _deleted
    ),
    replica as (select ${texts} from raw.${name} final)
    select 'journal', cityHash64(${columns}), ${key} from ((select ${columns} from played) except (select ${columns} from replica))
    union all
    select 'replica', cityHash64(${columns}), ${key} from ((select ${columns} from replica) except (select ${columns} from played))
    limit 10`);
}

test(`a table is built anew under random writes, and everything else streams on (seed ${SEED})`, async () => {
  const database = await replicateDatabase({
    name: 'busy',
    setup: SETUP('busy'),
    postgres,
    warehouse,
    timing: { chunkBlocks: 4 },
  });
  database.start();
  await database.settle();
  // From here on the journal has every row: models that read it from the start have the same as the replica.
  await database.client.query('update t set n = n; update u set v = v');
  await whileWriting(database, SEED, async () => {
    for (let round = 0; round < 3; round++) {
      // A wrong row that no change will ever touch: only building the table anew mends it.
      await warehouse.client.command({
        query: `insert into raw.busy__t (id, n, big, _version, _deleted) select -1, 0, 'wrong', max(_version), 0 from raw.busy__t`,
      });
      await database.capture().resync(round === 1 ? 'public.u' : 'public.t');
      await database.untilPhase(round === 1 ? 'public.u' : 'public.t', 'streaming');
    }
  });
  expect(await database.differences(), `seed ${SEED}`).toEqual([]);
  expect(await journalDifferences(database, 't'), `seed ${SEED}`).toBe('');
  expect(await journalDifferences(database, 'u'), `seed ${SEED}`).toBe('');
  expect(
    await database.warehouse("select name from system.tables where database = 'raw' and name like '%rebuild'"),
  ).toBe('');
  await database.stop();
});

/** Every statement of a build, in its order. */
const POINTS: readonly (readonly [RegExp, 'before' | 'after'])[] = [
  [/^create table .*__rebuild/, 'after'],
  [/^insert into raw\.`killed__t__rebuild`/, 'before'],
  [/^insert into raw\.`killed__t__rebuild`/, 'after'],
  [/^insert into journal\.changes .*row\)\s+select 'killed',/, 'before'],
  [/^insert into journal\.changes .*row\)\s+select 'killed',/, 'after'],
  [/^drop view/, 'after'],
  [/^exchange tables/, 'before'],
  [/^exchange tables/, 'after'],
  [/^insert into millrace\.replicas/, 'after'],
  [/^insert into millrace\.rejected_cleared/, 'before'],
  [/^drop table if exists raw\.`killed__t__rebuild`/, 'before'],
  [/^drop table if exists raw\.`killed__t__rebuild`/, 'after'],
];

/** How many of them a run takes; MILLRACE_KILLS=all for all. */
const KILLS = process.env.MILLRACE_KILLS === 'all' ? POINTS.length : 4;

test(`goes on where it was after a kill at any statement (seed ${SEED})`, { timeout: 300_000 }, async () => {
  const random = new Random(SEED, 'kills');
  const points = [...POINTS].sort(() => random.between(0, 2) - 1).slice(0, KILLS);
  const database = await replicateDatabase({
    name: 'killed',
    setup: SETUP('killed'),
    postgres,
    warehouse,
    timing: { chunkBlocks: 4, drainMs: 100 },
  });
  database.start();
  await database.settle();
  await database.client.query('update t set n = n; update u set v = v');
  await whileWriting(database, SEED, async () => {
    for (const [pattern, when] of points) {
      await database.settle();
      database.freezing().freezeAt(pattern, when);
      await database.capture().resync('public.t');
      await until(`the kill ${when} ${pattern}`, () => database.freezing().isFrozen());
      await database.stop();
      database.start();
      await database.untilPhase('public.t', 'streaming');
    }
  });
  expect(await database.differences(), `seed ${SEED}`).toEqual([]);
  expect(await journalDifferences(database, 't'), `seed ${SEED}`).toBe('');
  await database.stop();
});
