import { expect, test } from 'vitest';
import { isInRange, kindOfRange, pointOf } from './range.ts';

const inside = (value: string, kind: 'moment' | 'number' | 'text', from: string | null, to: string | null) => {
  const end = (text: string | null) => (text === null ? null : pointOf(text, kind));
  return isInRange(value, { column: 'c', kind, from: end(from), to: end(to) });
};

test('a range contains its beginning and not its end', () => {
  expect(inside('2024-01-01', 'moment', '2024-01-01', '2024-02-01')).toBe(true);
  expect(inside('2024-01-01 00:00:00.000000', 'moment', '2024-01-01', null)).toBe(true);
  expect(inside('2024-01-31 23:59:59.999999', 'moment', '2024-01-01', '2024-02-01')).toBe(true);
  expect(inside('2024-02-01 00:00:00', 'moment', null, '2024-02-01')).toBe(false);
  expect(inside('2024-02-01', 'moment', null, '2024-02-01T00:00:00Z')).toBe(false);
  expect(inside('2024-02-01 00:00:00', 'moment', '2024-02-01T00:00:00.000Z', null)).toBe(true);
  expect(inside('9', 'number', '10', null)).toBe(false);
  expect(inside('-5', 'number', '-10', '18446744073709551616')).toBe(true);
  expect(inside('b', 'text', 'a', 'b')).toBe(false);
});

test('NULL is in a range only when that is everything', () => {
  expect(inside('\\N', 'moment', '2024-01-01', null)).toBe(false);
  expect(inside('\\N', 'moment', null, null)).toBe(true);
});

test('types tell how values are compared', () => {
  expect(['Date', 'Date32', 'Nullable(Date32)', "DateTime64(6, 'UTC')", "DateTime('UTC')"].map(kindOfRange)).toEqual(
    Array(5).fill('moment'),
  );
  expect(['UInt64', 'Nullable(Int128)'].map(kindOfRange)).toEqual(['number', 'number']);
  expect(['String', 'LowCardinality(Nullable(String))', 'UUID'].map(kindOfRange)).toEqual(['text', 'text', 'text']);
  expect(
    ['Float64', 'Decimal(38, 2)', 'Array(String)', "DateTime('Europe/Berlin')", 'DateTime'].map(kindOfRange),
  ).toEqual(Array(5).fill(null));
});

test('an end is written as the values are', () => {
  expect(pointOf('2024-01-01', 'moment')).toBe('2024-01-01 00:00:00.000000000');
  expect(pointOf('2024-01-01T10:00:00Z', 'moment')).toBe('2024-01-01 10:00:00.000000000');
  expect(pointOf('2024-01-01T01:00:00+02:00', 'moment')).toBe('2023-12-31 23:00:00.000000000');
  expect(['yesterday', '2024-13-01', '2024-01-01T99:00'].map((text) => pointOf(text, 'moment'))).toEqual([
    null,
    null,
    null,
  ]);
  expect([pointOf('12', 'number'), pointOf('1.5', 'number'), pointOf('x', 'text')]).toEqual(['12', null, 'x']);
});
