import { expect, it } from 'vitest';
import { DIMENSION_SQL, NO_DIMENSION } from './dimension.ts';
import { cellsOf, fillGrid } from './grid.ts';

const byRegion = DIMENSION_SQL.region.fields;

it('has every period for every member that occurs in the range, in order', () => {
  const cells = cellsOf(byRegion, [
    [
      { period_number: '4', key_region: 'gone', units: '9' },
      { period_number: '4', key_region: 'US', units: '2' },
      { period_number: '5', key_region: 'US', units: '3' },
      { period_number: '7', key_region: 'EU', units: '4' },
    ],
    [{ period_number: '5', key_region: 'US', customers: '1' }],
  ]);
  const grid = fillGrid({ first: 5, last: 7, fields: byRegion, cells, before: cells });
  const rows = [...grid.iterate()].map((row) => [
    row.period,
    row.member[0],
    row.measures.units,
    row.measures.customers,
    row.previous.units,
  ]);
  expect(grid.rows).toBe(6);
  expect(rows).toEqual([
    [5, 'EU', '0', '0', '0'],
    [5, 'US', '3', '1', '2'],
    [6, 'EU', '0', '0', '0'],
    [6, 'US', '0', '0', '3'],
    [7, 'EU', '4', '0', '0'],
    [7, 'US', '0', '0', '0'],
  ]);
});

it('has one row a period without a dimension, even when nothing happened', () => {
  const nothing = cellsOf(NO_DIMENSION.fields, []);
  const grid = fillGrid({ first: 1, last: 3, fields: [], cells: nothing, before: nothing });
  expect([...grid.iterate()].map((row) => [row.period, row.measures.net_revenue])).toEqual([
    [1, '0.00'],
    [2, '0.00'],
    [3, '0.00'],
  ]);
});

it('orders numbers as numbers', () => {
  const fields = DIMENSION_SQL.product.fields;
  const cells = cellsOf(fields, [['10', '9', '-1'].map((id) => ({ period_number: '1', key_product_id: id }))]);
  const grid = fillGrid({ first: 1, last: 1, fields, cells, before: cells });
  expect([...grid.iterate()].map((row) => row.member[0])).toEqual(['-1', '9', '10']);
});
