import { expect, it } from 'vitest';
import { Exact } from './exact.js';
import { bytesText, changeOf, durationText, labelOf, percentText, shown, shownIn } from './show.js';

it('writes names as people do', () => {
  expect(labelOf('average_order_value')).toBe('Average order value');
  expect(labelOf('product_id.category')).toBe('Product category');
  expect(labelOf('customer_id')).toBe('Customer ID');
});

it('shows each kind of value, and nothing as a dash', () => {
  expect(shown(new Exact('-1234.50'))).toBe('-1,234.50');
  expect(shown(null)).toBe('–');
  expect(shown(true)).toBe('yes');
  expect(shown('2026-11-21T09:59:59.871204Z')).toBe('2026-11-21 09:59:59 UTC');
  expect(shownIn('customer_id', new Exact('123456'))).toBe('123456');
});

it('compares only with something', () => {
  expect(changeOf(new Exact('3'), new Exact('2'))).toBe(0.5);
  expect(changeOf(new Exact('1'), new Exact('-2'))).toBe(1.5);
  expect(changeOf(new Exact('3'), new Exact('0.00'))).toBeNull();
  expect(changeOf(null, new Exact('1'))).toBeNull();
  expect(percentText(-0.0312)).toBe('-3.1%');
});

it('keeps durations and sizes short', () => {
  expect([0.31, 61, 600, 90_000, 10_000_000, null].map(durationText)).toEqual([
    '0.3 s',
    '61 s',
    '10 min',
    '25 h',
    '116 days',
    '–',
  ]);
  expect([0, 1024, 1_048_576 * 1.5, null].map(bytesText)).toEqual(['0 B', '1.0 KiB', '1.5 MiB', '–']);
});
