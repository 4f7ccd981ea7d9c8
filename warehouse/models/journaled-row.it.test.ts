import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../runtime/logger.ts';
import { createWarehouseDestination } from '../load/destination.ts';
import { JOURNAL } from '../load/journal/journal-table.ts';
import { createRandom } from '../testing/random.ts';
import { startTemporaryWarehouse, type TemporaryWarehouse } from '../testing/temporary-warehouse.ts';
import { relationOf, tupleOf } from '../testing/tuples.ts';
import { createRowReader } from './journaled-row.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);

let warehouse: TemporaryWarehouse;
beforeAll(async () => {
  warehouse = await startTemporaryWarehouse();
});
afterAll(() => warehouse.stop());

const logger = createLogger({ name: 'test', level: 'fatal' });

/** As Postgres prints them. */
const VALUES = {
  bigint: ['0', '-9223372036854775808', '42'],
  integer: ['0', '-1'],
  text: ['', 'plain', "O'Brien", "back\\slash'", 'tab\tnew\nline\r', '\b\f', '\\N', 'ü€😀', '\\\\'],
  uuid: ['00000000-0000-0000-0000-00000000000a', 'ffffffff-ffff-4fff-bfff-ffffffffffff'],
  boolean: ['t', 'f'],
  date: ['2026-11-23', '1900-01-01', '2299-12-31'],
  timestamp: [
    '2026-11-23 01:02:03',
    '2026-11-23 01:02:03.5',
    '1969-12-31 23:59:59.000001',
    '2026-11-23 01:02:03.123456',
  ],
  timestamptz: ['2026-11-23 01:02:03+00', '2026-11-23 01:02:03.100+00', '1900-01-01 00:00:00+00'],
  'numeric(14,2)': ['0.00', '-0.50', '12.50', '100.00', '-7.00', '123456789012.34'],
  'numeric(20,10)': ['1.0000000000', '0.0000000001', '-3.1400000000'],
  'numeric(6,0)': ['100', '-20', '0'],
  'double precision': ['0', '-0', '0.1', '1e+20', '1e+21', '1.5e+300', '1e-07', '1e-06', '123456789.123', '-2.5e-10'],
  real: ['0', '0.1', '1e+20', '3.4028235e+38', '1e-10', '1.6777216e+07', '1.2345679e+08'],
} as const;

test(`rows that loaders wrote read as the server prints the replica's (seed ${SEED})`, async () => {
  const random = createRandom(SEED);
  const types = Object.keys(VALUES) as (keyof typeof VALUES)[];
  const columns = Object.fromEntries(types.map((type, i) => [`c${i}`, type]));
  const plain = relationOf('printed', 't', { id: 'bigint', key: 'text', ...columns }, 2);
  const time = {
    name: 'time',
    typeOid: 1083,
    typeModifier: -1,
    typeName: 'time',
    typeKind: 'b',
    targetType: 'Time64(6)',
  };
  const relation = { ...plain, columns: [...plain.columns, time] } as typeof plain;
  const destination = await createWarehouseDestination({ client: warehouse.client, logger, journal: true }).openSource(
    'printed',
  );
  await destination.saveState({ epoch: 1, snapshotLsn: 100n, consistentLsn: 100n, snapshot: {} });
  await destination.prepare(relation);
  const block = destination.openBlock(relation);
  const isNull = () => random.below(10) === 0;
  for (let id = 0; id < 500; id++) {
    const values = types.map((type) => (isNull() ? null : random.pick<string>(VALUES[type])));
    block.upsert(
      { epoch: 1, commitLsn: 200n, ordinal: id + 1 },
      tupleOf([
        String(id),
        random.pick<string>(VALUES.text),
        ...values,
        random.pick(['00:00:00', '23:59:59.5', '01:02:03.000001']),
      ]),
    );
  }
  const position = { lsn: 300n, committedAtMicros: 0n, caughtUpAtMicros: 0n };
  await destination.write({ steps: [block], position }, (_relation, failure) => Promise.reject(failure));

  const ask = async (query: string) =>
    (await (await warehouse.client.query({ query, format: 'TabSeparatedRaw' })).text()).split('\n').slice(0, -1);
  const described = await ask(
    "select concat(name, '|', type) from system.columns where database = 'raw' and table = 'printed__t' and name not in ('_version', '_deleted') order by position",
  );
  const shape = described.map((line) => {
    const [name, type] = line.split('|') as [string, string];
    return { name, type };
  });
  const names = shape.map(({ name }) => name).join(', ');
  const printed = await ask(
    `select formatRowNoNewline('TabSeparated', ${names}) from raw.printed__t final order by id`,
  );
  const journaled = await ask(`select columns, row from ${JOURNAL} where replica = 'printed__t' order by _version`);
  const read = (of: typeof shape) => {
    const rowIn = createRowReader(of);
    return journaled.map((line) => rowIn(line.slice(0, line.indexOf('\t')), line.slice(line.indexOf('\t') + 1)));
  };
  expect(printed).toHaveLength(500);
  expect(read(shape)).toEqual(printed);
  // Rows that are there already stay as they are, and a row with other columns has its fields put in order.
  const again = createRowReader(shape);
  expect(printed.map((row) => again(JSON.stringify(shape.map(({ name }) => name)), row))).toEqual(printed);
  const other = [
    { name: 'more', type: 'Nullable(String)' },
    shape[3],
    shape[0],
    { name: 'list', type: 'Array(Nullable(Int64))' },
  ] as typeof shape;
  const reordered = await ask(
    `select formatRowNoNewline('TabSeparated', null, ${shape[3]?.name}, id, []) from raw.printed__t final order by id`,
  );
  expect(read(other)).toEqual(reordered);
});
