import { describe, expect, it } from 'vitest';
import { dayOf } from '../calendar.ts';
import { createZoneClock } from './zone-clock.ts';

const day = (text: string) => dayOf(text) as number;

describe('a day in a time zone', () => {
  const hours = (zone: string, text: string) => {
    const clock = createZoneClock(zone);
    return (clock.startOfDay(day(text) + 1) - clock.startOfDay(day(text))) / 3600;
  };

  it('has 23 or 25 hours when the clocks change', () => {
    expect(hours('Europe/Berlin', '2026-03-29')).toBe(23);
    expect(hours('Europe/Berlin', '2026-10-25')).toBe(25);
    expect(hours('America/New_York', '2026-11-01')).toBe(25);
    expect(hours('Australia/Lord_Howe', '2026-04-05')).toBe(24.5);
    expect(hours('UTC', '2026-03-29')).toBe(24);
  });

  it('begins at one where midnight is skipped', () => {
    const clock = createZoneClock('America/Sao_Paulo');
    expect(clock.textOf(clock.startOfDay(day('2018-11-04')))).toBe('2018-11-04T01:00:00-02:00');
  });

  it('that is skipped has no hours', () => {
    const clock = createZoneClock('Pacific/Apia');
    expect(clock.startOfDay(day('2011-12-30'))).toBe(clock.startOfDay(day('2011-12-31')));
  });

  it('tells the two hours of the same name apart', () => {
    const clock = createZoneClock('Europe/Berlin');
    const start = clock.startOfDay(day('2026-10-25'));
    expect(clock.textOf(start + 2 * 3600)).toBe('2026-10-25T02:00:00+02:00');
    expect(clock.textOf(start + 3 * 3600)).toBe('2026-10-25T02:00:00+01:00');
    expect(clock.dayOf(start + 25 * 3600 - 1)).toBe(day('2026-10-25'));
  });

  it('knows half hours and moments before 1970', () => {
    expect(createZoneClock('Asia/Kolkata').textOf(0)).toBe('1970-01-01T05:30:00+05:30');
    expect(createZoneClock('America/New_York').textOf(-86_400)).toBe('1969-12-30T19:00:00-05:00');
  });
});
