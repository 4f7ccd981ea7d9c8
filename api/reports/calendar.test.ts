import { describe, expect, it } from 'vitest';
import { dayOf, firstDayOf, GRAINS, periodOf, splitByMonth, textOf } from './calendar.ts';

const day = (text: string): number => dayOf(text) ?? Number.NaN;
const range = (from: string, to: string) => ({ from: day(from), to: day(to) });

describe('dayOf', () => {
  it('takes days that exist and refuses all others', () => {
    expect(dayOf('1970-01-01')).toBe(0);
    expect(dayOf('2000-02-29')).toBe(11016);
    expect(dayOf('1900-01-01')).toBe(-25567);
    for (const text of [
      '1900-02-29',
      '2001-02-29',
      '1997-02-30',
      '1997-13-01',
      '1997-00-01',
      '1997-1-1',
      '',
      ' 1997-01-01',
    ])
      expect(dayOf(text), text).toBeNull();
    for (const text of ['1899-12-31', '2300-01-01', '1997-01-01T00:00:00Z', '99999-01-01', "1997-01-01' or 1"])
      expect(dayOf(text), text).toBeNull();
  });
});

describe('periods', () => {
  it('tile all days of Date32 without gap or overlap at every grain', () => {
    for (const grain of GRAINS) {
      let period = periodOf(grain, day('1900-01-01'));
      let next = firstDayOf(grain, period + 1);
      for (let at = day('1900-01-01'); at <= day('2299-12-31'); at++) {
        if (at === next) {
          period += 1;
          next = firstDayOf(grain, period + 1);
        }
        if (periodOf(grain, at) !== period) expect.fail(`${grain} of ${textOf(at)}`);
      }
    }
  });

  it('begin weeks on Monday across the turn of a year with a week 53', () => {
    const week = periodOf('week', day('2021-01-01'));
    expect(textOf(firstDayOf('week', week))).toBe('2020-12-28');
    expect(periodOf('week', day('2020-12-27'))).toBe(week - 1);
  });

  it('hold the leap day in February of a leap year', () => {
    const february = periodOf('month', day('2000-02-29'));
    expect(textOf(firstDayOf('month', february))).toBe('2000-02-01');
    expect(textOf(firstDayOf('month', february + 1) - 1)).toBe('2000-02-29');
  });
});

describe('splitByMonth', () => {
  const split = (from: string, to: string) => {
    const { months, days } = splitByMonth(range(from, to));
    const text = (part: { from: number; to: number }) => `${textOf(part.from)}..${textOf(part.to)}`;
    return { months: months && text(months), days: days.map(text) };
  };

  it('takes whole months as months', () => {
    expect(split('1997-01-01', '1997-03-31')).toEqual({ months: '1997-01-01..1997-03-01', days: [] });
  });

  it('keeps the days at both ends that do not fill a month', () => {
    expect(split('1997-01-31', '1997-04-01')).toEqual({
      months: '1997-02-01..1997-03-01',
      days: ['1997-01-31..1997-01-31', '1997-04-01..1997-04-01'],
    });
  });

  it('is days only when no month is whole', () => {
    expect(split('1997-01-02', '1997-02-27')).toEqual({ months: null, days: ['1997-01-02..1997-02-27'] });
    expect(split('2000-02-01', '2000-02-28')).toEqual({ months: null, days: ['2000-02-01..2000-02-28'] });
    expect(split('2000-02-01', '2000-02-29')).toEqual({ months: '2000-02-01..2000-02-01', days: [] });
  });
});
