import { expect, test } from 'vitest';
import { dayOf, textOf } from '../calendar.ts';
import { axisOf } from './axis-of.ts';
import type { SalesTrendsValues } from './parameters.ts';

const PUBLISHED_AT = '2026-06-30T12:00:00.000Z';
const ASKED = {
  grain: 'month',
  compare: null,
  moving_periods: 3,
  time_zone: 'UTC',
  week_start: 'monday',
  calendar: 'gregorian',
  fiscal_year_start: 1,
} as SalesTrendsValues;

function periodsOf(from: string, to: string, asked: Partial<SalesTrendsValues>) {
  const range = { from: dayOf(from) as number, to: dayOf(to) as number };
  return axisOf({ ...ASKED, ...asked }, range, PUBLISHED_AT).periods;
}

test('a moving average counted days of a cut period that its row does not count', () => {
  const [march, april] = periodsOf('2024-03-15', '2024-04-30', {});
  expect([march?.earlier.from, march?.earlier.to].map((day) => textOf(day ?? 0))).toEqual(['2024-01-01', '2024-02-29']);
  expect(textOf(march?.window.from ?? 0)).toBe('2024-03-15');
  expect([april?.earlier.from, april?.earlier.to].map((day) => textOf(day ?? 0))).toEqual(['2024-02-01', '2024-03-31']);
});

test('a moving average of hours counted half of an hour after a day that ends with half a one', () => {
  const asked = { grain: 'hour', time_zone: 'Australia/Lord_Howe', moving_periods: 2 } as const;
  const [midnight] = periodsOf('2024-10-07', '2024-10-07', asked);
  // On the day before, clocks went half an hour forward.
  expect(midnight?.label).toBe('2024-10-07T00:00:00+11:00');
  expect((midnight?.earlier.to ?? 0) + 1 - (midnight?.earlier.from ?? 0)).toBe(1800);
});

test('the year to date of hours 364 days before was that of the day alone at the end of a year', () => {
  for (const grain of ['hour', 'day'] as const) {
    const [last] = periodsOf('2023-12-31', '2023-12-31', { grain, compare: 'previous_year_weekday' });
    const perDay = grain === 'hour' ? 86_400 : 1;
    expect(textOf((last?.previous?.window.from ?? 0) / perDay), grain).toBe('2023-01-01');
    expect(textOf((last?.previous?.yearFrom ?? 0) / perDay), grain).toBe('2022-01-02');
  }
});
