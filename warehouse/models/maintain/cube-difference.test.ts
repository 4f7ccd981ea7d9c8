import { expect, test } from 'vitest';
import { cubeDifference } from './cube-difference.ts';

const columns = [
  { name: 'month', type: 'Date32' },
  { name: 'units', type: 'Int64' },
  { name: 'region', type: 'String' },
  { name: 'revenue', type: 'Decimal(38, 2)' },
  { name: 'orders', type: 'UInt64' },
];
const isMeasure = ({ name }: { name: string }) => ['units', 'revenue', 'orders'].includes(name);
const difference = (before: string, after: string) => cubeDifference({ columns, isMeasure, before, after });

test('adds cells that are new and takes away cells that are gone', () => {
  expect(difference('', '2024-01-01\t3\tnorth\t10.5\t1\n')).toEqual(['2024-01-01\t3\tnorth\t10.5\t1']);
  expect(difference('2024-01-01\t3\tnorth\t10.5\t1\n', '')).toEqual(['2024-01-01\t-3\tnorth\t-10.50\t-1']);
});

test('says by how much a cell changed, and nothing of a cell that did not', () => {
  const before = '2024-01-01\t3\tnorth\t10\t1\n2024-01-01\t1\tsou\\tth\t0.07\t1\n';
  const after = '2024-01-01\t1\tsou\\tth\t0.07\t1\n2024-01-01\t3\tnorth\t9.99\t1\n';
  expect(difference(before, after)).toEqual(['2024-01-01\t0\tnorth\t-0.01\t0']);
});

test('adds up lines of one cell, and takes away as many as there were', () => {
  const line = '2024-01-01\t3\tnorth\t10\t1\n';
  expect(difference(line + line, line)).toEqual(['2024-01-01\t-3\tnorth\t-10.00\t-1']);
  expect(difference(line, line + line)).toEqual(['2024-01-01\t3\tnorth\t10.00\t1']);
});

test('is exact beyond what a double holds, and below zero', () => {
  const before = '2024-01-01\t0\tnorth\t-0.05\t0\n';
  const after = '2024-01-01\t0\tnorth\t123456789012345678901234567890.12\t0\n';
  expect(difference(before, after)).toEqual(['2024-01-01\t0\tnorth\t123456789012345678901234567890.17\t0']);
});

test('answers nothing when there is nothing', () => {
  expect(difference('', '')).toEqual([]);
});
