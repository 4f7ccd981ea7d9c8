import { afterAll, beforeAll, expect, test } from 'vitest';
import { packVersion } from '../../../changelog/version.ts';
import { armFailpoint } from '../../../runtime/failpoint.ts';
import { createLogger } from '../../../runtime/logger.ts';
import { applyJournals } from '../../models/journal.ts';
import type { SourceTable } from '../../models/maintain/tables.ts';
import { startTemporaryWarehouse, type TemporaryWarehouse } from '../../testing/temporary-warehouse.ts';
import { relationOf, tupleOf } from '../../testing/tuples.ts';
import { ensureBookkeeping } from '../bookkeeping.ts';
import { createWarehouseDestination } from '../destination.ts';
import { feedJournal, INTO_JOURNAL, journalRow, markJournaled, readJournaled, voidChanges } from './journal-table.ts';
import { createChangesInsert, createJournalWriter, type ReplicaChanges } from './journal-writer.ts';

let warehouse: TemporaryWarehouse;
beforeAll(async () => {
  warehouse = await startTemporaryWarehouse();
  await ensureBookkeeping(warehouse.client);
});
afterAll(() => warehouse.stop());

const logger = createLogger({ name: 'test', level: 'fatal' });
const run = (query: string) => warehouse.client.command({ query });
async function ask(query: string): Promise<string> {
  return (await warehouse.client.query({ query, format: 'TabSeparatedRaw' })).text();
}

const version = (ordinal: number) => packVersion({ epoch: 1, commitLsn: 5n, ordinal });
const rowsOf = (source: string) =>
  ask(`select replica, _version, _deleted, columns, row from journal.changes
    where source = '${source}' order by replica, _version`);

function changes(source: string, replica: string, lines: string): ReplicaChanges {
  return { source, replica, columns: '["id","note"]', lines: Buffer.from(lines) };
}

test('rows of several replicas and sources go in one insert, each with its version, mark and text', async () => {
  let inserts = 0;
  const insert = createChangesInsert(warehouse.client);
  const journal = createJournalWriter((rows) => {
    inserts++;
    return insert(rows);
  });
  const long = 'x'.repeat(20_000);
  journal.add(changes('many', 'many__a', `1\tone\\ttab\t${version(1)}\t0\n2\t\\N\t${version(2)}\t1\n`));
  journal.add(changes('many', 'many__b', `7\t${long}\t${version(4_294_967_295)}\t0\n`));
  journal.add(changes("o'ther", "o'ther__{x:String}", `9\tü\t${(1n << 127n).toString()}\t0\n`));
  expect(journal.heldBytes).toBeGreaterThan(20_000);
  await journal.flush();
  await journal.flush();
  expect(inserts).toBe(1);
  expect(journal.heldBytes).toBe(0);
  const columns = '["id","note"]';
  expect(await rowsOf('many')).toBe(
    [
      `many__a\t${version(1)}\t0\t${columns}\t1\tone\\ttab`,
      `many__a\t${version(2)}\t1\t${columns}\t2\t\\N`,
      `many__b\t${version(4_294_967_295)}\t0\t${columns}\t7\t${long}\n`,
    ].join('\n'),
  );
  expect(await rowsOf("o\\'ther")).toBe(`o'ther__{x:String}\t${1n << 127n}\t0\t${columns}\t9\tü\n`);
});

test('names that do not fit into one statement go in several', async () => {
  const journal = createJournalWriter(createChangesInsert(warehouse.client));
  const columns = JSON.stringify(Array.from({ length: 200 }, (_, i) => `a rather long name of a column "${i}"`));
  for (let i = 0; i < 40; i++) {
    const lines = Buffer.from(`${i}\t${version(i + 1)}\t0\n`);
    journal.add({ source: 'wide', replica: `wide__${i % 20}`, columns, lines });
  }
  await journal.flush();
  expect(
    await ask(
      "select count(), uniqExact(replica), uniqExact(columns), sum(toUInt64(row)) from journal.changes where source = 'wide'",
    ),
  ).toBe('40\t20\t1\t780\n');
});

test('what could not be written is written by the next flush', async () => {
  const insert = createChangesInsert(warehouse.client);
  let isAway = true;
  const journal = createJournalWriter((rows) => (isAway ? Promise.reject(new Error('away')) : insert(rows)));
  journal.add(changes('late', 'late__t', `1\ta\t${version(1)}\t0\n`));
  await expect(journal.flush()).rejects.toThrow('away');
  journal.add(changes('late', 'late__t', `2\tb\t${version(2)}\t0\n`));
  isAway = false;
  await journal.flush();
  expect(await ask("select row from journal.changes where source = 'late' order by _version")).toBe('1\ta\n2\tb\n');
});

test('a feed writes streamed rows of tables whose columns are called like those of the journal', async () => {
  await run(
    'create table raw.fed__t (source Int64, row String, columns Nullable(String), replica UInt8, _version UInt128, _deleted UInt8) engine = MergeTree order by source',
  );
  const columns = ['source', 'row', 'columns', 'replica'];
  await feedJournal(warehouse.client, { source: 'fed', replica: 'fed__t', columns });
  expect(await readJournaled(warehouse.client, ['fed__t'])).toEqual(new Set());
  await markJournaled(warehouse.client, 'fed__t');
  expect(await readJournaled(warehouse.client, ['fed__t'])).toEqual(new Set(['fed__t']));
  await run(
    `insert into raw.fed__t values (1, 'a', null, 2, ${version(1)}, 0), (3, 'copied', 'x', 4, ${version(0)}, 0)`,
  );
  const list = JSON.stringify(columns);
  expect(await rowsOf('fed')).toBe(`fed__t\t${version(1)}\t0\t${list}\t1\ta\t\\N\t2\n`);
  const row = journalRow({ source: 'fed', replica: 'fed__t', columns, version: '_version', deleted: '1' });
  await run(`${INTO_JOURNAL} select ${row} from raw.fed__t where source = 3`);
  expect(await ask('select _deleted, row from journal.fed__t order by _version')).toBe(
    '1\t3\tcopied\tx\t4\n0\t1\ta\t\\N\t2\n',
  );
});

test('changes of another shape do not count from the position on; models that are behind read those up to it', async () => {
  const at = (lsn: bigint) => packVersion({ epoch: 1, commitLsn: lsn, ordinal: 1 });
  for (const replica of ['shaped__t', 'shaped__u']) {
    const row = (lsn: bigint) => `('shaped', '${replica}', ${at(lsn)}, 0, '["id"]', '${lsn}')`;
    await run(`${INTO_JOURNAL} values ${row(10n)}, ${row(20n)}`);
  }
  await run(
    `insert into millrace.positions (source, floor, sequence) values ('shaped', ${at(5n)}, 1), ('shaped', ${at(15n)}, 2)`,
  );
  for (let again = 0; again < 2; again++)
    await voidChanges(warehouse.client, { source: 'shaped', replica: 'shaped__t' });
  await run(`${INTO_JOURNAL} values ('shaped', 'shaped__t', ${at(30n)}, 0, '["id"]', '30')`);
  const read = async (replica: string): Promise<string[]> => {
    const taken: string[] = [];
    const rows = { put: (line: string) => void taken.push(line), keyOf: (line: string) => line };
    const table = { name: replica, source: 'shaped', replica, columns: [{ name: 'id', type: 'Int64' }], rows };
    const range = { from: '0', to: at(40n).toString() };
    const tables = [{ table: table as unknown as SourceTable, range }];
    await applyJournals({ client: warehouse.client, tables, onChange: () => {} });
    return taken;
  };
  expect(await read('shaped__t')).toEqual(['10', '30']);
  expect(await read('shaped__u')).toEqual(['10', '20']);
});

// A crash between the two had left it out: with a later version of the row in the replica its values were nowhere any more.
test('a change with values that the source left out is in the journal before it is in the replica', async () => {
  const relation = relationOf('toasted', 't', { id: 'bigint', big: 'text', n: 'bigint' });
  const destination = await createWarehouseDestination({ client: warehouse.client, logger, journal: true }).openSource(
    'toasted',
  );
  await destination.saveState({ epoch: 1, snapshotLsn: 1n, consistentLsn: 1n, snapshot: {} });
  await destination.prepare(relation);
  const write = (lsn: bigint, rows: (string | undefined)[][]) => {
    const block = destination.openBlock(relation);
    for (const [i, row] of rows.entries()) block.upsert({ epoch: 1, commitLsn: lsn, ordinal: i + 1 }, tupleOf(row));
    const position = { lsn: lsn + 5n, committedAtMicros: 0n, caughtUpAtMicros: 0n };
    return destination.write({ steps: [block], position }, (_relation, failure) => Promise.reject(failure));
  };
  await write(10n, [['1', 'large', '0']]);
  armFailpoint('warehouse.changes-written=fail@1');
  await expect(
    write(20n, [
      ['1', undefined, '1'],
      ['1', undefined, '2'],
    ]),
  ).rejects.toThrow('warehouse.changes-written');
  expect(await ask('select n from raw.toasted__t final')).toBe('0\n');
  expect(await ask('select row from journal.toasted__t order by _version')).toBe(
    '1\tlarge\t0\n1\tlarge\t1\n1\tlarge\t2\n',
  );
});

test('journals of former versions are taken over, whatever a crash left', async () => {
  await run("insert into millrace.replicas values ('old__t', 'old', 'public', 't', ['id'], 1)");
  await run(
    'create table raw.old__t (id Int64, note Nullable(String), _version UInt128, _deleted UInt8) engine = MergeTree order by id',
  );
  await run('create table journal.old__t as raw.old__t engine = MergeTree order by _version');
  for (let i = 0; i < 2; i++) {
    await run(
      'create materialized view if not exists journal.old__t__feed to journal.old__t as select * from raw.old__t',
    );
    await run(`insert into raw.old__t values (1, 'a', ${version(1)}, 0), (2, null, ${version(2)}, 1)`);
    await Promise.all([ensureBookkeeping(warehouse.client), ensureBookkeeping(warehouse.client)]);
    expect(
      await ask("select distinct _deleted, columns, row from journal.changes where source = 'old' order by _version"),
    ).toBe('0\t["id","note"]\t1\ta\n1\t["id","note"]\t2\t\\N\n');
    expect(
      await ask("select name, total_rows from system.tables where database = 'journal' and name like 'old%'"),
    ).toBe('old__t\t0\n');
    expect(await readJournaled(warehouse.client, ['old__t'])).toEqual(new Set(['old__t']));
  }
});
