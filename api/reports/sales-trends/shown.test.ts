import { expect, it } from 'vitest';
import { changeOf, shown } from './shown.ts';

const how = { of: 'net_revenue', movingPeriods: 3 } as const;
const counted = {
  cell: { net_revenue: '-1.00', orders: '3', refunds: '1.00', gross_revenue: '3.00' },
  total: { net_revenue: '4.00' },
  yearToDate: 1234n,
  ofMovingPeriods: 200n,
};

it('computes ratios exactly, half away from zero', () => {
  expect(shown('average_order_value', counted, how)).toBe('-0.33');
  expect(shown('return_rate', counted, how)).toBe('0.3333');
  expect(shown('contribution', counted, how)).toBe('-0.2500');
  expect(shown('year_to_date', counted, how)).toBe('12.34');
  expect(shown('moving_average', counted, how)).toBe('0.67');
  expect(shown('moving_average', counted, { of: 'units', movingPeriods: 3 })).toBe('66.67');
  expect(shown('tax', counted, how)).toBe('0.00');
});

it('has null where there is nothing to divide by', () => {
  const nothing = { cell: undefined, total: undefined, yearToDate: 0n, ofMovingPeriods: 0n };
  for (const measure of ['average_order_value', 'return_rate', 'contribution'] as const) {
    expect(shown(measure, nothing, how)).toBeNull();
  }
  expect(shown('orders', nothing, how)).toBe('0');
});

it('tells a change in the unit of the measure and as a share of what was', () => {
  expect(changeOf('tax', '1.50', '-1.00', 'tax')).toEqual({ difference: '2.50', ratio: '2.5000' });
  expect(changeOf('orders', '1', '3', 'tax')).toEqual({ difference: '-2', ratio: '-0.6667' });
  expect(changeOf('tax', '1.50', '0.00', 'tax')).toEqual({ difference: '1.50', ratio: null });
  expect(changeOf('tax', null, '1.00', 'tax')).toEqual({ difference: null, ratio: null });
});
