import { describe, expect, it } from 'vitest';
import { dayOf, GRAINS, textOf } from '../calendar.ts';
import { type CalendarSettings, createCalendar } from './business-calendar.ts';

const day = (text: string) => dayOf(text) as number;
const STANDARD: CalendarSettings = { calendar: 'gregorian', weekStart: 'monday', fiscalYearStart: 1 };
const RETAIL: CalendarSettings = { ...STANDARD, calendar: '4-4-5' };

it('numbers periods one after the other, whatever the calendar', () => {
  const settings = [
    STANDARD,
    RETAIL,
    { ...STANDARD, fiscalYearStart: 4, weekStart: 'sunday' as const },
    { ...RETAIL, fiscalYearStart: 10, weekStart: 'saturday' as const },
  ];
  for (const each of settings) {
    for (const grain of GRAINS) {
      const calendar = createCalendar(grain, each);
      for (let at = day('1967-12-01'); at < day('1973-02-01'); at++) {
        const period = calendar.periodOf(at);
        expect(calendar.firstDayOf(period)).toBeLessThanOrEqual(at);
        expect(calendar.firstDayOf(period + 1)).toBeGreaterThan(at);
      }
    }
  }
});

describe('4-4-5', () => {
  it('has 53 weeks where ISO 8601 has, the last one in the last period', () => {
    const months = createCalendar('month', RETAIL);
    const december = months.periodOf(day('2020-12-31'));
    expect(textOf(months.firstDayOf(december))).toBe('2020-11-23');
    expect(textOf(months.firstDayOf(december + 1))).toBe('2021-01-04'); // six weeks
  });

  it('begins near the fiscal year', () => {
    const years = createCalendar('year', { ...RETAIL, fiscalYearStart: 2, weekStart: 'sunday' });
    expect(textOf(years.firstDayOf(years.periodOf(day('2024-06-01'))))).toBe('2024-02-04');
  });
});

it('has quarters and years of a fiscal year', () => {
  const settings = { ...STANDARD, fiscalYearStart: 2 };
  const first = (grain: 'quarter' | 'year', text: string) => {
    const calendar = createCalendar(grain, settings);
    return textOf(calendar.firstDayOf(calendar.periodOf(day(text))));
  };
  expect(first('quarter', '2024-01-31')).toBe('2023-11-01');
  expect(first('year', '2024-01-31')).toBe('2023-02-01');
  expect(textOf(createCalendar('day', settings).yearStart(day('2024-02-01')))).toBe('2024-02-01');
});

describe('a year before', () => {
  const yearEarlier = (grain: 'day' | 'week' | 'month', text: string) => {
    const calendar = createCalendar(grain, STANDARD);
    const found = calendar.yearBefore(calendar.periodOf(day(text)));
    return found === null ? null : textOf(calendar.firstDayOf(found));
  };

  it('is the same date, which a leap day has none of', () => {
    expect(yearEarlier('day', '2024-02-28')).toBe('2023-02-28');
    expect(yearEarlier('day', '2024-02-29')).toBeNull();
    expect(yearEarlier('day', '2025-03-01')).toBe('2024-03-01');
    expect(yearEarlier('month', '2024-02-29')).toBe('2023-02-01');
  });

  it('is the week of the same number, which a 53rd may have none of', () => {
    expect(yearEarlier('week', '2021-01-04')).toBe('2019-12-30'); // week 1
    expect(yearEarlier('week', '2020-12-28')).toBeNull(); // week 53
    expect(yearEarlier('week', '2021-12-27')).toBe('2020-12-21'); // week 52
  });
});

describe('the same days of another period', () => {
  const same = (grain: 'month' | 'quarter' | 'year', from: string, to: string, shift: number) => {
    const calendar = createCalendar(grain, STANDARD);
    const own = calendar.periodOf(day(from));
    const days = calendar.sameDays({ from: day(from), to: day(to) }, own, own + shift);
    return days === null ? null : [textOf(days.from), textOf(days.to)];
  };

  it('are all of them for a whole one', () => {
    expect(same('month', '2024-03-01', '2024-03-31', -1)).toEqual(['2024-02-01', '2024-02-29']);
    expect(same('month', '2023-02-01', '2023-02-28', -1)).toEqual(['2023-01-01', '2023-01-31']);
  });

  it('end with the month where it is shorter', () => {
    expect(same('month', '2023-03-01', '2023-03-30', -1)).toEqual(['2023-02-01', '2023-02-28']);
    expect(same('month', '2023-03-29', '2023-03-30', -1)).toBeNull();
  });

  it('are those of the same month and date in longer ones', () => {
    expect(same('year', '2025-01-01', '2025-02-28', -1)).toEqual(['2024-01-01', '2024-02-28']);
    expect(same('year', '2024-01-01', '2024-02-29', -1)).toEqual(['2023-01-01', '2023-02-28']);
    expect(same('quarter', '2024-05-10', '2024-06-15', -1)).toEqual(['2024-02-10', '2024-03-15']);
  });
});
