import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Column, Relation, Tuple } from '../../changelog/change.ts';
import { readColumnPattern } from './column-pattern.ts';
import { type ColumnConfig, createColumnRules, HASH, KEEP, MASK } from './column-plan.ts';
import { createTupleProtector } from './protect-tuple.ts';
import { createWantedType } from './wanted-type.ts';

const column = (name: string, typeName = 'text', more: Partial<Column> = {}): Column => ({
  name,
  typeOid: 25,
  typeModifier: -1,
  typeName,
  typeKind: 'b',
  ...more,
});
const users: Relation = {
  oid: 1,
  source: 's',
  schema: 'app',
  table: 'users',
  columns: [column('id'), column('email'), column('password'), column('phone'), column('note')],
  keyColumns: [1, 0],
};
const config = (more: Partial<ColumnConfig>): ColumnConfig => ({ exclude: [], ...more });

test.each([
  ['users.email', true],
  ['app.users.email', true],
  ['other.users.email', false],
  ['*.email', true],
  ['users.*', true],
  ['*.*.email', true],
  ['users.e*l', true],
  ['users.mail', false],
  ['"users"."email"', true],
  ['"us*rs".email', false],
])('the pattern %s', (text, matches) => {
  expect(readColumnPattern(text)?.matches({ schema: 'app', table: 'users', column: 'email' })).toBe(matches);
});

test.each(['users', '*', '', '.', 'users.', '.email', 'a.b.c.d', '"users.email', 'a"b.c'])(
  '%s is no pattern of columns',
  (text) => {
    expect(readColumnPattern(text)).toBe(null);
  },
);

test('a name with dots, quotes or stars is written in quotes, and taken as it is', () => {
  const name = { schema: 'app', table: 'a.b', column: 'c"*' };
  expect(readColumnPattern('"a.b"."c""*"')?.matches(name)).toBe(true);
  expect(readColumnPattern('"a.b".*')?.matches(name)).toBe(true);
  expect(readColumnPattern('a.b.c')?.matches(name)).toBe(false);
});

test('a star does not reach over a dot: a pattern of tables takes no columns', () => {
  const rules = createColumnRules(config({ exclude: ['*mail', 'app.audit', '*'] }));
  expect(rules.planFor(users).relation).toEqual(users);
});

test('leaves out, masks and hashes columns; the key keeps its order', () => {
  const plan = createColumnRules(
    config({
      exclude: ['users.password'],
      mask: ['*.phone'],
      hash: ['app.users.email'],
      types: { 'users.note': 'String' },
    }),
  ).planFor(users);
  expect(plan.relation.columns.map(({ name }) => name)).toEqual(['id', 'email', 'phone', 'note']);
  expect(plan.relation.keyColumns).toEqual([1, 0]);
  expect([...plan.from]).toEqual([0, 1, 3, 4]);
  expect([...plan.actions]).toEqual([KEEP, HASH, MASK, KEEP]);
  expect(plan.relation.columns[3]?.targetType).toBe('String');
  expect(plan.changesRows).toBe(true);
});

test('a masked or hashed column is text, whatever it was', () => {
  const table = {
    ...users,
    columns: [
      column('id'),
      column('email', 'integer[]', { typeOid: 1007, element: { ...column('', 'integer'), delimiter: ',' } }),
    ],
    keyColumns: [0],
  };
  const plan = createColumnRules(config({ mask: ['users.email'] })).planFor(table);
  expect(plan.relation.columns[1]).toEqual(column('email'));
});

test('refuses to leave out or mask a key', () => {
  for (const rules of [{ exclude: ['users.email'] }, { mask: ['users.id'] }, { exclude: ['users.*'] }]) {
    expect(() => createColumnRules(config(rules)).planFor(users)).toThrow(
      expect.objectContaining({ code: 'INGEST_KEY_NOT_PROTECTABLE' }),
    );
  }
});

test('refuses a table that lost a column which was to be protected: it may have another name now', () => {
  for (const rules of [{ exclude: ['users.ssn'] }, { mask: ['app.users.ssn'] }, { hash: ['users.ssn'] }]) {
    expect(() => createColumnRules(config(rules)).planFor(users)).toThrow(
      expect.objectContaining({ code: 'INGEST_PROTECTED_COLUMN_MISSING' }),
    );
  }
  for (const rules of [
    { exclude: ['*.ssn'] },
    { mask: ['other.ssn'] },
    { hash: ['users.ss*'] },
    { mask: ['x.users.ssn'] },
  ]) {
    expect(createColumnRules(config(rules)).planFor(users).changesRows).toBe(false);
  }
});

test('finds the wanted type by column, by type, and by the type of elements', () => {
  const wanted = createWantedType({
    'users.total': 'Decimal(38, 10)',
    '*.raw': 'String',
    numeric: 'Decimal(76, 20)',
    jsonb: 'JSON',
    mood: 'LowCardinality(String)',
    timestamptz: 'String',
    'int4[]': 'String',
  });
  const of = (of: Column) => wanted(users, of);
  const numeric = { typeOid: 1700 };
  expect(of(column('total', 'numeric', numeric))).toBe('Decimal(38, 10)');
  expect(of(column('raw', 'jsonb'))).toBe('String');
  expect(of(column('x', 'jsonb'))).toBe('JSON');
  expect(of(column('x', 'numeric', numeric))).toBe('Decimal(76, 20)');
  expect(of(column('x', 'numeric', { ...numeric, typeModifier: 786_438 }))).toBe(undefined);
  expect(of(column('x', 'public.mood'))).toBe('LowCardinality(String)');
  expect(of(column('x', '"Odd"."mood"'))).toBe('LowCardinality(String)');
  expect(of(column('x', 'timestamp with time zone'))).toBe('String');
  expect(of(column('x', 'integer[]', { element: { ...column('', 'integer'), delimiter: ',' } }))).toBe('String');
  expect(of(column('x', 'numeric[]', { element: { ...column('', 'numeric', numeric), delimiter: ',' } }))).toBe(
    'Array(Decimal(76, 20))',
  );
  expect(of(column('x', 'jsonb[]', { element: { ...column('', 'jsonb'), delimiter: ',' } }))).toBe(undefined);
  expect(of(column('x', 'text'))).toBe(undefined);
});

function tupleOf(values: readonly (string | null | undefined)[]): Tuple {
  const parts = values.map((value) => Buffer.from(value ?? ''));
  const starts = parts.map((_, i) => parts.slice(0, i).reduce((total, part) => total + part.length, 2));
  return {
    bytes: Buffer.concat([Buffer.from('xx'), ...parts]),
    length: values.length,
    kinds: Uint8Array.from(values, (value) => (value === null ? 0 : value === undefined ? 2 : 1)),
    starts: Int32Array.from(starts),
    ends: Int32Array.from(parts, (part, i) => (starts[i] as number) + part.length),
  };
}

const valuesOf = (tuple: Tuple): (string | null | undefined)[] =>
  Array.from({ length: tuple.length }, (_, i) =>
    tuple.kinds[i] === 0
      ? null
      : tuple.kinds[i] === 2
        ? undefined
        : tuple.bytes.toString('utf8', tuple.starts[i], tuple.ends[i]),
  );

test('rewrites old and new row into the same bytes, and keeps NULL and what was left out', () => {
  const secret = 'k'.repeat(32);
  const plan = createColumnRules(
    config({ exclude: ['users.password'], mask: ['users.phone'], hash: ['users.email'] }),
  ).planFor(users);
  const protector = createTupleProtector(secret);
  const hash = (text: string) => createHmac('sha256', secret).update(text).digest('hex');
  const pair = protector.pair(
    plan,
    tupleOf(['1', 'ädä@x', 'p', null, null]),
    tupleOf(['1', undefined, 'secret', '0123', 'n'.repeat(10_000)]),
  );
  expect(pair.old.bytes).toBe(pair.row.bytes);
  expect(valuesOf(pair.old)).toEqual(['1', hash('ädä@x'), null, null]);
  expect(valuesOf(pair.row)).toEqual(['1', undefined, '***', 'n'.repeat(10_000)]);
  expect(valuesOf(protector.row(plan, tupleOf(['2', '', '', '', ''])))).toEqual(['2', hash(''), '***', '']);
});
