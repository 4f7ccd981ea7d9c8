import type { Day, DayRange } from '../calendar.ts';
import type { BusinessCalendar } from './business-calendar.ts';
import type { Comparison } from './compare.ts';
import { WEEKDAY_YEAR } from './day-axis.ts';
import type { Period, PeriodAxis, Stretch } from './period-axis.ts';
import type { Window } from './windows.ts';
import type { ZoneClock } from './zone-clock.ts';

const HOUR = 3600;

interface Hour {
  readonly day: Day;
  readonly window: Window;
  /** What the clock shows when it begins, and which time of the day it shows that. */
  readonly wall: string;
}

/** Hours of a business day: from its first instant on, so that a day of 25 hours has 25. In Unix seconds. */
export function createHourAxis(options: {
  clock: ZoneClock;
  /** Of days. */
  calendar: BusinessCalendar;
  range: DayRange;
  /** When the state was published. */
  now: number;
  comparison: Comparison | null;
  movingPeriods: number;
}): PeriodAxis {
  const { clock, calendar, range, now, comparison, movingPeriods } = options;
  const ofDay = new Map<Day, Hour[]>();

  function hoursOf(day: Day): Hour[] {
    const known = ofDay.get(day);
    if (known !== undefined) return known;
    const [start, end] = [clock.startOfDay(day), clock.startOfDay(day + 1)];
    const hours: Hour[] = [];
    for (let from = start; from < end; from += HOUR) {
      const clockFace = clock.textOf(from).slice(11, 16);
      const times = hours.filter(({ wall }) => wall.startsWith(clockFace)).length;
      hours.push({ day, window: { from, to: Math.min(from + HOUR, end) - 1 }, wall: `${clockFace} ${times}` });
    }
    ofDay.set(day, hours);
    return hours;
  }
  const hoursWithin = ({ from, to }: DayRange) =>
    Array.from({ length: to - from + 1 }, (_, n) => hoursOf(from + n)).flat();

  /** Not all hours are of one length: half a one may end the day on which clocks change. */
  function hoursBefore({ day, window }: Hour, count: number): Window {
    let found = hoursOf(day).filter((each) => each.window.from < window.from);
    for (let before = day - 1; found.length < count; before--) found = [...hoursOf(before), ...found];
    return { from: found.at(-count)?.window.from ?? window.from, to: window.from - 1 };
  }

  const stretchOf = (hour: Hour, yearStart = calendar.yearStart(hour.day)): Stretch => ({
    window: hour.window,
    earlier: hoursBefore(hour, movingPeriods - 1),
    yearFrom: clock.startOfDay(yearStart),
  });

  const hours = hoursWithin(range);
  const others = typeof comparison === 'object' && comparison !== null ? hoursWithin(comparison) : [];
  function previousOf(hour: Hour, index: number): Hour | undefined {
    if (comparison === null || comparison === 'previous_period') {
      return index > 0 ? hours[index - 1] : hoursOf(range.from - 1).at(-1);
    }
    if (typeof comparison === 'object') return others[index];
    const day = comparison === 'previous_year' ? calendar.yearBefore(hour.day) : hour.day - WEEKDAY_YEAR;
    return day === null ? undefined : hoursOf(day).find(({ wall }) => wall === hour.wall);
  }

  function yearStartOf(previous: Hour, hour: Hour): Day {
    // Of days 364 days before: the year too, or the last days of a year would stand beside the first ones of another.
    if (comparison === 'previous_year_weekday') return calendar.yearStart(hour.day) - WEEKDAY_YEAR;
    return calendar.yearStart(previous.day);
  }

  const periods = hours.map((hour, index): Period => {
    const { from, to } = hour.window;
    const previous = previousOf(hour, index);
    return {
      ...stretchOf(hour),
      label: clock.textOf(from),
      isPartial: from <= now && now <= to,
      isOver: to < now,
      previous: previous === undefined ? null : stretchOf(previous, yearStartOf(previous, hour)),
    };
  });
  return {
    periods,
    following(count) {
      const found: Hour[] = [];
      for (let day = range.to + 1; found.length < count; day++) found.push(...hoursOf(day));
      return found.slice(0, count).map(({ window }) => clock.textOf(window.from));
    },
  };
}
