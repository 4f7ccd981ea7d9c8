import { expect, it } from 'vitest';
import { Exact } from '../exact/exact.js';
import { seriesOf } from './trend-series.js';

const rows = ['a', 'b', 'c', 'd'].map((name, index) => ({
  name,
  net_revenue: new Exact(String(index + 1)),
  customers: new Exact('1'),
}));
const nameOf = (row: { name: string }) => row.name;

it('shows the largest, and the rest as one with its share', () => {
  const { series, left, seriesOfRow } = seriesOf({ rows, measure: 'net_revenue', nameOf, most: 2 });
  expect(series.map(({ name, share }) => [name, share])).toEqual([
    ['d', 0.4],
    ['c', 0.3],
    ['2 others', 0.3],
  ]);
  expect(left).toBe(0);
  expect(rows.map(seriesOfRow)).toEqual(['2 others', '2 others', 'c', 'd']);
});

it('never adds up what does not add up', () => {
  const { series, left, seriesOfRow } = seriesOf({ rows, measure: 'customers', nameOf, most: 2 });
  expect(series.map(({ name, share }) => [name, share])).toEqual([
    ['a', null],
    ['b', null],
  ]);
  expect(left).toBe(2);
  expect(rows.map(seriesOfRow)).toEqual(['a', 'b', null, null]);
});
