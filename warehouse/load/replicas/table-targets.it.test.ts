import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Relation } from '../../../changelog/change.ts';
import type { SourceDestination } from '../../../changelog/destination.ts';
import { armFailpoint } from '../../../runtime/failpoint.ts';
import { createLogger } from '../../../runtime/logger.ts';
import { journaled } from '../../testing/journaled.ts';
import { queryText, startTemporaryWarehouse, type TemporaryWarehouse } from '../../testing/temporary-warehouse.ts';
import { relationOf, tupleOf } from '../../testing/tuples.ts';
import { createWarehouseDestination } from '../destination.ts';

let warehouse: TemporaryWarehouse;
beforeAll(async () => {
  warehouse = await startTemporaryWarehouse();
});
afterAll(() => warehouse.stop());

const logger = createLogger({ name: 'test', level: 'fatal' });
const STATE = { epoch: 1, snapshotLsn: 100n, consistentLsn: 100n, snapshot: {} };

async function open(source: string): Promise<SourceDestination> {
  const destination = createWarehouseDestination({ client: warehouse.client, logger, journal: true });
  const opened = await destination.openSource(source);
  await opened.saveState(STATE);
  return opened;
}

async function stream(destination: SourceDestination, relation: Relation, lsn: bigint, ids: number[]): Promise<void> {
  const block = destination.openBlock(relation);
  for (const [i, id] of ids.entries()) {
    block.upsert({ epoch: 1, commitLsn: lsn, ordinal: i + 1 }, tupleOf([String(id), 'streamed']));
  }
  const position = { lsn: lsn + 5n, committedAtMicros: 0n, caughtUpAtMicros: 0n };
  await destination.write({ steps: [block], position }, (_relation, failure) => Promise.reject(failure));
}

async function copy(destination: SourceDestination, relation: Relation, lsn: bigint, ids: number[]): Promise<void> {
  const block = destination.openSnapshotBlock(relation, { epoch: 1, commitLsn: lsn, ordinal: 0 });
  for (const id of ids) block.row(tupleOf([String(id), 'copied']));
  await destination.writeSnapshot(block, 'rebuild');
}

const rows = (table: string) => queryText(warehouse.client, `select id, note from raw.${table} final order by id`);

test('a build that was overtaken by another one is not exchanged, whole or empty', async () => {
  const destination = await open('overtaken');
  const relation = relationOf('overtaken', 't', { id: 'bigint', note: 'text' });
  await destination.prepare(relation);
  await stream(destination, relation, 200n, [1, 2]);
  const first = { ...relation };
  const second = { ...relation };
  await destination.rebuild(first, { id: 'first', keepsOld: true });
  await copy(destination, first, 300n, [1, 2, 3]);
  const overtaking = destination.rebuild(second, { id: 'second', keepsOld: true });
  await destination.exchange(first, { id: 'first', keepsOld: true }, 300n);
  await overtaking;
  expect(await rows('overtaken__t')).toBe('1\tstreamed\n2\tstreamed\n');
  await copy(destination, second, 400n, [1, 2, 4]);
  await stream(destination, second, 500n, [5]);
  await destination.exchange(second, { id: 'second', keepsOld: true }, 400n);
  const whole = '1\tcopied\n2\tcopied\n4\tcopied\n5\tstreamed\n';
  expect(await rows('overtaken__t')).toBe(whole);
  await destination.exchange(first, { id: 'first', keepsOld: true }, 300n);
  await destination.exchange(second, { id: 'second', keepsOld: true }, 400n);
  expect(await rows('overtaken__t')).toBe(whole);
});

test('a build that begins while another one is exchanged keeps its table', async () => {
  const destination = await open('following');
  const relation = relationOf('following', 't', { id: 'bigint', note: 'text' });
  await destination.prepare(relation);
  const first = { ...relation };
  const second = { ...relation };
  await destination.rebuild(first, { id: 'first', keepsOld: true });
  await copy(destination, first, 300n, [1, 2]);
  const exchanging = destination.exchange(first, { id: 'first', keepsOld: true }, 300n);
  await destination.rebuild(second, { id: 'second', keepsOld: true });
  await exchanging;
  expect(await rows('following__t')).toBe('1\tcopied\n2\tcopied\n');
  await copy(destination, second, 400n, [7]);
  await destination.exchange(second, { id: 'second', keepsOld: true }, 400n);
  expect(await rows('following__t')).toBe('7\tcopied\n');
});

test('rows of the stream go on to where they belong while a build begins anew under them', async () => {
  const destination = await open('anew');
  const relation = relationOf('anew', 't', { id: 'bigint', note: 'text' });
  await destination.prepare(relation);
  let building = { ...relation };
  await destination.rebuild(building, { id: 'build 0', keepsOld: true });
  for (let n = 1; n <= 12; n++) {
    const next = { ...relation };
    const streamed = stream(destination, building, 1000n + BigInt(n) * 10n, [n]);
    await destination.rebuild(next, { id: `build ${n}`, keepsOld: true });
    await streamed;
    building = next;
  }
  expect((await rows('anew__t')).split('\n')).toHaveLength(13);
});

test('of a table without a key, rows of the stream from before the copy are left out of it', async () => {
  const destination = await open('keyless');
  const relation: Relation = { ...relationOf('keyless', 't', { id: 'text', note: 'text' }), hasRowId: true };
  await destination.prepare(relation);
  const build = { id: 'only', keepsOld: false };
  await destination.rebuild(relation, build);
  await stream(destination, relation, 250n, [1, 2]);
  await copy(destination, relation, 300n, [101, 102]);
  await stream(destination, relation, 300n, [3]);
  await stream(destination, relation, 350n, [4]);
  await destination.exchange(relation, build, 300n);
  expect(await rows('keyless__t')).toBe('101\tcopied\n102\tcopied\n3\tstreamed\n4\tstreamed\n');
  expect(await queryText(warehouse.client, 'select count() from journal.keyless__t where _deleted = 1')).toBe('0\n');
});

test('a row of the stream from before the copy that the copy does not have is left out', async () => {
  const destination = await open('removed');
  const relation = relationOf('removed', 't', { id: 'text', note: 'text' });
  await destination.prepare(relation);
  const build = { id: 'only', keepsOld: false };
  await destination.rebuild(relation, build);
  // What removed row 2 came in another shape, older than the copy: passed over.
  await stream(destination, relation, 250n, [1, 2]);
  await copy(destination, relation, 300n, [1, 101]);
  await stream(destination, relation, 350n, [3]);
  await destination.exchange(relation, build, 300n);
  expect(await rows('removed__t')).toBe('1\tcopied\n101\tcopied\n3\tstreamed\n');
});

// A loader that ends between the exchange and writing down how far it is: another one reads from further back.
test('rows from before the copy that are read again behind an exchange are left out of it as well', async () => {
  const before = relationOf('again', 't', { id: 'text', note: 'text' });
  const after = relationOf('again', 't', { id: 'text', note: 'text', more: 'text' });
  const build = { id: 'only', keepsOld: false };
  const first = await open('again');
  await first.prepare(before);
  await stream(first, before, 250n, [1, 2]);
  await first.rebuild(after, build);
  const chunk = first.openSnapshotBlock(after, { epoch: 1, commitLsn: 300n, ordinal: 0 });
  chunk.row(tupleOf(['1', 'copied', 'x']));
  await first.writeSnapshot(chunk, 'rebuild');
  await first.exchange(after, build, 300n);
  expect(await rows('again__t')).toBe('1\tcopied\n');
  const second = await open('again');
  // What removed row 2 was passed over.
  await second.prepare(before);
  await stream(second, before, 250n, [1, 2]);
  await second.rebuild(after, build);
  await second.exchange(after, build, 300n);
  expect(await rows('again__t')).toBe('1\tcopied\n');
  await second.exchange(after, build, 300n);
  expect(await rows('again__t')).toBe('1\tcopied\n');
});

// The table was quarantined for good: UNKNOWN_TABLE.
test('a replica that a crash has left without a mark in the journal is exchanged', async () => {
  const relation = relationOf('cut_short', 't', { id: 'text', note: 'text' });
  await (await open('cut_short')).prepare(relation);
  await warehouse.client.command({ query: 'drop view journal.cut_short__t sync' });
  const destination = await open('cut_short');
  const build = { id: 'only', keepsOld: false };
  await destination.rebuild(relation, build);
  await copy(destination, relation, 300n, [1]);
  await destination.exchange(relation, build, 300n);
  await stream(destination, relation, 350n, [2]);
  expect(await rows('cut_short__t')).toBe('1\tcopied\n2\tstreamed\n');
  const changes = `select id, note from ${journaled('cut_short__t', ['id', 'note'])} order by id`;
  expect(await queryText(warehouse.client, changes)).toBe('1\tcopied\n2\tstreamed\n');
});

// What was written on went to the old table, under the name that the new one had: a row was lost, or the models' share of it.
test.each([
  'warehouse.difference-journaled',
  'warehouse.tables-exchanged',
  'warehouse.replica-recorded',
  'warehouse.rejections-cleared',
  'warehouse.build-finished',
] as const)('rows that come after an exchange was cut short at %s are written, or not taken', async (place) => {
  for (const keepsOld of [true, false]) {
    const source = `cut_${place.slice(10).replaceAll('-', '_')}_${keepsOld}`;
    const relation = relationOf(source, 't', { id: 'bigint', note: 'text' });
    const build = { id: 'only', keepsOld };
    const before = await open(source);
    await before.prepare(relation);
    await stream(before, relation, 200n, [1]);
    const building = { ...relation };
    await before.rebuild(building, build);
    await copy(before, building, 300n, [1, 2]);
    armFailpoint(`${place}=fail@1`);
    await expect(before.exchange(building, build, 300n)).rejects.toThrow(place);
    const isTaken = await stream(before, building, 350n, [3]).then(
      () => true,
      () => false,
    );
    const after = await open(source);
    const resumed = { ...relation };
    await after.rebuild(resumed, build);
    if (!isTaken) await stream(after, resumed, 350n, [3]);
    await after.exchange(resumed, build, 300n);
    await stream(after, resumed, 400n, [4]);
    const whole = '1\tcopied\n2\tcopied\n3\tstreamed\n4\tstreamed\n';
    expect(await rows(`${source}__t`)).toBe(whole);
    const rowsOf = journaled(`${source}__t`, ['id', 'note']);
    const last = `select id, argMax(note, _version) from ${rowsOf} group by id order by id`;
    expect(await queryText(warehouse.client, last)).toBe(whole);
  }
});
