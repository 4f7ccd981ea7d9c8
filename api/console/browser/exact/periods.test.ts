import { expect, it } from 'vitest';
import { endsOf, periodText, shifted } from './periods.js';

it('names periods as people do', () => {
  expect(periodText('2026-10-01', 'month')).toBe('Oct 2026');
  expect(periodText('2026-10-01', 'quarter')).toBe('Q4 2026');
  expect(periodText('2026-01-05', 'week')).toBe('week of 5 Jan 2026');
  expect(periodText('2026-01-01', 'year')).toBe('2026');
  expect(periodText('2026-04-01', 'year')).toBe('from 1 Apr 2026');
  expect(periodText('2026-01-26', 'month')).toBe('from 26 Jan 2026');
  expect(periodText('2026-03-29T03:00:00+02:00', 'hour')).toBe('29 Mar 2026 03:00');
});

it('shifts over the ends of months, leap days and years', () => {
  expect(shifted('2024-03-31', 'month', -1)).toBe('2024-02-01');
  expect(shifted('2024-02-28', 'day', 1)).toBe('2024-02-29');
  expect(shifted('2025-11-30', 'quarter', -4)).toBe('2024-10-01');
  expect(shifted('2026-01-01', 'week', 0)).toBe('2025-12-29');
  expect(shifted('2026-01-01', 'year', 1)).toBe('2027-01-01');
  expect(shifted('0099-12-31', 'day', 1)).toBe('0100-01-01');
});

it('ends a period where the next begins, whatever the calendar', () => {
  const ends = endsOf(['2025-12-29', '2026-01-26', '2025-12-29'], 'month');
  expect([...ends].map(([period, end]) => [period, end.toISOString().slice(0, 10)])).toEqual([
    ['2025-12-29', '2026-01-26'],
    ['2026-01-26', '2026-02-01'],
  ]);
  expect(endsOf(['2026-03-29T01:00:00+01:00'], 'hour').get('2026-03-29T01:00:00+01:00')?.toISOString()).toBe(
    '2026-03-29T01:00:00.000Z',
  );
});
