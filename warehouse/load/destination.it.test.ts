import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SourceLog } from '../../changelog/change-log.ts';
import { createDirectChangeLog } from '../../changelog/direct/direct-change-log.ts';
import { createLogger } from '../../runtime/logger.ts';
import { ensureModelBookkeeping } from '../models/store/bookkeeping.ts';
import { journaled } from '../testing/journaled.ts';
import { queryText, startTemporaryWarehouse, type TemporaryWarehouse } from '../testing/temporary-warehouse.ts';
import { relationOf, tupleOf } from '../testing/tuples.ts';
import { createWarehouseDestination } from './destination.ts';

let warehouse: TemporaryWarehouse;
beforeAll(async () => {
  warehouse = await startTemporaryWarehouse();
});
afterAll(() => warehouse.stop());

const logger = createLogger({ name: 'test', level: 'fatal' });
const STATE = { epoch: 1, snapshotLsn: 100n, consistentLsn: 100n, snapshot: {} };
let lsn = 200n;

async function open(source: string, state: typeof STATE | null = STATE) {
  const log = createDirectChangeLog({
    destination: createWarehouseDestination({ client: warehouse.client, logger, journal: true }),
  });
  const sourceLog = await log.openSource(source);
  if (state !== null) await sourceLog.saveState(state);
  return { log, sourceLog };
}

/** One transaction; resolves when it is durable. */
async function commit(log: SourceLog, changes: () => void): Promise<void> {
  lsn += 10n;
  log.begin(lsn, 1_700_000_000_000_000n);
  changes();
  log.commit(lsn + 5n);
  const wanted = lsn + 5n;
  await expect.poll(() => log.durableLsn() >= wanted, { timeout: 20_000, interval: 10 }).toBe(true);
}

const rows = (table: string, columns: string) =>
  queryText(warehouse.client, `select ${columns} from raw.${table} final order by id`);

test('keeps current rows: inserted, updated, moved to another key, deleted', async () => {
  const { log, sourceLog } = await open('a');
  const relation = relationOf('a', 't', { id: 'bigint', note: 'text', amount: 'numeric(14,2)' });
  await sourceLog.defineRelation(relation);
  await commit(sourceLog, () => {
    sourceLog.insert(relation, tupleOf(['1', 'tab\there', '1.50']));
    sourceLog.insert(relation, tupleOf(['2', null, null]));
    sourceLog.insert(relation, tupleOf(['3', 'c', '3.00']));
  });
  await commit(sourceLog, () => {
    sourceLog.update(relation, null, tupleOf(['1', 'back\\slash', '1.75']));
    sourceLog.update(relation, tupleOf(['2', null, null]), tupleOf(['20', 'moved', null]));
    sourceLog.delete(relation, tupleOf(['3', null, null]));
  });
  expect(await rows('a__t', 'id, note, amount')).toBe('1\tback\\\\slash\t1.75\n20\tmoved\t\\N\n');
  expect(
    await queryText(warehouse.client, "select lsn, state, rows from millrace.positions final where source = 'a'"),
  ).toMatch(/^0\/E1\tstreaming\t7\n$/);
  expect(await queryText(warehouse.client, 'select count() from journal.a__t')).toBe('7\n');
  await log.close();
});

test('every table of ours waits for the disk itself, on any server', async () => {
  const { log, sourceLog } = await open('durable');
  await sourceLog.defineRelation(relationOf('durable', 't', { id: 'bigint' }));
  await ensureModelBookkeeping(warehouse.client);
  const careless = await queryText(
    warehouse.client,
    `select database, name
    from system.tables
    where database in ('raw', 'journal', 'millrace') and engine like '%MergeTree'
      and not (engine_full like '%fsync_after_insert = 1%' and engine_full like '%fsync_part_directory = 1%')`,
  );
  expect(careless).toBe('');
  await log.close();
});

test('a truncation removes what came before it and keeps late snapshot rows out', async () => {
  const { log, sourceLog } = await open('b');
  const relation = relationOf('b', 't', { id: 'bigint' });
  await sourceLog.defineRelation(relation);
  await commit(sourceLog, () => {
    sourceLog.insert(relation, tupleOf(['1']));
    sourceLog.insert(relation, tupleOf(['2']));
    sourceLog.truncate([relation]);
    sourceLog.insert(relation, tupleOf(['2']));
  });
  const chunk = sourceLog.openChunk(relation);
  chunk.row(tupleOf(['9']));
  await chunk.done();
  expect(await rows('b__t', 'id')).toBe('2\n');
  await log.close();
});

test('a truncation removes snapshot rows whose insert had begun before it', async () => {
  const { log, sourceLog } = await open('late_copy');
  const relation = relationOf('late_copy', 't', { id: 'bigint' });
  await sourceLog.defineRelation(relation);
  const send = warehouse.client.exec.bind(warehouse.client);
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: permission, resolve: letGo } = Promise.withResolvers<void>();
  warehouse.client.exec = (async (request: Parameters<typeof send>[0]) => {
    begin();
    await permission;
    return send(request);
  }) as typeof send;
  try {
    const chunk = sourceLog.openChunk(relation);
    chunk.row(tupleOf(['1']));
    const copied = chunk.done();
    await begun;
    const truncated = commit(sourceLog, () => sourceLog.truncate([relation]));
    await expect
      .poll(() =>
        queryText(warehouse.client, "select count() from millrace.truncations where replica = 'late_copy__t'"),
      )
      .toBe('1\n');
    await sleep(200); // Time in which a truncation that does not wait would be over.
    letGo();
    await Promise.all([copied, truncated]);
  } finally {
    warehouse.client.exec = send;
  }
  expect(await rows('late_copy__t', 'id')).toBe('');
  await log.close();
});

test('a streamed change wins over the snapshot row that arrives after it', async () => {
  const { log, sourceLog } = await open('c');
  const relation = relationOf('c', 't', { id: 'bigint', note: 'text' });
  await sourceLog.defineRelation(relation);
  await commit(sourceLog, () => {
    sourceLog.update(relation, null, tupleOf(['1', 'streamed']));
    sourceLog.delete(relation, tupleOf(['2', null]));
  });
  const chunk = sourceLog.openChunk(relation);
  chunk.row(tupleOf(['1', 'snapshot']));
  chunk.row(tupleOf(['2', 'snapshot']));
  chunk.row(tupleOf(['3', 'snapshot']));
  await chunk.done();
  expect(await rows('c__t', 'id, note')).toBe('1\tstreamed\n3\tsnapshot\n');
  await log.close();
});

test('a copied line has the same values as its row, also beside refused ones', async () => {
  const { log, sourceLog } = await open('copied');
  const relation = relationOf('copied', 't', {
    id: 'bigint',
    'a`b\\': 'text',
    at: 'timestamptz',
    'n(14)': 'numeric(14,2)',
  });
  await sourceLog.defineRelation(relation);
  const chunk = sourceLog.openChunk(relation);
  const take = (line: string): boolean | undefined => chunk.line?.(Buffer.from(line), 0, Buffer.byteLength(line));
  expect(take('1\t\\b\\f\\n\\r\\t\\v\\\\ \\\\N\t2024-01-01 00:00:00.5+00\t1.50\n')).toBe(true);
  chunk.row(tupleOf(['2', '\b\f\n\r\t\v\\ \\N', '2024-01-01 00:00:00.5+00', '1.50']));
  // Passes the value rules, is no number: the server refuses it.
  expect(take('3\tx\t\\N\t1x\n')).toBe(true);
  expect(take('4\tx\tinfinity\t1\n')).toBe(false);
  expect(take('5\t\\N\t\\N\t\\N\n')).toBe(true);
  await chunk.done();
  expect(
    await queryText(
      warehouse.client,
      'select id, hex(`a\\`b\\\\`), at, `n(14)`, toString(_version), _deleted from raw.copied__t order by id',
    ),
  ).toBe(
    [1, 2]
      .map((id) => `${id}\t080C0A0D090B5C205C4E\t2024-01-01 00:00:00.500000\t1.5\t79228162514264338023040679936\t0\n`)
      .join('')
      .concat('5\t\\N\t\\N\t\\N\t79228162514264338023040679936\t0\n'),
  );
  expect(
    await queryText(warehouse.client, "select code, version, row from millrace.rejected where source = 'copied'"),
  ).toBe('MR-LOAD-003\t79228162514264338023040679936\t{"id":"3","a`b\\\\\\\\":"x","at":null,"n(14)":"1x"}\n');
  await log.close();
});

test('an unchanged value is taken from the replica, also under a new key', async () => {
  const { log, sourceLog } = await open('d');
  const relation = relationOf('d', 't', { id: 'bigint', big: 'text', n: 'integer' });
  await sourceLog.defineRelation(relation);
  await commit(sourceLog, () => sourceLog.insert(relation, tupleOf(['1', 'large\nvalue', '1'])));
  await commit(sourceLog, () => sourceLog.update(relation, null, tupleOf(['1', undefined, '2'])));
  await commit(sourceLog, () => sourceLog.update(relation, tupleOf(['1', null, null]), tupleOf(['5', undefined, '3'])));
  expect(await rows('d__t', 'id, big, n')).toBe('5\tlarge\\nvalue\t3\n');
  await log.close();
});

test('an unchanged value waits for its row while the snapshot is incomplete', async () => {
  const { log, sourceLog } = await open('e', { ...STATE, consistentLsn: null as unknown as bigint });
  const relation = relationOf('e', 't', { id: 'bigint', big: 'text', n: 'integer' });
  await sourceLog.defineRelation(relation);
  const committed = commit(sourceLog, () => sourceLog.update(relation, null, tupleOf(['1', undefined, '2'])));
  const chunk = sourceLog.openChunk(relation);
  chunk.row(tupleOf(['1', 'from the snapshot', '1']));
  await chunk.done();
  await committed;
  expect(await rows('e__t', 'id, big, n')).toBe('1\tfrom the snapshot\t2\n');
  await log.close();
});

test('closes while an unchanged value waits for a row that will not come any more', async () => {
  const { log, sourceLog } = await open('waits', { ...STATE, consistentLsn: null as unknown as bigint });
  const relation = relationOf('waits', 't', { id: 'bigint', big: 'text', n: 'integer' });
  await sourceLog.defineRelation(relation);
  sourceLog.begin(300n, 0n);
  sourceLog.update(relation, null, tupleOf(['1', undefined, '2']));
  sourceLog.commit(305n);
  await log.close();
  expect(sourceLog.durableLsn()).toBe(0n);
});

test('a value that no column can hold is rejected with its row, the rest goes on', async () => {
  const { log, sourceLog } = await open('f');
  const relation = relationOf('f', 't', { id: 'bigint', at: 'timestamptz', amount: 'numeric(14,2)', flag: 'boolean' });
  await sourceLog.defineRelation(relation);
  await commit(sourceLog, () => {
    sourceLog.insert(relation, tupleOf(['1', '2024-01-01 00:00:00+00', '1.00', 't']));
    sourceLog.insert(relation, tupleOf(['2', 'infinity', '1.00', 't']));
    sourceLog.insert(relation, tupleOf(['3', null, 'NaN', 'f']));
    // Passes the value rules, is no number: the server refuses it.
    sourceLog.insert(relation, tupleOf(['4', null, '1x', 'f']));
    sourceLog.insert(relation, tupleOf(['5', null, '-5.25', 'f']));
  });
  expect(await rows('f__t', 'id, at, amount, flag')).toBe(
    '1\t2024-01-01 00:00:00.000000\t1\ttrue\n5\t\\N\t-5.25\tfalse\n',
  );
  const rejected = await queryText(
    warehouse.client,
    "select code, column, row from millrace.rejected where source = 'f' order by row",
  );
  expect(rejected).toContain('MR-LOAD-003\t\t{"id":"4"');
  expect(rejected).toContain('MR-LOAD-001\tat\t{"id":"2","at":"infinity"');
  expect(rejected.trim().split('\n').length).toBe(3);
  await log.close();
});

test('a row that is refused leaves nothing of its former version, and is over when a later one is held', async () => {
  const { log, sourceLog } = await open('over');
  const relation = relationOf('over', 't', { id: 'bigint', amount: 'numeric(14,2)' });
  await sourceLog.defineRelation(relation);
  const rejected = () =>
    queryText(warehouse.client, "select key, code from millrace.rejected final where source = 'over' order by key");
  await commit(sourceLog, () => {
    sourceLog.insert(relation, tupleOf(['1', '1.00']));
    sourceLog.insert(relation, tupleOf(['2', '2.00']));
    sourceLog.insert(relation, tupleOf(['3', 'NaN']));
  });
  // The first passes the value rules, and the server refuses it.
  await commit(sourceLog, () => {
    sourceLog.update(relation, null, tupleOf(['1', '1x']));
    sourceLog.update(relation, null, tupleOf(['2', 'NaN']));
  });
  expect(await rows('over__t', 'id, amount')).toBe('');
  expect(await rejected()).toBe('1\tMR-LOAD-003\n2\tMR-LOAD-001\n3\tMR-LOAD-001\n');
  await commit(sourceLog, () => {
    sourceLog.update(relation, null, tupleOf(['1', '1.50']));
    sourceLog.delete(relation, tupleOf(['2', null]));
  });
  expect(await rows('over__t', 'id, amount')).toBe('1\t1.5\n');
  expect(await rejected()).toBe('3\tMR-LOAD-001\n');
  await log.close();
});

test('a snapshot row that is refused after the stream has replaced or removed it is none', async () => {
  const { log, sourceLog } = await open('late');
  const relation = relationOf('late', 't', { at: 'timestamptz', amount: 'numeric(14,2)' });
  await sourceLog.defineRelation(relation);
  const day = (n: number) => `2024-01-0${n} 00:00:00+00`;
  await commit(sourceLog, () => {
    sourceLog.update(relation, null, tupleOf([day(1), '1.00']));
    sourceLog.delete(relation, tupleOf([day(2), null]));
    sourceLog.update(relation, null, tupleOf([day(3), 'NaN']));
    sourceLog.delete(relation, tupleOf(['infinity', null]));
  });
  const chunk = sourceLog.openChunk(relation);
  for (const key of [day(1), day(2), day(3), day(4), 'infinity', '-infinity']) chunk.row(tupleOf([key, 'NaN']));
  await chunk.done();
  expect(
    await queryText(
      warehouse.client,
      "select key, version > bitShiftLeft(toUInt128(1), 96) + 100 * 4294967296 from millrace.rejected final where source = 'late' order by key",
    ),
  ).toBe('-infinity\t0\n2024-01-03 00:00:00\t1\n2024-01-04 00:00:00\t0\n');
  await log.close();
});

test('goes on from the stored state and counts when opened again', async () => {
  const first = await open('g');
  const relation = relationOf('g', 't', { id: 'bigint' });
  await first.sourceLog.defineRelation(relation);
  await commit(first.sourceLog, () => first.sourceLog.insert(relation, tupleOf(['1'])));
  await first.log.close();
  const second = await open('g', null);
  expect(second.sourceLog.state).toEqual(STATE);
  const again = {
    ...relation,
    oid: relation.oid + 1000,
    columns: [...relation.columns, ...relationOf('g', 't', { extra: 'text' }).columns],
  };
  await second.sourceLog.defineRelation(again);
  await commit(second.sourceLog, () => second.sourceLog.insert(again, tupleOf(['2', 'x'])));
  expect(await rows('g__t', 'id, extra')).toBe('1\t\\N\n2\tx\n');
  expect(await queryText(warehouse.client, "select rows from millrace.positions final where source = 'g'")).toBe('2\n');
  expect(
    await queryText(warehouse.client, `select id, extra from ${journaled('g__t', ['id', 'extra'])} order by id`),
  ).toBe('1\t\n2\tx\n');
  await second.log.close();
});

test('records a position before the first transaction', async () => {
  const { log, sourceLog } = await open('h');
  sourceLog.advance(500n, 1_700_000_000_123_456n);
  await expect.poll(() => sourceLog.durableLsn(), { timeout: 20_000, interval: 10 }).toBe(500n);
  expect(
    await queryText(
      warehouse.client,
      "select committed_at, caught_up_at from millrace.positions final where source = 'h'",
    ),
  ).toBe('1970-01-01 00:00:00.000000\t2023-11-14 22:13:20.123456\n');
  await log.close();
});
