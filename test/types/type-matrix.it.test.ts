import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Rejected, rejectedRows, replicaRows, replicaTypes, sourceRows } from './compare-values.ts';
import {
  arrayColumns,
  createWideTableSql,
  fillSql,
  type MatrixColumn,
  PATHS,
  rowId,
  scalarColumns,
  wishedColumns,
} from './matrix-tables.ts';
import { openReplicated, type Replicated } from './replicated.ts';
import { PREPARATION, TYPE_CASES, WISHED_CASES } from './type-cases.ts';
import { inForm } from './value-forms.ts';

const TABLES: Readonly<Record<string, readonly MatrixColumn[]>> = {};
let replicated: Replicated;

beforeAll(async () => {
  replicated = await openReplicated({
    name: 'm',
    schemas: ['public'],
    tables: ['*'],
    exclude: [],
    snapshotConnections: 2,
    types: Object.fromEntries(
      wishedColumns(WISHED_CASES).map(({ name, typeCase }) => [`wished.${name}`, typeCase.wish as string]),
    ),
  });
  const cases = TYPE_CASES.filter(({ since = 0 }) => since <= replicated.postgres.major);
  Object.assign(TABLES, {
    scalars: scalarColumns(cases),
    arrays: arrayColumns(cases),
    wished: wishedColumns(WISHED_CASES),
  });
  await replicated.database.query(PREPARATION);
  for (const [table, columns] of Object.entries(TABLES)) {
    await replicated.database.query(createWideTableSql(table, columns));
    for (const sql of fillSql(table, columns, 'snapshot')) await replicated.database.query(sql);
  }
  replicated.start();
  await replicated.caughtUp();
  for (const path of ['insert', 'update'] as const) {
    for (const [table, columns] of Object.entries(TABLES)) {
      for (const sql of fillSql(table, columns, path)) await replicated.database.query(sql);
    }
  }
  await replicated.caughtUp();
});
afterAll(() => replicated?.stop());

test('every value of every type is in the replica as in the source, or its row is rejected in full', async () => {
  const { database, client } = replicated;
  const rejected = await rejectedRows(client);
  const list: string[] = [];
  const differences: string[] = [];
  for (const [table, columns] of Object.entries(TABLES)) {
    const replica = `m__${table}`;
    const types = await replicaTypes(client, replica);
    const source = await sourceRows({ database, table, id: 'id', columns, types });
    const plain = await sourceRows({ database, table, id: 'id', columns, types: new Map() });
    const target = await replicaRows({ client, replica, id: 'id', columns, types });
    const refused = new Map<string, Rejected>();
    for (const row of rejected) if (row.replica === replica) refused.set(row.row.id as string, row);
    for (const [c, column] of columns.entries()) {
      for (const value of column.values) {
        const codes = new Set<string>();
        for (const path of PATHS) {
          const id = String(rowId(path, c, value.n));
          const where = `${table}.${column.type} ${value.label} by ${path}`;
          const expected = inForm(column.typeCase.form, source.get(id)?.[c] ?? null);
          const row = refused.get(id);
          if (row === undefined) {
            const actual = inForm(column.typeCase.form, target.get(id)?.[c] ?? null);
            if (expected === null || JSON.stringify(actual) !== JSON.stringify(expected)) {
              differences.push(`${where}: ${JSON.stringify(expected)} is ${JSON.stringify(actual)}`);
            }
          } else {
            if (target.has(id)) differences.push(`${where}: rejected, and in the replica`);
            if (row.column !== column.name || row.row[column.name] !== plain.get(id)?.[c]) {
              differences.push(`${where}: kept as ${row.column} ${row.row[column.name]}`);
            }
          }
          codes.add(row?.code ?? 'held');
        }
        if (codes.size > 1) differences.push(`${table}.${column.type} ${value.label}: ${[...codes]} by path`);
        const [code] = codes;
        if (code !== 'held') list.push(`${table} ${column.type} ${value.kind} ${value.label}: ${code}`);
      }
    }
  }
  expect(differences).toEqual([]);
  await expect(`${list.join('\n')}\n`).toMatchFileSnapshot('rejected.txt');
});

test('the tables of types in the README are what replicas have', async () => {
  const readme = readFileSync(new URL('../../ingest/postgres/README.md', import.meta.url), 'utf8');
  const rows = [...readme.matchAll(/^\| (`.*?`) \| (.*?) \|/gm)].map(([, names = '', target = '']) => ({
    names: [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string),
    target: /^`(.*)`$/.exec(target)?.[1] ?? target,
  }));
  const documented = rows.flatMap(({ names, target }) => names.map((name) => [name, target] as const));
  const types = await replicaTypes(replicated.client, 'm__scalars');
  const rules = (TABLES.scalars ?? []).map(({ name, type }) => {
    const declared = types.get(name) ?? '';
    return [type, /^Nullable\((.*)\)$/.exec(declared)?.[1] ?? declared] as const;
  });
  expect(Object.fromEntries(documented.filter(([name]) => rules.some(([type]) => type === name)))).toEqual(
    Object.fromEntries(rules),
  );
  const wishes = WISHED_CASES.map(({ wish }) => wish as string).filter((wish) => wish !== 'Decimal(76, 0)');
  const asked = documented.map(([name]) => name).filter((name) => !rules.some(([type]) => type === name));
  expect(new Set(asked)).toEqual(new Set(wishes));
});
