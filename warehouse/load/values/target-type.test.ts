import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Column } from '../../../changelog/change.ts';
import { columnType, declaredType } from './column-type.ts';
import { readTargetType } from './target-type.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../../runtime/config/millrace.schema.json', import.meta.url), 'utf8'),
) as {
  properties: { sources: { items: { properties: { types: { additionalProperties: { pattern: string } } } } } };
};
const pattern = new RegExp(schema.properties.sources.items.properties.types.additionalProperties.pattern);

const PARTS = [
  'String',
  'LowCardinality(String)',
  'JSON',
  'Time64(6)',
  'Time64(3)',
  'Decimal(1, 0)',
  'Decimal(76,76)',
  'Decimal(77, 0)',
  'Decimal(0, 0)',
  'Decimal( 9 , 2 )',
  'Decimal(9)',
  'Array',
  'Float64',
  'Nullable(String)',
  'Int64',
  '',
  'string',
];

test('the schema of the configuration takes what is understood here, and nothing else', () => {
  const wrapped = PARTS.flatMap((part) => [
    part,
    ` ${part} `,
    `Array(${part})`,
    `Array(Nullable(${part}))`,
    `Array(Array(${part}))`,
    `Array(Array(Array(Array(Array(Array(${part}))))))`,
    `Array(${part}`,
    `Nullable(${part})`,
    `Array(Nullable(Array(${part})))`,
    `Array(Array(Array(Array(Array(Array(Array(${part})))))))`,
  ]);
  const disagreeing = wrapped.filter((text) => pattern.test(text) !== (readTargetType(text) !== null));
  expect(disagreeing).toEqual([]);
  expect(wrapped.filter((text) => pattern.test(text)).length).toBeGreaterThan(30);
});

const column = (typeOid: number, typeName: string, targetType: string, more: Partial<Column> = {}): Column => ({
  name: 'c',
  typeOid,
  typeName,
  typeModifier: -1,
  typeKind: 'b',
  targetType,
  ...more,
});
const array = { element: { typeOid: 23, typeName: 'integer', typeModifier: -1, typeKind: 'b', delimiter: ',' } };

test.each([
  [column(1700, 'numeric', 'Decimal(38,10)'), 'Nullable(Decimal(38, 10))'],
  [column(20, 'bigint', 'Decimal(76, 0)'), 'Nullable(Decimal(76, 0))'],
  [column(3802, 'jsonb', 'JSON'), 'Nullable(JSON)'],
  [column(90_000, 'public.mood', 'LowCardinality(String)'), 'LowCardinality(Nullable(String))'],
  [column(1083, 'time', 'Time64(6)'), 'Nullable(Time64(6))'],
  [column(1184, 'timestamptz', 'String'), 'Nullable(String)'],
  [column(1007, 'integer[]', 'String', array), 'Nullable(String)'],
  [column(1007, 'integer[]', 'Array(Array)', array), 'Array(Array(Nullable(Int32)))'],
  [column(1007, 'integer[]', 'Array(Decimal(9,0))', array), 'Array(Nullable(Decimal(9, 0)))'],
])('$typeName as $targetType', (of, declared) => {
  expect(declaredType(columnType(of), false)).toBe(declared);
});

test.each([
  column(25, 'text', 'JSON'),
  column(25, 'text', 'Decimal(9, 2)'),
  column(701, 'float8', 'Decimal(9, 2)'),
  column(23, 'integer', 'LowCardinality(String)'),
  column(1184, 'timestamptz', 'Time64(6)'),
  column(23, 'integer', 'Array'),
  column(1007, 'integer[]', 'LowCardinality(String)', array),
  column(1007, 'integer[]', 'Array(Time64(6))', array),
])('refuses $typeName as $targetType', (of) => {
  expect(() => columnType(of)).toThrow(expect.objectContaining({ code: 'MR-LOAD-014' }));
});

test('a key is neither JSON nor an array', () => {
  expect(() => columnType(column(3802, 'jsonb', 'JSON'), true)).toThrow(
    expect.objectContaining({ code: 'MR-LOAD-014' }),
  );
  expect(() => columnType(column(1007, 'integer[]', 'Array', array), true)).toThrow(
    expect.objectContaining({ code: 'MR-LOAD-014' }),
  );
  expect(declaredType(columnType(column(90_000, 'public.mood', 'LowCardinality(String)'), true), true)).toBe(
    'LowCardinality(String)',
  );
});
