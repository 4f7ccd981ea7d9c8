import { expect, it } from 'vitest';
import { Exact } from '../exact/exact.js';
import { cohortGrid } from './cohort-grid.js';

const row = (month: string, age: string, retention: string | null) => ({
  acquisition_month: month,
  age_months: new Exact(age),
  cohort_customers: new Exact('10'),
  retention: retention === null ? null : new Exact(retention),
});

it('leaves what is not observed out, and scales by what comes after the first month', () => {
  const rows = [row('2026-01-01', '0', '1'), row('2026-01-01', '1', '0.5'), row('2026-02-01', '0', '1')];
  const { cohorts, ages, heatOf } = cohortGrid(rows, 'retention');
  expect(ages).toEqual([0, 1]);
  expect(cohorts.map(({ month, cells }) => [month, [...cells.keys()]])).toEqual([
    ['2026-01-01', [0, 1]],
    ['2026-02-01', [0]],
  ]);
  expect(rows.map(heatOf)).toEqual([80, 80, 80]);
  expect(heatOf(row('x', '1', '0.25'))).toBe(40);
  expect(heatOf(row('x', '1', null))).toBe(0);
});

it('colours nothing where all is nothing', () => {
  const { heatOf } = cohortGrid([row('2026-01-01', '0', '0')], 'retention');
  expect(heatOf(row('2026-01-01', '0', '0'))).toBe(0);
});
