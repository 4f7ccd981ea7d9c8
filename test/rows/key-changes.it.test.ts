import { afterAll, beforeAll, expect, test } from 'vitest';
import { openReplicationStage, type ReplicationStage } from '../harness/replication-scene.ts';

let stage: ReplicationStage;
beforeAll(async () => {
  stage = await openReplicationStage();
});
afterAll(() => stage?.stop());

const SETUP = `
  create table t (a int not null unique, b int not null unique, v text, big text);
  alter table t alter big set storage external;
  insert into t select i, 1000 - i, 'v' || i, repeat('big' || i, 1000) from generate_series(1, 60) i`;

/** Each gives the table another identity, with rows that change before, between and behind it. */
const STEPS = [
  ['a key', 'alter table t add primary key (a)'],
  ['the key elsewhere', 'alter table t drop constraint t_pkey; alter table t add primary key (b)'],
  ['an index in its place', 'alter table t replica identity using index t_a_key'],
  ['the full row', 'alter table t replica identity full'],
  [
    'two columns',
    'alter table t drop constraint t_pkey; alter table t add primary key (b, a); alter table t replica identity default',
  ],
  ['another type', 'alter table t alter a type bigint'],
  ['another name', 'alter table t rename a to c; alter table t rename c to a'],
] as const;

const CHANGES = (n: number): string => `
  insert into t values (${100 + n}, ${2000 + n}, 'new', repeat('n${n}', 2000));
  update t set v = 'step ${n}' where b % 5 = ${n % 5}; update t set a = a + 10000 where b = ${990 - n};
  delete from t where b = ${960 - n}; update t set b = b + 5000 where a = ${25 + n}`;

test.each(['running', 'stopped'] as const)(
  'a table ends as the source has it when its key comes, moves and goes: %s',
  async (mode) => {
    const scene = await stage.scene(mode, SETUP);
    await scene.start();
    expect(await scene.differences(), 'copied').toEqual([]);
    if (mode === 'stopped') await scene.stop();
    for (const [n, [what, sql]] of STEPS.entries()) {
      if (n > 0) await scene.client.query(CHANGES(2 * n));
      await scene.client.query(
        `begin; ${n > 0 ? "update t set v = 'same transaction' where b < 950;" : ''} ${sql}; ${CHANGES(2 * n + 1)}; commit`,
      );
      if (mode === 'stopped') continue;
      await expect.poll(() => scene.differences(), { timeout: 20_000, message: what }).toEqual([]);
    }
    if (mode === 'stopped') await scene.start();
    await expect.poll(() => scene.differences(), { timeout: 20_000 }).toEqual([]);
    await scene.client.query('alter table t drop constraint t_pkey; insert into t (a, b) values (7777, 7777)');
    await expect.poll(() => scene.differences(), { timeout: 20_000, message: 'without a key' }).toEqual([]);
    await expect.poll(() => scene.capture().progress().tables[0]?.phase, { timeout: 20_000 }).toBe('streaming');
    expect(
      await scene.warehouse(`select count() from millrace.rejected final where source = '${mode}' and resolved = 0`),
    ).toBe('0\n');
  },
);
