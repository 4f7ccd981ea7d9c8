import { expect, test } from 'vitest';
import type { Column } from '../../../changelog/change.ts';
import { columnType } from './column-type.ts';

function column(typeOid: number, typeModifier = -1): Column {
  return { name: 'c', typeOid, typeModifier, typeName: '', typeKind: 'b' };
}

function numeric(precision: number, scale: number): string {
  return columnType(column(1700, ((precision << 16) | (scale & 0x7ff)) + 4)).type;
}

test('numeric with a scale is a decimal that holds every value of it', () => {
  expect(numeric(14, 2)).toBe('Decimal(14, 2)');
  expect(numeric(3, 5)).toBe('Decimal(5, 5)');
  expect(numeric(5, -2)).toBe('Decimal(7, 0)');
  expect(numeric(76, 0)).toBe('Decimal(76, 0)');
});

test('numeric that no decimal can hold stays text', () => {
  expect(numeric(77, 2)).toBe('String');
  expect(columnType(column(1700)).type).toBe('String');
});

test('a type that has no counterpart is carried as text', () => {
  expect(columnType(column(869)).type).toBe('String');
});
