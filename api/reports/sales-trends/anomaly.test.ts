import { expect, it } from 'vitest';
import { createRandom } from '../../../warehouse/testing/random.ts';
import { anomaliesOf } from './anomaly.ts';

const found = (values: readonly number[], seasonLength = 1) =>
  anomaliesOf(values, seasonLength).flatMap((anomaly, index) => (anomaly === null ? [] : [index]));

it('marks what stands out, above and below, and nothing else', () => {
  const random = createRandom(3);
  const values = Array.from({ length: 60 }, (_, index) => 100 + index + random.next() * 4);
  expect(found(values)).toEqual([]);
  values[20] = 200;
  values[45] = 60;
  expect(found(values)).toEqual([20, 45]);
  const [up, down] = [anomaliesOf(values, 1)[20], anomaliesOf(values, 1)[45]];
  expect(up?.score).toBeGreaterThan(3.5);
  expect(down?.score).toBeLessThan(-3.5);
  expect(up?.expected).toBeGreaterThan(110);
  expect(up?.expected).toBeLessThan(130);
});

it('takes what the season brings each time for granted', () => {
  const random = createRandom(4);
  const values = Array.from({ length: 56 }, (_, day) => (day % 7 === 5 ? 500 : 100) + random.next() * 5);
  expect(found(values, 7)).toEqual([]);
  values[26] = 100; // a Saturday like any other day
  values[30] = 500;
  expect(found(values, 7)).toEqual([26, 30]);
});

it('marks the one that differs where all others are the same', () => {
  const values = Array.from({ length: 20 }, (_, index) => (index === 12 ? 9 : 5));
  expect(found(values)).toEqual([12]);
});

it('finds nothing in a constant, nor in what is too short', () => {
  expect(found(Array(30).fill(0.1))).toEqual([]);
  expect(found([1, 1, 1, 1, 99])).toEqual([]);
  expect(found([])).toEqual([]);
});
