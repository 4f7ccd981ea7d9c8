import { expect, test } from 'vitest';
import { showsConverted } from './measures.ts';

const ASKED = { currency: null, measures: ['units'], of: 'net_revenue', forecast: null, anomalies: false } as const;

test('an answer without amounts told that nothing was left out of them', () => {
  expect(showsConverted(ASKED)).toBe(false);
  expect(showsConverted({ ...ASKED, measures: ['orders', 'contribution'], of: 'units' })).toBe(false);
  expect(showsConverted({ ...ASKED, measures: ['tax'] })).toBe(true);
  expect(showsConverted({ ...ASKED, measures: ['tax'], currency: 'EUR' })).toBe(false);
});

test('an answer whose only amounts are of the measure `of` told that nothing was left out of them', () => {
  expect(showsConverted({ ...ASKED, measures: ['units', 'year_to_date'] })).toBe(true);
  expect(showsConverted({ ...ASKED, measures: ['units', 'moving_average'] })).toBe(true);
  expect(showsConverted({ ...ASKED, measures: ['units', 'contribution'] })).toBe(true);
  expect(showsConverted({ ...ASKED, forecast: 3 })).toBe(true);
  expect(showsConverted({ ...ASKED, anomalies: true, of: 'orders' })).toBe(false);
});
