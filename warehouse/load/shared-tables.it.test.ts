import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Relation } from '../../changelog/change.ts';
import type { LoaderTables } from '../../changelog/kafka/load/loader-warehouse.ts';
import { createLogger } from '../../runtime/logger.ts';
import { queryText, startTemporaryWarehouse, type TemporaryWarehouse } from '../testing/temporary-warehouse.ts';
import { relationOf, tupleOf } from '../testing/tuples.ts';
import { createLoaderWarehouse } from './loader-warehouse.ts';

// Several loaders have a table in turn: what one remembers of it may be another's past.

let warehouse: TemporaryWarehouse;
beforeAll(async () => {
  warehouse = await startTemporaryWarehouse();
});
afterAll(() => warehouse.stop());

const logger = createLogger({ name: 'test', level: 'fatal' });
const over = new AbortController();
afterAll(() => over.abort());
const STATE = { epoch: 1, snapshotLsn: 100n, consistentLsn: 100n, snapshot: null };

/** As another process has it. */
async function open(source: string): Promise<LoaderTables> {
  const { signal } = over;
  const loader = createLoaderWarehouse({ client: warehouse.client, logger, journal: true, signal });
  const tables = await loader.openTables(source);
  await tables.destination.saveState(STATE);
  return tables;
}

async function stream({ destination }: LoaderTables, relation: Relation, lsn: bigint, ids: number[]): Promise<void> {
  const block = destination.openBlock(relation);
  for (const [i, id] of ids.entries()) {
    block.upsert({ epoch: 1, commitLsn: lsn, ordinal: i + 1 }, tupleOf([String(id), 'streamed']));
  }
  await destination.write({ steps: [block], position: null }, (_relation, failure) => Promise.reject(failure));
}

async function copy({ destination }: LoaderTables, relation: Relation, lsn: bigint, ids: number[]): Promise<void> {
  const block = destination.openSnapshotBlock(relation, { epoch: 1, commitLsn: lsn, ordinal: 0 });
  for (const id of ids) block.row(tupleOf([String(id), 'copied']));
  await destination.writeSnapshot(block, 'replica');
}

const rows = (replica: string) => queryText(warehouse.client, `select id, note from raw.${replica} final order by id`);

test('rows are not passed over for a build that another loader has brought to its end', async () => {
  const [first, second] = [await open('built'), await open('built')];
  const relation = relationOf('built', 't', { id: 'bigint', note: 'text' });
  const build = { id: 'b', keepsOld: false };
  const beside = { ...relation };
  await first.destination.prepare(relation);
  await first.destination.rebuild(beside, build);
  await second.destination.rebuild({ ...relation }, build);
  await second.destination.exchange({ ...relation }, build, 200n);
  await first.forget('public.t');
  const again = { ...relation };
  await first.destination.prepare(again);
  await stream(first, again, 300n, [1]);
  expect(await rows('built__t')).toBe('1\tstreamed\n');
});

test('snapshot rows that come late stay behind a truncation of another loader', async () => {
  const [first, second] = [await open('fenced'), await open('fenced')];
  const relation = relationOf('fenced', 't', { id: 'bigint', note: 'text' });
  await first.destination.prepare(relation);
  await copy(first, relation, 100n, [1]);
  const other = { ...relation };
  await second.destination.prepare(other);
  const truncation = { truncated: other, version: { epoch: 1, commitLsn: 200n, ordinal: 1 } };
  await second.destination.write({ steps: [truncation], position: null }, (_relation, failure) =>
    Promise.reject(failure),
  );
  await first.forget('public.t');
  const again = { ...relation };
  await first.destination.prepare(again);
  await copy(first, again, 100n, [2]);
  expect(await rows('fenced__t')).toBe('');
});

test('a table that another loader has built with another key goes on', async () => {
  const [first, second] = [await open('keyed'), await open('keyed')];
  const relation = relationOf('keyed', 't', { id: 'bigint', note: 'text' });
  await first.destination.prepare(relation);
  const wider = { ...relation, keyColumns: [0, 1] };
  const build = { id: 'b', keepsOld: false };
  await second.destination.rebuild(wider, build);
  await second.destination.exchange(wider, build, 200n);
  await first.forget('public.t');
  await first.destination.prepare({ ...wider });
});

test('two tables that want one name at the same time, in two loaders, get two', async () => {
  const loaders = [await open('named'), await open('named')];
  const relations = ['one', 'two'].map((schema) => ({
    ...relationOf('named', 't', { id: 'bigint', note: 'text' }),
    schema,
  }));
  await Promise.all(
    relations.map(async (relation, i) => {
      const loader = loaders[i] as LoaderTables;
      await loader.destination.prepare(relation);
      await stream(loader, relation, 200n, [i + 1]);
    }),
  );
  const [short, one, two] = await Promise.all(
    ['named__t', 'named__one__t', 'named__two__t'].map((name) => rows(name).catch(() => null)),
  );
  // Whichever was first has the short one.
  expect([{ short, one, two }]).toContainEqual(
    short === '1\tstreamed\n'
      ? { short, one: null, two: '2\tstreamed\n' }
      : { short: '2\tstreamed\n', one: '1\tstreamed\n', two: null },
  );
});
