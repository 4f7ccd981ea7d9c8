import { expect, test } from 'vitest';
import { columnRuleFindings } from './column-rule-findings.ts';
import type { ColumnFacts } from './table-facts.ts';

const column = (name: string): ColumnFacts => ({
  name,
  type: 'text',
  precision: null,
  isNumeric: false,
  generated: '',
  isPublished: true,
});
const table = (name: string, ...columns: string[]) => ({
  schema: 'public',
  table: name,
  columns: columns.map(column),
  key: ['id'],
});
const tables = [table('users', 'id', 'email'), table('orders', 'id', 'total'), table('left_out', 'id', 'pin')];
const accepts = ({ table }: { table: string }) => table !== 'left_out';
const check = (source: Parameters<typeof columnRuleFindings>[1]) =>
  columnRuleFindings(tables, source, accepts).map(({ severity, code, detail }) => `${severity} ${code} ${detail}`);

test('nothing is found when every rule has its column', () => {
  expect(
    check({
      exclude: ['left_out', 'public.left_out', '*'],
      mask: ['*.email'],
      hash: ['users.id'],
      types: { 'orders.total': 'String', jsonb: 'JSON' },
    }),
  ).toEqual([]);
});

test('a key that would be masked or left out is found; it may be hashed', () => {
  expect(check({ exclude: ['users.id'], mask: ['orders.*'], hash: ['*.id'] })).toEqual([
    'error INGEST_KEY_NOT_PROTECTABLE exclude: users.id takes id',
    'error INGEST_KEY_NOT_PROTECTABLE mask: orders.* takes id',
  ]);
});

test('a misspelt table or column is found, also under a star', () => {
  expect(
    check({
      exclude: ['usres.email'],
      mask: ['users.emial', '*.pin'],
      hash: ['*.e-mail'],
      types: { 'orders.totl': 'String' },
    }),
  ).toEqual([
    'error CHECK_COLUMN_PATTERN_UNMATCHED exclude: usres.email',
    'error CHECK_COLUMN_PATTERN_UNMATCHED mask: users.emial',
    'error INGEST_PROTECTED_COLUMN_MISSING has no column users.emial',
    'error CHECK_COLUMN_PATTERN_UNMATCHED mask: *.pin',
    'error CHECK_COLUMN_PATTERN_UNMATCHED hash: *.e-mail',
    'warning CHECK_COLUMN_PATTERN_UNMATCHED types: orders.totl',
  ]);
});
